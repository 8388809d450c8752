"""Context of a streak kept together: its number and the days of this week."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.days import ONE_DAY, monday_of
from circles.models import CircleMember, TogetherPart
from circles.together import TogetherStanding
from circles.together_streaks import DayState, PersonPart
from core.illustrations import sectors

_SAID = {
    DayState.DONE: gettext_lazy("다 함께 했어요"),
    DayState.FROZEN: gettext_lazy("지킴이가 지켰어요"),
    DayState.MISSED: gettext_lazy("빈 날이에요"),
    DayState.OFF: gettext_lazy("쉬었어요"),
    DayState.OPEN: gettext_lazy("아직 하루가 남았어요"),
}


def panel(viewer: CircleMember, standing: TogetherStanding, *, now: dt.datetime) -> dict[str, Any]:
    today = viewer.user.calendar.day_of(now)
    monday = monday_of(today)
    days = [monday + n * ONE_DAY for n in range(7)]
    habit = standing.parts[0].shared.user_habit
    names = [part.shared.member.nickname for part in standing.parts[1:]]
    return {
        "names": ", ".join(names),
        "current": standing.streak.current,
        "habit": habit.name,
        "icon": habit.icon,
        "cat": habit.color_key,
        "days": [_day(standing, day, today=today) for day in days],
        "order": _("왼쪽부터 나, %(names)s") % {"names": ", ".join(names)},
        "freeze": _freeze(standing, today),
        "end_url": reverse("circles:together", args=[viewer.circle_id, standing.parts[0].shared_id]),
    }


def _freeze(standing: TogetherStanding, today: dt.date) -> str:
    if standing.streak.has_freeze(today):
        return _("이번 주에 함께 쓰는 지킴이 1개가 있어요.")
    return _("이번 주의 지킴이는 썼어요. 월요일에 하나가 다시 생겨요.")


def _day(standing: TogetherStanding, day: dt.date, *, today: dt.date) -> dict[str, Any]:
    state = standing.streak.days.get(day)
    said = str(_SAID[state]) if state else ""
    return {
        "day": day,
        "weekday": date_format(day, "D"),
        "number": day.day,
        "said": said,
        "current": day == today,
        "drawing": sectors([_mark(part, standing.days[part.pk], day, state) for part in standing.parts]),
    }


def _mark(row: TogetherPart, part: PersonPart, day: dt.date, state: DayState | None) -> str:
    """How one person's part of a day is drawn. Days before they took part, and days to come, are empty."""
    if state is None or day < row.joined_on or day > part.today:
        return "none"
    if day in part.done:
        return "done"
    if state is DayState.OFF or day not in part.asked:
        return "rest"
    return "frozen" if state is DayState.FROZEN else "open"
