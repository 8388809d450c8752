"""Turns away, before any work, requests no page of ours sends: bodies too large, NUL bytes in the address, a text in
another encoding than UTF-8 (some decode to what is no text at all, and some to no text).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

UTF_8 = ("utf-8", "utf8")


def takes_up_to[View: Callable[..., object]](size: int) -> Callable[[View], View]:
    """A view that takes larger bodies than others do: up to `size` bytes."""

    def mark(view: View) -> View:
        # A function takes attributes; its type has no place to say so.
        view.takes_up_to = size  # type: ignore[attr-defined]
        return view

    return mark


class IntakeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = self._refused(request)
        if not status:
            return self.get_response(request)
        # Nobody is known yet: the browser's language.
        with translation.override(translation.get_language_from_request(request)):
            reason = _("주소에 쓸 수 없는 글자가 있어요.") if _has_nul(request) else ""
            return render(request, f"{status}.html", {"reason": reason}, status=status)

    @staticmethod
    def _refused(request: HttpRequest) -> int:
        """The status to answer with, or 0."""
        if _has_nul(request):
            return 400
        if (request.content_params or {}).get("charset", "utf-8").lower() not in UTF_8:
            request.encoding = "utf-8"
            return 400
        size = request.META.get("CONTENT_LENGTH") or "0"
        if not size.isdecimal():
            return 400
        return 413 if int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and int(size) > _most(request.path_info) else 0


def _has_nul(request: HttpRequest) -> bool:
    """In the address."""
    return "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")


def _most(path: str) -> int:
    try:
        return getattr(resolve(path).func, "takes_up_to", 0)
    except Resolver404:
        return 0
