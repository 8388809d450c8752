"""Context of the bell: the number of unread notifications."""

import datetime as dt
from typing import Any

from accounts.models import User
from notifications import inbox


def bell(user: User, *, now: dt.datetime) -> dict[str, Any]:
    return of_count(inbox.unread(user.pk, now).count())


def of_count(unread: int) -> dict[str, Any]:
    return {"unread": unread, "text": f"{inbox.COUNTED}+" if unread > inbox.COUNTED else str(unread)}
