"""The bell: the number of unread notifications."""

import datetime as dt
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User
from core.text_format import per_language
from notifications import inbox


def bell(user: User, *, now: dt.datetime) -> dict[str, Any]:
    return of_count(inbox.unread(user.pk, now).count())


@per_language
def html(text: str) -> SafeString:
    """The bell with the `text` of its context."""
    return _render(text, oob=False)


@per_language
def html_out_of_band(text: str) -> SafeString:
    """The same with another answer, in the place of the page's own."""
    return _render(text, oob=True)


def _render(text: str, *, oob: bool) -> SafeString:
    context = {"unread": text != "0", "text": text, "oob": oob}
    return SafeString(render_to_string("notifications/bell.html", context))


def of_count(unread: int) -> dict[str, Any]:
    return {"unread": unread, "text": f"{inbox.COUNTED}+" if unread > inbox.COUNTED else str(unread)}
