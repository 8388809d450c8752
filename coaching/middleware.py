"""Help before anything else: middleware above the session and the database.

It answers the page of help itself, and reads what signed-in people write in any form. Words of danger lead to that page,
whatever the form's view does or fails to do; the flag is raised before the view, so that nothing is generated.
"""

import re
from collections.abc import Callable, Iterator
from functools import cached_property

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.http import DeviceRequest
from coaching.crisis import detection, flags
from coaching.crisis.detection import Found
from coaching.crisis.normalisation import LONGEST
from coaching.pages import help as help_page

log = structlog.get_logger(__name__)

# Characters that are read of one request: several times the longest note. Each costs up to a tenth of a millisecond.
MOST_READ = 12_000
# Fields that hold no sentence, by parts of their names.
_NOT_READ = re.compile(r"password|token|^key$|email|^login$|^code$|url|address", re.IGNORECASE)
# Two letters in a row; ids and numbers have none that matter.
_LETTERS = re.compile(r"[^\W\d_]{2}|[ㄱ-ㅣ]{2}|[ᄀ-ᇿ]{2}|[^\W\d_]\W")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FAILED = 500


class RequestText:
    """The text of a request, read for words of danger when it is known that somebody wrote it."""

    def __init__(self, request: HttpRequest):
        self._request = request

    @cached_property
    def found(self) -> Found | None:
        left = MOST_READ
        for sentence in self._sentences():
            read = sentence[: min(left, LONGEST)]
            if read and (found := detection.detect(read)):
                return found
            left -= len(read)
        return None

    def _sentences(self) -> Iterator[str]:
        for name, values in self._request.POST.lists():
            yield from (value for value in values if _is_a_sentence(name, value))


class ReadRequest(DeviceRequest):
    """A request whose text may be read; `text` is None where it has none."""

    text: RequestText | None
    # The person's language, once their flag was raised.
    helped_in: str


class HelpMiddleware:
    def __init__(self, get_response: Callable[[ReadRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: ReadRequest) -> HttpResponse:
        request.text, request.helped_in = None, ""
        if request.path_info == reverse("coaching:help") and request.method in ("GET", "HEAD"):
            return show_help(request)
        if request.method != "POST":
            return self.get_response(request)
        request.text = RequestText(request) if _is_read(request) else None
        response = self.get_response(request)
        language = request.helped_in
        # A failed request is not known to be anybody's; somebody in danger must still find help.
        if response.status_code >= FAILED:
            language = language or _language_of(request)
        found = request.text.found if request.text and language else None
        return _lead_to_help(request, found, language) if found else response

    @staticmethod
    def process_view(request: ReadRequest, view: Callable, args: tuple, kwargs: dict) -> None:
        """Called when the person is known, right before the view.

        What strangers send is not read: it takes time, and nobody would be helped.
        """
        if request.text and request.user.is_authenticated and not _is_staff_page(request) and request.text.found:
            _raise_flag(request, request.text.found)


@login_not_required
def show_help(request: HttpRequest) -> HttpResponse:
    """The page of help, rendered without the context processors that read the session."""
    with translation.override(_language_of(request)):
        return HttpResponse(render_to_string("coaching/help.html", help_page.page() | {"request": request}))


def _language_of(request: HttpRequest) -> str:
    """The language named in the address, else the browser's."""
    named = request.GET.get(help_page.LANGUAGE)
    return named if named in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def _is_read(request: HttpRequest) -> bool:
    """Whether the request is a form with text. Larger uploads than the usual limit have only files."""
    if request.content_type not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return False
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return False
    # Kept in memory, so that a view can still read the body itself.
    return request.body is not None


def _raise_flag(request: ReadRequest, found: Found) -> None:
    request.helped_in = request.user.language
    try:
        flags.raise_flag(request.user, found.danger, at=timezone.now())
    except DatabaseError:
        log.exception("crisis flag was not stored")


def _is_a_sentence(name: str, value: str) -> bool:
    return not _NOT_READ.search(name) and not _ID.fullmatch(value) and bool(_LETTERS.search(value))


def _is_staff_page(request: HttpRequest) -> bool:
    return bool(request.resolver_match and request.resolver_match.app_name == "admin")


def _lead_to_help(request: HttpRequest, found: Found, language: str) -> HttpResponse:
    address = help_page.address(found, language=language)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)
