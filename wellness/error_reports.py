"""Error reports to Sentry, without personal data."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


def start(dsn: str, **more: Any) -> None:
    """Reports errors of this process to `dsn`. `more`: further options of the SDK.

    The SDK is loaded only here. Its integration of the standard library would add the trace to the environment of the
    coach's sandbox, which must be empty.
    """
    import sentry_sdk  # noqa: PLC0415 - large, and not needed without a DSN
    from sentry_sdk.integrations.stdlib import StdlibIntegration  # noqa: PLC0415

    sentry_sdk.init(
        dsn=dsn,
        # Local variables, bodies and queries contain what people wrote.
        include_local_variables=False,
        max_request_body_size="never",
        before_send=without_query,
        before_breadcrumb=without_urls,
        # No trace goes along with calls to other services.
        trace_propagation_targets=[],
        disabled_integrations=[StdlibIntegration()],
        **more,
    )


def without_query(event: "Event", _hint: "Hint") -> "Event":
    """Removes the query and cookies of the request: staff search for addresses in queries."""
    request = event.get("request", {})
    request.pop("query_string", None)
    request.pop("cookies", None)
    if "url" in request:
        request["url"] = urlsplit(str(request["url"]))._replace(query="", fragment="").geturl()
    return event


def without_urls(crumb: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any] | None:
    """Drops the breadcrumbs of outgoing HTTP calls: their URLs contain tokens and codes."""
    if crumb.get("category") == "httplib":
        return None
    return crumb
