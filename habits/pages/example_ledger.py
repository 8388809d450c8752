"""The ledger on the first page: the product's own streak and words for a made-up history."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.days import ONE_DAY
from habits import streaks
from habits.models import HabitRest, UserHabit
from habits.pages import habit_detail
from habits.streaks import Entry, Reason

# Days before today, of a habit of each day.
RESTARTED, LAST = 36, 1
RESTED = (13, 12, 3)
MISSED = 17
BEFORE = 38  # one day done, one missed: the streak starts again after it


def example(today: dt.date) -> dict[str, Any]:
    """The context: length, the sum that explains it, and days with their reasons.

    Newest first.
    """
    user_habit = UserHabit(pk=UUID(int=0), started_on=_day(today, BEFORE))
    rests = [
        HabitRest(user_habit=user_habit, kind=HabitRest.Kind.SKIP, starts_on=day, ends_on=day)
        for day in (_day(today, ago) for ago in RESTED)
    ]
    empty = {*RESTED, MISSED, RESTARTED + 1}
    replay = streaks.replay(
        user_habit.timeline,
        start=_day(today, BEFORE),
        counts={_day(today, ago): 1 for ago in range(BEFORE, LAST - 1, -1) if ago not in empty},
        rests=[(rest.starts_on, rest.ends_on) for rest in rests],
        today=today,
    )
    streak = replay.streak
    days = (today - _day(today, RESTARTED)).days
    return {
        "length": streak.current,
        "sum": _("%(days)d일 − 쉼 %(rested)d일 − 지킴 %(protected)d일 =")
        % {"days": days, "rested": streak.rested, "protected": streak.protected},
        "lines": [
            _line(entry, user_habit, rests, today=today) for entry in reversed(replay.ledger) if _explains(entry, today)
        ],
    }


def _day(today: dt.date, ago: int) -> dt.date:
    return today - ago * ONE_DAY


def _explains(entry: Entry, today: dt.date) -> bool:
    """Today, yesterday, the latest rest, the protected day and the first day of the streak."""
    chosen = (0, LAST, min(RESTED), MISSED, RESTARTED)
    return entry.day in {_day(today, ago) for ago in chosen}


def _line(entry: Entry, user_habit: UserHabit, rests: list[HabitRest], *, today: dt.date) -> dict[str, Any]:
    line = habit_detail.line(entry, user_habit, rests, [])
    if entry.reason is Reason.OPEN:
        return line | {"facts": [_("오늘 안에 하면 %(n)d일이 돼요") % {"n": entry.run + 1}]}
    if entry.day == _day(today, RESTARTED):
        return line | {"title": _("다시 시작했어요"), "facts": [_("여기서부터 세고 있어요")], "restart": True}
    return line
