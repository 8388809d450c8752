"""The page of one's notes: those of a month, newest first, or of a year with some words."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, Min, Q
from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from accounts.models import User
from core import months
from core.text_format import day_text
from habits.models import HabitLog, HabitLogQuerySet

# Notes are sealed, so that the database cannot search them: a search reads the months that it says.
MONTHS_SEARCHED = 12
MOST_FOUND = 200
# No day of an import is before it.
EARLIEST = dt.date(1971, 1, 1)


def page(user: User, *, now: dt.datetime, month: dt.date | None = None, words: str = "") -> dict[str, Any]:
    """The context. There are no notes without the health consent: a withdrawal deletes them."""
    today = user.calendar.day_of(now)
    notes = HabitLog.objects.of_person(user).filter(notes__isnull=False)
    if not user.shares_health:
        notes = notes.none()
    chosen = _month(notes, month, today)
    first = months.later(chosen, 1 - MONTHS_SEARCHED) if words else chosen
    last = months.last_day(chosen)
    found = _read(user, notes, first, last)
    matching = [log for log in found if _has_words(log, words)][:MOST_FOUND]
    return {
        "shares_health": user.shares_health,
        "q": words,
        "title": _title(chosen, today),
        "span": _("%(first)s부터 %(last)s까지") % {"first": _title(first, today), "last": _title(chosen, today)},
        "days": _days(user, matching, today),
        "found": len(matching),
        "month": f"{chosen:%Y-%m}",
        **_neighbours(notes, first, last, today=today, words=words),
    }


def _month(notes: HabitLogQuerySet, asked: dt.date | None, today: dt.date) -> dt.date:
    """The month that was asked for, else the latest with a note. None begins after today's."""
    if asked is None:
        asked = notes.aggregate(last=Max("local_date"))["last"] or today
    return min(max(asked, EARLIEST), today).replace(day=1)


def _read(user: User, notes: HabitLogQuerySet, first: dt.date, last: dt.date) -> list[HabitLog]:
    its = notes.of_days(first, last).select_related("user_habit__habit__category")
    return list(its.order_by("-local_date", "-completed_at", "-id"))


def _has_words(log: HabitLog, words: str) -> bool:
    """Each of the words is in the note or in the name of its habit."""
    text = f"{log.notes} {log.user_habit.name}".casefold()
    return all(word in text for word in words.casefold().split())


def _days(user: User, logs: list[HabitLog], today: dt.date) -> list[dict[str, Any]]:
    days: dict[dt.date, list[dict[str, Any]]] = {}
    for log in logs:
        days.setdefault(log.day_by(user.calendar), []).append(_note(user, log))
    return [{"text": day_text(day, today=today), "iso": day.isoformat(), "notes": notes} for day, notes in days.items()]


def _note(user: User, log: HabitLog) -> dict[str, Any]:
    habit = log.user_habit
    return {
        "habit": habit.name,
        "icon": habit.icon,
        "cat": habit.color_key,
        "time": time_format(user.calendar.local(log.completed_at).time(), "TIME_FORMAT"),
        "text": log.notes,
        "url": reverse("habits:log", args=[habit.pk, log.pk]),
    }


def _title(month: dt.date, today: dt.date) -> str:
    return date_format(month, _("n월") if month.year == today.year else _("Y년 n월"))


def _neighbours(
    notes: HabitLogQuerySet, first: dt.date, last: dt.date, *, today: dt.date, words: str
) -> dict[str, Any]:
    """The nearest months with notes on both sides of the days that are shown."""
    found = notes.aggregate(
        before=Max("local_date", filter=Q(local_date__lt=first)), after=Min("local_date", filter=Q(local_date__gt=last))
    )
    before, after = found["before"], found["after"]
    # A search goes on with as many months as it has read.
    if after and words:
        after = months.later(after, MONTHS_SEARCHED - 1)
    return {f"{side}_{key}": value for side, month in (("before", before), ("after", after)) if month
            for key, value in _link(month, today, words).items()}  # fmt: skip


def _link(month: dt.date, today: dt.date, words: str) -> dict[str, str]:
    month = min(month, today).replace(day=1)
    query = urlencode({"month": f"{month:%Y-%m}", **({"q": words} if words else {})})
    return {"url": f"{reverse('habits:notes')}?{query}", "text": _title(month, today)}
