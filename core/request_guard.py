"""Middleware that rejects invalid requests before any other work.

Rejected are bodies that are too large, NUL bytes in the address, a page's address in htmx's header that is none, and
encodings other than UTF-8: with some of Python's codecs the text would decode to lone surrogates or to something that is
not text.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

# Digits. Python refuses to read some thousands.
LONGEST_NUMBER = 18
UTF_8 = ("utf-8", "utf8")


def takes_up_to[View: Callable[..., object]](size: int) -> Callable[[View], View]:
    """Decorator for a view that accepts larger bodies than others: up to `size` bytes."""

    def mark(view: View) -> View:
        # Functions accept attributes, but their type does not declare them.
        view.takes_up_to = size  # type: ignore[attr-defined]
        return view

    return mark


class RequestGuardMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = self._rejection_status(request)
        if not status:
            return self.get_response(request)
        # The user is not known yet, so the browser's language is used.
        with translation.override(translation.get_language_from_request(request)):
            reason = _("주소에 쓸 수 없는 글자가 있어요.") if _has_nul(request) else ""
            return render(request, f"{status}.html", {"reason": reason}, status=status)

    @staticmethod
    def _rejection_status(request: HttpRequest) -> int:
        """The status of the error page, or 0 for a valid request."""
        if _has_nul(request) or not _has_page_address(request):
            return 400
        if (request.content_params or {}).get("charset", "utf-8").lower() not in UTF_8:
            request.encoding = "utf-8"
            return 400
        size = request.META.get("CONTENT_LENGTH") or "0"
        if not size.isdecimal() or len(size) > LONGEST_NUMBER:
            return 400
        return (
            413
            if int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and int(size) > _max_body_size(request.path_info)
            else 0
        )


def _has_nul(request: HttpRequest) -> bool:
    """Whether the path or the query contains a NUL."""
    return "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")


def _has_page_address(request: HttpRequest) -> bool:
    """Whether the address of the page that sent the request can be read, if htmx names one: `http://[` cannot."""
    try:
        HtmxDetails(request).current_url_abs_path  # noqa: B018
    except ValueError:
        return False
    return True


def _max_body_size(path: str) -> int:
    try:
        return getattr(resolve(path).func, "takes_up_to", 0)
    except Resolver404:
        return 0
