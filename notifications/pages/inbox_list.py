"""Context of the inbox page: notifications in days, newest first."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import npgettext

from accounts.models import User
from notifications import holds
from notifications.delivery_policy import NUDGES
from notifications.message_texts import MessageTexts
from notifications.models import Notification

# At most so many rows.
SHOWN = 100
# Days before these are folded.
FRESH = dt.timedelta(days=7)

ICONS = {
    Notification.Type.HABIT_REMINDER: "bell",
    Notification.Type.ACHIEVEMENT: "trophy",
    Notification.Type.CHEER: "heart",
    Notification.Type.COACHING: "message-circle",
    Notification.Type.SYSTEM: "megaphone",
}


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    found = user.notifications.in_inbox(now)
    if holds.is_held(user, now):
        found = found.exclude(notification_type__in=NUDGES)
    rows = list(found[:SHOWN])
    texts = MessageTexts(user.language)
    texts.load(rows)
    calendar, today = user.calendar, user.calendar.day_of(now)
    days: list[dict[str, Any]] = []
    for row in rows:
        at = row.scheduled_for or row.created_at
        day = calendar.day_of(at)
        if not days or days[-1]["day"] != day:
            is_old = today - day >= FRESH
            days.append(
                {"day": day, "iso": day.isoformat(), "text": _day_text(day, today), "is_old": is_old, "rows": []}
            )
        days[-1]["rows"].append(_row(row, at.astimezone(ZoneInfo(calendar.zone)), texts.of(row)))
    old = [day for day in days if day["is_old"]]
    count = sum(len(day["rows"]) for day in old)
    return {
        "days": days,
        "old": len(old),
        "old_text": npgettext("notifications", "%(n)s개", "%(n)s개", count) % {"n": count},
        "unread": sum(row.read_at is None for row in rows),
    }


def _row(row: Notification, at: dt.datetime, texts: tuple[str, str]) -> dict[str, Any]:
    title, body = texts
    return {
        "id": row.pk,
        "title": title,
        # Two lines of it are shown: none of them is empty.
        "body": "\n".join(line for line in body.splitlines() if line.strip()),
        "icon": ICONS.get(Notification.Type(row.notification_type), "bell"),
        "new": row.read_at is None,
        "at": at.isoformat(),
        "time_text": time_format(at),
        "url": reverse("notifications:open", args=[row.pk]),
        "clear_url": reverse("notifications:clear-one", args=[row.pk]),
    }


def _day_text(day: dt.date, today: dt.date) -> str:
    return {0: _("오늘"), 1: _("어제")}.get((today - day).days) or date_format(day, _("n월 j일 l"))
