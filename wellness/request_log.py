"""Request log without personal data, tokens, or text typed into an address or a header."""

import logging
import re
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from structlog.contextvars import bind_contextvars, clear_contextvars

from core import client_ip

log = structlog.get_logger(__name__)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
# A request id of a proxy: nginx's 32 digits, a UUID, or the trace id of a load balancer of AWS.
_GIVEN_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|1-[0-9a-f]{8}-[0-9a-f]{24}")


class RequestLogMiddleware:
    """Binds a request id to all log lines of the request and logs when it finishes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        bind_contextvars(request_id=_given_id(request) or str(uuid4()))
        try:
            response = self.get_response(request)
            log.info("request_finished", code=response.status_code, request=describe(request))
        finally:
            clear_contextvars()
        return response


class TypedTextFilter(logging.Filter):
    """Replaces Django's messages, which quote the path, host, origin and referrer.

    The names of the logger and of the page say enough. Django's security messages come with the exception that quotes the
    header, so it is dropped as well.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        is_security = record.name.startswith("django.security")
        if is_security or (record.name.startswith("django") and isinstance(request, HttpRequest)):
            page = describe(request) if isinstance(request, HttpRequest) else ""
            record.msg, record.args = f"{record.name} {getattr(record, 'status_code', '')} {page}".strip(), ()
        if is_security:
            record.exc_info = record.exc_text = None
        return True


def describe(request: HttpRequest) -> str:
    """Method and page, as in `GET /accounts/confirm-email/…/`; `GET 404` without a page.

    Of the address only the fixed parts of its route are kept, and ids and days. The query is left out, because staff
    search for addresses, and so are signed keys.
    """
    method = request.method if request.method in METHODS else "?"
    match = request.resolver_match or _resolved(request.path_info)
    return f"{method} {_page(request.path, match) if match else 404}"


def _page(path: str, match: ResolverMatch) -> str:
    typed = {
        part
        for value in [*match.args, *match.kwargs.values()]
        if isinstance(value, str)
        for part in value.split("/")
        if part
    }
    parts = ("…" if any(text in part for text in typed) else part for part in path.split("/"))
    return "/".join(parts)


def _resolved(path: str) -> ResolverMatch | None:
    """The page of a request that was answered before its view was looked for."""
    try:
        return resolve(path)
    except Resolver404:
        return None


def _given_id(request: HttpRequest) -> str | None:
    """The id that one of our proxies gave the request. Anybody else's may be a name."""
    given = request.META.get("HTTP_X_REQUEST_ID", "").lower()
    return given if client_ip.came_through_proxies(request) and _GIVEN_ID.fullmatch(given) else None
