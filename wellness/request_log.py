"""Request log without personal data or tokens."""

import re
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

log = structlog.get_logger(__name__)

# A UUID has 36 characters; longer parts of a path are keys from a mail.
LONGEST = 36
# A request id set by a proxy.
_GIVEN_ID = re.compile(r"[\w.:-]{1,64}")


class RequestLogMiddleware:
    """Binds a request id to all log lines of the request and logs when it finishes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        bind_contextvars(request_id=given if _GIVEN_ID.fullmatch(given) else str(uuid4()))
        try:
            response = self.get_response(request)
            log.info("request_finished", code=response.status_code, request=describe(request))
        finally:
            clear_contextvars()
        return response


def describe(request: HttpRequest) -> str:
    """Method and path, as in `GET /accounts/confirm-email/…/`.

    Without the query, because staff search for addresses, and without signed keys.
    """
    parts = ("…" if len(part) > LONGEST or ":" in part else part for part in request.path.split("/"))
    return f"{request.method} {'/'.join(parts)}"
