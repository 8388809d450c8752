"""The streaks of past days for the daily aggregates, replayed from the logs.

A day that has just closed needs no replay: the habit's row has the state of its end. This is for days that are filled or
changed later.
"""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple
from uuid import UUID

from django.db.models import Sum

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from habits import streak_cache, streaks
from habits.models import HabitLog, HabitRest, UserHabit


class DayStreaks(NamedTuple):
    """`active` habits had a running streak at the end of the day; the longest is in days."""

    active: int = 0
    longest: int = 0


def streaks_on(user: User, first: dt.date, last: dt.date) -> dict[dt.date, DayStreaks]:
    """The days with a running streak, from `first` to `last`.

    A habit that rests on a day is not counted.
    """
    found: dict[dt.date, DayStreaks] = defaultdict(DayStreaks)
    counts, rests = _counts(user, last), streak_cache.rests_of_person(user.pk)
    for user_habit in UserHabit.objects.filter(user=user):
        for day, days in _runs(user_habit, counts[user_habit.pk], rests, user.calendar, first, last).items():
            before = found[day]
            found[day] = DayStreaks(before.active + 1, max(before.longest, days))
    return found


def _counts(user: User, last: dt.date) -> dict[UUID, dict[dt.date, int]]:
    rows = HabitLog.objects.filter(user_habit__user=user, local_date__lte=last)
    found: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
    for habit, day, count in rows.values_list("user_habit", "local_date").annotate(Sum("completed_count")):
        found[habit][day] = count
    return found


def _runs(
    user_habit: UserHabit,
    counts: dict[dt.date, int],
    rests: list[HabitRest],
    calendar: Calendar,
    first: dt.date,
    last: dt.date,
) -> dict[dt.date, int]:
    its = streak_cache.days_of(rests, user_habit)
    rested = streaks.rested_days(its, first, last)
    ledger = streak_cache.replay(user_habit, today=last + ONE_DAY, calendar=calendar, counts=counts, rests=its).ledger
    return {
        entry.day: entry.run * streaks.DAYS_OF[entry.unit]
        for entry in ledger
        if first <= entry.day <= last and entry.run and entry.day not in rested
    }
