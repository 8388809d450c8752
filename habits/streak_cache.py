"""How a habit stands on a day: the streak kept in its row, rolled forward to yesterday, and today's count on top.

The row keeps the streak's fold through `streak_through`. After it there can be check-ins on `counted_on` alone, since
each check-in rolls the fold to its yesterday; so no log is read here unless the fold is missing or ahead of the person.
A person who travelled west may stand before days that have logs already: such a standing is shown and not kept.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.db.models.expressions import RawSQL

from accounts.days import ONE_DAY, Calendar
from habits import streaks
from habits.models import HabitLog, HabitRest, UserHabit, UserHabitQuerySet
from habits.streaks import Replay, State, Streak

type Rests = list[tuple[dt.date, dt.date | None]]

# Rests that reach into the days open to the kept streak, or to a day before them: the person's, and those of them that
# concern the habit. Many habits read at once with all of them would be as many rests times as many habits.
_AROUND = """
    (SELECT json_agg(json_build_array(user_id, user_habit_id, kind, starts_on, ends_on))
    FROM habit_rests AS rest
    WHERE rest.user_id = user_habits.user_id AND (ends_on IS NULL OR ends_on >= LEAST(streak_through, %s)){concerned})
"""
_OF_PERSON = _AROUND.format(concerned="")
_OF_HABIT = _AROUND.format(concerned=" AND (user_habit_id IS NULL OR user_habit_id = user_habits.id)")


@dataclass(frozen=True, slots=True)
class Standing:
    """`state` has closed every day before today; `streak` is what to show while today is open."""

    state: State
    streak: Streak
    count: int
    # False where the row cannot hold it: there are logs after today, or the habit has not begun. The next look replays.
    lasting: bool = True


def counted(user_habit: UserHabit, *, day: dt.date) -> int:
    """How much was done on `day`, the latest day the row knows of or a later one."""
    return user_habit.counted if user_habit.counted_on == day else 0


def stand(user_habit: UserHabit, *, today: dt.date, calendar: Calendar, rests: Rests) -> Standing:
    """How it stands today. `rests` cover at least the days after `streak_through`."""
    state = _kept(user_habit, calendar)
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
        "streak_state": standing.state.to_json() if standing.lasting else None,
        "streak_through": standing.state.through,
        "counted_on": user_habit.counted_on,
        "counted": user_habit.counted,
    }
    for name, value in columns.items():
        setattr(user_habit, name, value)
    return columns


def replay(
    user_habit: UserHabit,
    *,
    today: dt.date,
    calendar: Calendar,
    counts: dict[dt.date, int],
    rests: Rests | None = None,
) -> Replay:
    """Everything from the logs: the ledger, and a state that owes nothing to what was kept. `rests` are all that concern
    the habit, where they are at hand; else they are read."""
    return streaks.replay(
        user_habit.timeline,
        start=user_habit.begins_on(calendar),
        counts=counts,
        today=today,
        rests=rests_of(user_habit) if rests is None else rests,
        week_start=calendar.week_start,
    )


def counts_by_day(user_habit: UserHabit) -> dict[dt.date, int]:
    rows = HabitLog.objects.filter(user_habit=user_habit).values_list("local_date").annotate(Sum("completed_count"))
    return dict(rows)


def with_rests(found: UserHabitQuerySet, *, day: dt.date, of_others: bool = False) -> UserHabitQuerySet:
    """Reads, in one statement with the habits, the rests that matter from `day` on; `rests_around` gives them."""
    return found.annotate(rests_read=RawSQL(_OF_PERSON if of_others else _OF_HABIT, [day]))  # noqa: S611 -- texts of ours


def rests_around(user_habit: Any) -> list[HabitRest]:
    """The person's rests, of a habit that was read `with_rests`: of this habit, of all, and of others if they were asked for."""
    return [_rest(*row) for row in user_habit.rests_read or []]


def _rest(user_id: str, user_habit_id: str | None, kind: str, starts_on: str, ends_on: str | None) -> HabitRest:
    return HabitRest(
        user_id=UUID(user_id),
        user_habit_id=UUID(user_habit_id) if user_habit_id else None,
        kind=kind,
        starts_on=dt.date.fromisoformat(starts_on),
        ends_on=dt.date.fromisoformat(ends_on) if ends_on else None,
    )


def rests_of(user_habit: UserHabit, *, since: dt.date | None = None) -> Rests:
    """The rests that concern the habit, its own and those of all habits, ending on `since` or later."""
    return days_of(rests_of_person(user_habit.user_id, since=since), user_habit)


def rests_of_person(user_id: UUID, *, since: dt.date | None = None) -> list[HabitRest]:
    return list(HabitRest.objects.filter(user=user_id).since(since))


def rests_by_habit(user_habits: Iterable[UserHabit], *, since: dt.date | None = None) -> dict[Any, Rests]:
    """The same for habits of several people at once."""
    user_habits = list(user_habits)
    found = list(HabitRest.objects.filter(user__in={one.user_id for one in user_habits}).since(since))
    return {one.pk: days_of(found, one) for one in user_habits}


def days_of(rests: Iterable[HabitRest], user_habit: UserHabit) -> Rests:
    """The days of those rests that concern the habit."""
    return [(rest.starts_on, rest.ends_on) for rest in rests if rest.concerns(user_habit)]


def _kept(user_habit: UserHabit, calendar: Calendar) -> State | None:
    if user_habit.streak_state is None:
        return None
    try:
        state = State.from_json(user_habit.streak_state)
    except ValueError:
        # Written by an earlier version of the rules.
        return None
    # Folded by other weeks than the person's: worth nothing.
    return state if state.sundays == (calendar.week_start == "sunday") else None


def _replayed(user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> Standing:
    return told(user_habit, counts=counts_by_day(user_habit), today=today, calendar=calendar)[0]


def told(
    user_habit: UserHabit, *, counts: dict[dt.date, int], today: dt.date, calendar: Calendar
) -> tuple[Standing, Replay]:
    """The standing from all that was ever done, `counts`, and the replay behind it. Sets what the row counts."""
    user_habit.counted_on = max(counts, default=None)
    user_habit.counted = counts[user_habit.counted_on] if user_habit.counted_on else 0
    again = replay(user_habit, today=today, calendar=calendar, counts=counts)
    # Whoever travelled west on the first day stands before the start: nothing is judged yet.
    begun = again.state.through < today
    ahead = user_habit.counted_on is not None and user_habit.counted_on > today
    state = again.state if begun else State(through=today - ONE_DAY)
    return Standing(state, again.streak, counts.get(today, 0), lasting=begun and not ahead), again


def counts_on(user_habit: UserHabit, *, day: dt.date) -> int:
    logs = HabitLog.objects.filter(user_habit=user_habit, local_date=day)
    return logs.aggregate(total=Sum("completed_count"))["total"] or 0
