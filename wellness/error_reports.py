"""What an error report keeps to itself before it leaves for another machine."""

from typing import Any
from urllib.parse import urlsplit


def without_query(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """The page without its query: staff search for addresses."""
    request = event.get("request", {})
    request.pop("query_string", None)
    request.pop("cookies", None)
    if "url" in request:
        request["url"] = urlsplit(request["url"])._replace(query="", fragment="").geturl()
    return event


def without_urls(crumb: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any] | None:
    """What was called before the error, without the addresses of it: they hold tokens and codes."""
    if crumb.get("category") == "httplib":
        return None
    return crumb
