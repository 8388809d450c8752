"""How a habit stands on a day: the streak kept in its row, rolled forward to yesterday, and today's count on top.

The row keeps the streak's fold through `streak_through`. After it there can be check-ins on `counted_on` alone, since
each check-in rolls the fold to its yesterday; so no log is read here unless the fold is missing or ahead of the person.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from accounts.days import ONE_DAY, Calendar
from habits import streaks
from habits.models import HabitLog, UserHabit
from habits.streaks import Replay, State, Streak
from wellness.db import prepared

type Rests = list[tuple[dt.date, dt.date | None]]


# Plain SQL: it is read in every check-in and on every page, and most often finds nothing.
_RESTS = """
    SELECT user_id, user_habit_id, starts_on, ends_on FROM habit_rests
    WHERE user_id = ANY(%s) AND (ends_on IS NULL OR ends_on >= %s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """`state` has closed every day before today; `streak` is what to show while today is open."""

    state: State
    streak: Streak
    count: int


def counted(user_habit: UserHabit, *, day: dt.date) -> int:
    """How much was done on `day`, the latest day the row knows of or a later one."""
    return user_habit.counted if user_habit.counted_on == day else 0


def stand(user_habit: UserHabit, *, today: dt.date, calendar: Calendar, rests: Rests) -> Standing:
    """How it stands today. `rests` cover at least the days after `streak_through`."""
    state = _kept(user_habit)
    if state is None or state.through >= today:
        return _replayed(user_habit, today=today, calendar=calendar)
    timeline = user_habit.timeline
    counts = {user_habit.counted_on: user_habit.counted} if user_habit.counted_on else {}
    state = streaks.advance(
        state, timeline=timeline, counts=counts, today=today, rests=rests, week_start=calendar.week_start
    )
    count = counted(user_habit, day=today)
    return Standing(state, streaks.look(state, timeline=timeline, count=count, today=today, rests=rests), count)


def look(user_habit: UserHabit, state: State, *, count: int, today: dt.date, rests: Rests) -> Streak:
    """The streak on a state through yesterday with another count of today."""
    return streaks.look(state, timeline=user_habit.timeline, count=count, today=today, rests=rests)


def keep(user_habit: UserHabit, standing: Standing) -> dict[str, Any]:
    """The columns that hold this standing: set on the instance and returned for the update.

    The caller has set `counted_on` and `counted`, the latest day with a check-in and its amount.
    """
    columns = {
        "current_streak": standing.streak.current,
        "best_streak": standing.streak.best,
        "total_completions": standing.streak.total,
        "streak_state": standing.state.to_json(),
        "streak_through": standing.state.through,
        "counted_on": user_habit.counted_on,
        "counted": user_habit.counted,
    }
    for name, value in columns.items():
        setattr(user_habit, name, value)
    return columns


def replay(user_habit: UserHabit, *, today: dt.date, calendar: Calendar, counts: dict[dt.date, int]) -> Replay:
    """Everything from the logs: the ledger, and a state that owes nothing to what was kept."""
    return streaks.replay(
        user_habit.timeline,
        start=user_habit.started_on or calendar.day_of(user_habit.started_at),
        counts=counts,
        today=today,
        rests=rests_of(user_habit),
        week_start=calendar.week_start,
    )


def counts_by_day(user_habit: UserHabit) -> dict[dt.date, int]:
    rows = HabitLog.objects.filter(user_habit=user_habit).values_list("local_date").annotate(Sum("completed_count"))
    return dict(rows)


def rests_of(user_habit: UserHabit) -> Rests:
    return rests_by_habit([user_habit])[user_habit.pk]


def rests_by_habit(user_habits: Iterable[UserHabit], *, since: dt.date | None = None) -> dict[Any, Rests]:
    """For each habit the rests that concern it, its own and those of all habits, ending on `since` or later."""
    user_habits = list(user_habits)
    by_habit: dict[Any, Rests] = defaultdict(list)
    people = list({user_habit.user_id for user_habit in user_habits})
    for person, habit, first, last in prepared.fetch(_RESTS, [people, since or dt.date.min]):
        for user_habit in user_habits:
            if user_habit.user_id == person and habit in (None, user_habit.pk):
                by_habit[user_habit.pk].append((first, last))
    return by_habit


def _kept(user_habit: UserHabit) -> State | None:
    if user_habit.streak_state is None:
        return None
    try:
        return State.from_json(user_habit.streak_state)
    except ValueError:
        # Written by an earlier version of the rules.
        return None


def _replayed(user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> Standing:
    counts = counts_by_day(user_habit)
    user_habit.counted_on = max(counts, default=None)
    user_habit.counted = counts[user_habit.counted_on] if user_habit.counted_on else 0
    again = replay(user_habit, today=today, calendar=calendar, counts=counts)
    # Whoever travelled west on the first day stands before the start: nothing is judged yet.
    state = again.state if again.state.through < today else State(through=today - ONE_DAY)
    count = counts.get(today, 0)
    streak = streaks.look(state, timeline=user_habit.timeline, count=count, today=today, rests=rests_of(user_habit))
    return Standing(state, streak, count)


def counts_on(user_habit: UserHabit, *, day: dt.date) -> int:
    logs = HabitLog.objects.filter(user_habit=user_habit, local_date=day)
    return logs.aggregate(total=Sum("completed_count"))["total"] or 0
