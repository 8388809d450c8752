"""Pages of no app: home, consent texts, the web app manifest and the service worker."""

import functools
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone, translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from accounts import consents
from accounts.days import Calendar
from billing import entitlements
from coaching.crisis import help_lines
from core import stylesheet
from habits import category_styles
from habits.pages import example_ledger

# The day of the first page's example.
DEFAULT_ZONE = "Asia/Seoul"

# The files that the service worker caches, so that Today opens offline.
SHELL = [
    stylesheet.NAME,
    "js/app.js",
    "js/push.js",
    "django_htmx/htmx-2.min.js",
    "img/mark.svg",
]


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("habits:today")
    today = Calendar(zone=DEFAULT_ZONE).day_of(timezone.now())
    context = {"ledger": example_ledger.example(today), "free_habits": _free_habits()}
    return render(request, "home.html", context)


def _free_habits() -> int | None:
    """The free plan's number of habits; the usual one while the database is away, so that the first page opens."""
    try:
        return entitlements.free_limit("max_habits").most
    except DatabaseError:
        return entitlements.DEFAULTS["max_habits"]


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Keeps the language of a browser without a login in a cookie and returns to the page."""
    return django_set_language(request)


@require_safe
@login_not_required
def terms(request: HttpRequest, item: str) -> HttpResponse:
    """The current text of one consent."""
    if item not in consents.ITEMS:
        raise Http404
    text = consents.text(item, language=translation.get_language() or settings.LANGUAGE_CODE)
    return render(request, "terms.html", {"title": consents.ITEMS[item], "text": text})


@require_safe
@login_not_required
def manifest(request: HttpRequest) -> HttpResponse:
    return render(request, "manifest.webmanifest", content_type="application/manifest+json")


# At one address, so that no page has to ask the database for its version: a browser asks again after five minutes,
# while it shows what it has.
@require_safe
@login_not_required
@conditional_page
@cache_control(max_age=5 * 60, stale_while_revalidate=24 * 60 * 60, public=True)
def category_colors(request: HttpRequest) -> HttpResponse:
    return HttpResponse(category_styles.stylesheet(), content_type="text/css")


@require_safe
@login_not_required
@cache_control(max_age=24 * 60 * 60, public=True)
def favicon(request: HttpRequest) -> HttpResponse:
    """Serves clients that request the icon without reading a page; pages name it in their head."""
    return redirect(static("img/icon-192.png"))


@require_safe
@login_not_required
def service_worker(request: HttpRequest) -> HttpResponse:
    context = {"files": SHELL, "release": _release()}
    return render(request, "sw.js", context, content_type="text/javascript")


@require_safe
@login_not_required
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "offline.html")


@functools.cache
def _release() -> str:
    """A hash of the cached files, so that a client fetches them again after an update.

    The same on every machine: else a client would fetch them whenever another machine answers.
    """
    named = "".join([*map(static, SHELL), str(help_lines.VERIFIED)])
    files = [*(Path(settings.BASE_DIR, "static", name) for name in SHELL), *stylesheet.sources()]
    contents = (file.read_bytes() for file in files if file.exists())
    return hashlib.sha256(b"".join([named.encode(), *contents])).hexdigest()[:12]


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
