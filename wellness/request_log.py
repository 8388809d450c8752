"""The line that each request leaves in the log says what was asked for, and neither who for nor with which key."""

import re
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

log = structlog.get_logger(__name__)

# A UUID has 36 characters; longer parts of an address are keys out of a mail.
LONGEST = 36
# An id that a proxy gave the request.
_GIVEN_ID = re.compile(r"[\w.:-]{1,64}")


class RequestLogMiddleware:
    """Gives each request an id that stands on each of its log lines; who is signed in is added once that is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        bind_contextvars(request_id=given if _GIVEN_ID.fullmatch(given) else str(uuid4()))
        try:
            response = self.get_response(request)
            log.info("request_finished", code=response.status_code, request=spelled(request))
        finally:
            clear_contextvars()
        return response


def spelled(request: HttpRequest) -> str:
    """`GET /accounts/confirm-email/…/`: no query (staff search for addresses), no signed keys."""
    parts = ("…" if len(part) > LONGEST or ":" in part else part for part in request.path.split("/"))
    return f"{request.method} {'/'.join(parts)}"
