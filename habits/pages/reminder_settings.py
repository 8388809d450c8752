"""The reminders of a habit on its page: times, weekdays, the next one."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from accounts.models import User
from habits import reminders
from habits.forms import WEEKDAYS, ReminderForm
from habits.models import UserHabit
from notifications import preferences

_WEEKDAYS = {str(value) for value, _label in WEEKDAYS}
# Empty fields offered after the chosen times, so that one can be added without JavaScript.
ROOM = 1


def panel(
    user: User,
    user_habit: UserHabit,
    *,
    now: dt.datetime,
    form: ReminderForm | None = None,
    asked: MultiValueDict[str, str] | None = None,
) -> dict[str, Any]:
    """The panel of reminders.

    `asked` may name a time that is filled in besides the stored ones, and weekdays, until the person saves them.
    """
    times = [f"{time:%H:%M}" for time in reminders.times_of(user_habit)]
    offered = asked.get("time", "") if asked else ""
    if _is_time(offered) and offered not in times:
        times.append(offered)
    days = {int(day) for day in asked.getlist("days") if day in _WEEKDAYS} if asked else set()
    days = days or set(user_habit.reminder_days or [])
    if form is not None and form.errors:
        times, days = [text for text in form["times"].data if text], set(form.cleaned_data.get("days", []))
    return {
        "reminder": {
            "url": reverse("habits:reminders", args=[user_habit.pk]),
            "habit_url": reverse("habits:habit", args=[user_habit.pk]),
            "times": times + [""] * (ROOM if len(times) < reminders.MOST_TIMES else 0),
            "days": [{"value": value, "label": label, "chosen": value in days} for value, label in WEEKDAYS],
            "errors": form.errors.get("times", []) if form is not None else [],
            "next_text": _next_text(user, user_habit, now=now),
            "quiet_text": _quiet_text(user, user_habit),
        }
    }


def _is_time(text: str) -> bool:
    return bool(re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", text))


def _next_text(user: User, user_habit: UserHabit, *, now: dt.datetime) -> str:
    at = reminders.plan(user_habit, calendar=user.calendar, after=now)
    if at is None:
        return "" if reminders.times_of(user_habit) else _("지금은 알리지 않아요.")
    local, today = at.astimezone(ZoneInfo(user.calendar.zone)), now.astimezone(ZoneInfo(user.calendar.zone))
    days = (local.date() - today.date()).days
    day = {0: _("오늘"), 1: _("내일")}.get(days) or date_format(local, _("n월 j일 l"))
    return _("다음은 %(day)s %(time)s이에요.") % {"day": day, "time": time_format(local, "TIME_FORMAT")}


def _quiet_text(user: User, user_habit: UserHabit) -> str:
    """Times within the quiet hours stay silent: said where they are chosen."""
    chosen = preferences.of(user)
    silent = [time_format(time) for time in reminders.times_of(user_habit) if chosen.is_quiet(time)]
    return _("%(times)s에는 조용한 시간이라 알림함에만 남겨요.") % {"times": ", ".join(silent)} if silent else ""
