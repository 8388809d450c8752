"""Development pages: the mailbox, the style guide and the pages of errors.

All of them return 404 outside development.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from devtools import mailbox, styleguide


@require_safe
@login_not_required
@never_cache
def show_mailbox(request: HttpRequest) -> HttpResponse:
    if not settings.DEVELOPMENT:
        raise Http404
    return render(request, "dev/mailbox.html", {"mails": mailbox.latest()})


@require_safe
@login_not_required
def show_styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEVELOPMENT:
        raise Http404
    panels = [styleguide.panel("light"), styleguide.panel("dark")]
    return render(request, "styleguide.html", {"panels": panels})


@require_safe
@login_not_required
def show_error(request: HttpRequest, name: str) -> HttpResponse:
    """The page of an error that a browser is not easily led into."""
    if not settings.DEVELOPMENT:
        raise Http404
    return render(request, f"{name}.html")
