"""Removes personal data from Sentry events."""

from typing import Any
from urllib.parse import urlsplit


def without_query(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Removes the query and cookies of the request: staff search for addresses in queries."""
    request = event.get("request", {})
    request.pop("query_string", None)
    request.pop("cookies", None)
    if "url" in request:
        request["url"] = urlsplit(request["url"])._replace(query="", fragment="").geturl()
    return event


def without_urls(crumb: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any] | None:
    """Drops the breadcrumbs of outgoing HTTP calls: their URLs contain tokens and codes."""
    if crumb.get("category") == "httplib":
        return None
    return crumb
