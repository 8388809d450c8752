"""The streak stored in a habit's row: rolled forward to yesterday, with today's count added.

    standing = current(user_habit, today=…, calendar=…, rests=…)   the streak and the count of today
    preview(user_habit, standing, count=…, today=…, rests=…)       the same with another count of today
    rebuild_from_logs(user_habit, today=…, calendar=…)             the same from all logs, after a change in the past
    set_columns(user_habit, standing), save(user_habit, standing)  stores it in the row

The row stores the streak state through the day `streak_through`. Every check-in advances that state to its yesterday,
so `counted_on` is the only later day that can have check-ins: logs are read only where the state is missing or is ahead
of the person's today. After a journey westwards days after today can have logs; that standing is shown and not stored.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Sum
from django.db.models.expressions import RawSQL

from accounts.days import ONE_DAY, Calendar, reach
from core.db import prepared_statements
from core.db.compiled_queries import Compiled
from habits import streaks
from habits.day_totals import HabitDays
from habits.models import HabitLog, HabitLogQuerySet, HabitRest, UserHabit, UserHabitQuerySet
from habits.schedules import Timeline
from habits.streaks import Counts, Entry, Replay, State, Streak

# Three weeks from today, and this month, begin after the last but one month.
MONTHS_KEPT = 2

type Rests = list[tuple[dt.date, dt.date | None]]

_RESTS = Compiled(
    lambda person, since: HabitRest.objects.filter(user=person).since(since).order_by("starts_on", "id"),
    person=uuid4(),
    since=dt.date(1970, 1, 2),
)
# Before any log, and with a day before it.
_EVER = dt.date(1, 1, 2)
# Planned each time: a generic plan would open every partition.
_COUNTS = """
    SELECT local_date, sum(completed_count) FROM habit_logs
    WHERE user_habit_id = %(habit)s AND local_date >= %(first)s AND completed_at >= %(since)s GROUP BY 1
"""

# Rests that reach into the days after the stored state or after a given earlier day: all of the person's, or those that
# concern the habit. The second is for reading many habits at once: with the first, each habit would carry all rests.
_AROUND = """
    (SELECT json_agg(json_build_array(user_id, user_habit_id, kind, starts_on, ends_on))
    FROM habit_rests AS rest
    WHERE rest.user_id = user_habits.user_id AND (ends_on IS NULL OR ends_on >= LEAST(streak_through, %s)){concerned})
"""
_OF_PERSON = _AROUND.format(concerned="")
_OF_HABIT = _AROUND.format(concerned=" AND (user_habit_id IS NULL OR user_habit_id = user_habits.id)")


@dataclass(frozen=True, slots=True)
class HabitStanding:
    """A habit's streak and count today. `state` is the streak's state through yesterday."""

    state: State
    streak: Streak
    count: int
    # False if the row cannot store it: there are logs after today, or the habit has not begun. The next read replays.
    is_storable: bool = True
    # The states after months that ended since the row was stored, oldest first.
    month_states: tuple[State, ...] = ()
    # Those of the row do not hold any more.
    is_rebuilt: bool = False


def counted(user_habit: UserHabit, *, day: dt.date) -> int:
    """The amount on `day`, which is `counted_on` or later."""
    return user_habit.counted if user_habit.counted_on == day else 0


def current(user_habit: UserHabit, *, today: dt.date, calendar: Calendar, rests: Rests) -> HabitStanding:
    """The habit's standing today. `rests` cover at least the days after `streak_through`."""
    state = _stored_state(user_habit, calendar)
    if state is None or state.through >= today:
        return rebuild_from_logs(user_habit, today=today, calendar=calendar)
    timeline = user_habit.timeline
    months: tuple[State, ...] = ()
    if state.through < today - ONE_DAY:
        counts = {user_habit.counted_on: user_habit.counted} if user_habit.counted_on else {}
        state, months = streaks.advance_by_months(
            state, timeline=timeline, counts=counts, today=today, rests=rests, week_start=calendar.week_start
        )
    count = counted(user_habit, day=today)
    streak = streaks.with_today(state, timeline=timeline, count=count, today=today, rests=rests)
    return HabitStanding(state, streak, count, month_states=months)


def preview(
    user_habit: UserHabit, standing: HabitStanding, *, count: int, today: dt.date, rests: Rests
) -> HabitStanding:
    """The standing with another count of today. Changes nothing."""
    streak = streaks.with_today(standing.state, timeline=user_habit.timeline, count=count, today=today, rests=rests)
    return replace(standing, streak=streak, count=count)


def set_count(user_habit: UserHabit, *, day: dt.date, count: int) -> None:
    """Sets the columns for a check-in on `day`, which is the latest day with one."""
    set_first_day(user_habit, day)
    user_habit.counted_on, user_habit.counted = day, count


def set_first_day(user_habit: UserHabit, day: dt.date) -> None:
    """Sets the column for a check-in on `day`.

    A row that has logs and no first day keeps none.
    """
    if user_habit.first_logged_on is not None:
        user_habit.first_logged_on = min(user_habit.first_logged_on, day)
    elif user_habit.counted_on is None:
        user_habit.first_logged_on = day


def set_columns(user_habit: UserHabit, standing: HabitStanding) -> dict[str, Any]:
    """Sets the columns that store the standing on the instance, and returns them for the update.

    The caller has set the amount of the latest day with a check-in (`set_count`).
    """
    columns = {
        "current_streak": standing.streak.current,
        "best_streak": standing.streak.best,
        "total_completions": standing.streak.total,
        "streak_state": standing.state.to_json() if standing.is_storable else None,
        "streak_through": standing.state.through,
        "counted_on": user_habit.counted_on,
        "counted": user_habit.counted,
        "first_logged_on": user_habit.first_logged_on,
        "month_states": _month_states(user_habit, standing),
        "closed_version": user_habit.closed_version + standing.is_rebuilt,
    }
    for name, value in columns.items():
        setattr(user_habit, name, value)
    return columns


def _month_states(user_habit: UserHabit, standing: HabitStanding) -> list[list[int]] | None:
    """The states after the last ended months, with those that ended since the row was stored."""
    if not standing.is_storable:
        return None
    kept = [] if standing.is_rebuilt else user_habit.month_states or []
    return [*kept, *(state.to_json() for state in standing.month_states)][-MONTHS_KEPT:]


def save(user_habit: UserHabit, standing: HabitStanding) -> None:
    """Stores the standing in the row, which the caller has locked. See `set_columns`."""
    columns = set_columns(user_habit, standing)
    user_habit.save(update_fields=[*columns, "updated_at"])


def replay(
    user_habit: UserHabit,
    *,
    today: dt.date,
    calendar: Calendar,
    counts: dict[dt.date, int],
    rests: Rests | None = None,
) -> Replay:
    """The replay of all `counts`, independent of the stored state.

    `rests` are all rests that concern the habit; None reads them.
    """
    return streaks.replay(
        user_habit.timeline,
        start=user_habit.begins_on(calendar),
        counts=counts,
        today=today,
        rests=rests_of(user_habit) if rests is None else rests,
        week_start=calendar.week_start,
    )


def first_day(user_habit: UserHabit, *, calendar: Calendar, counts: Counts) -> dt.date:
    """The first judged day (`streaks.first_day`). `counts` may be those of a few days only.

    The row knows the first day with a check-in. It is unknown in rows that were written by SQL and never rebuilt.
    """
    return _first_day(user_habit, user_habit.timeline, calendar=calendar, counts=counts)


def _first_day(user_habit: UserHabit, timeline: Timeline, *, calendar: Calendar, counts: Counts) -> dt.date:
    logged = user_habit.first_logged_on
    known = {**counts, logged: 1} if logged else counts
    return streaks.first_day(timeline, start=user_habit.begins_on(calendar), counts=known)


def habit_days(
    user_habit: UserHabit, *, calendar: Calendar, counts: Counts, rests: Rests, first: dt.date, last: dt.date
) -> HabitDays:
    """The habit from `first` to `last` as a day's total asks for it. All pages build it here."""
    timeline = user_habit.timeline
    began_on = _first_day(user_habit, timeline, calendar=calendar, counts=counts)
    return HabitDays(timeline, began_on, counts, streaks.rested_days(rests, first, last))


def run_on(user_habit: UserHabit, *, day: dt.date, count: int, calendar: Calendar) -> int:
    """The streak on `day` with `count` as its amount, while the day was open.

    From the logs; `HabitLog.streak_count` stores it.
    """
    counts = counts_by_day(user_habit) | {day: count}
    return replay(user_habit, today=day, calendar=calendar, counts=counts).streak.current


def runs_while_open(user_habit: UserHabit, *, counts: dict[dt.date, int], calendar: Calendar) -> dict[dt.date, int]:
    """The same as `run_on` for each day of `counts`, in one go."""
    return streaks.runs_while_open(
        user_habit.timeline,
        start=user_habit.begins_on(calendar),
        counts=counts,
        rests=rests_of(user_habit),
        week_start=calendar.week_start,
    )


def counts_by_day(user_habit: UserHabit, *, after: State | None = None) -> dict[dt.date, int]:
    """The amount of each day after that state, or of all days."""
    first = _first_after(user_habit, after) or _EVER
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"habit": user_habit.pk, "first": first, "since": reach(first, first)[0]})
        return dict(cursor.fetchall())


def logs_after(user_habit: UserHabit, state: State | None) -> HabitLogQuerySet:
    """The check-ins of the days after that state, or of all days.

    Opens only the partitions of these months.
    """
    logs, first = HabitLog.objects.filter(user_habit=user_habit), _first_after(user_habit, state)
    return logs.of_days_since(first) if first else logs


def _first_after(user_habit: UserHabit, state: State | None) -> dt.date | None:
    return state.through + ONE_DAY if state else user_habit.first_logged_on


def month_state_before(user_habit: UserHabit, day: dt.date, calendar: Calendar) -> State | None:
    """The state after the last ended month before `day`; None if the row has none that holds."""
    if _stored_state(user_habit, calendar) is None:
        return None
    states = map(State.from_json, user_habit.month_states or [])
    return max((one for one in states if one.through < day), key=lambda one: one.through, default=None)


def ledger(
    user_habit: UserHabit,
    *,
    after: State | None,
    counts: dict[dt.date, int],
    today: dt.date,
    calendar: Calendar,
    rests: Rests,
) -> list[Entry]:
    """The ledger of the days after that state, or the whole one for None.

    `counts` are all of these days, `rests` all that concern the habit.
    """
    if after is None:
        return replay(user_habit, today=today, calendar=calendar, counts=counts, rests=rests).ledger
    return streaks.ledger_after(
        after,
        timeline=user_habit.timeline,
        counts=counts,
        today=today,
        rests=rests,
        week_start=calendar.week_start,
    )


def counts_by_habit(user_habits: Collection[UserHabit]) -> dict[Any, dict[dt.date, int]]:
    """The same as `counts_by_day` for several habits, in one statement."""
    counts: dict[Any, dict[dt.date, int]] = {one.pk: {} for one in user_habits}
    logs = HabitLog.objects.filter(user_habit__in=counts).values_list("user_habit_id", "local_date")
    for pk, day, amount in logs.annotate(Sum("completed_count")):
        counts[pk][day] = amount
    return counts


# Amounts of several habits, of each since a day of its own, from the partitions of these days.
_COUNTS_SINCE = """
    SELECT log.user_habit_id, log.local_date, SUM(log.completed_count)
    FROM unnest(%s::uuid[], %s::date[]) AS wanted(user_habit_id, first)
    JOIN habit_logs AS log ON log.user_habit_id = wanted.user_habit_id
        AND log.local_date >= wanted.first AND log.local_date <= %s::date
        AND log.completed_at >= %s::timestamptz AND log.completed_at < %s::timestamptz
    GROUP BY log.user_habit_id, log.local_date
"""


def counts_since(firsts: Mapping[UserHabit, dt.date], *, last: dt.date) -> dict[Any, dict[dt.date, int]]:
    """The amount of each day from the day of each habit to `last`, in one statement."""
    counts: dict[Any, dict[dt.date, int]] = {one.pk: {} for one in firsts}
    params = [list(counts), list(firsts.values()), last, *reach(min(firsts.values()), last)]
    for pk, day, amount in prepared_statements.fetch(_COUNTS_SINCE, params):
        counts[pk][day] = amount
    return counts


def with_rests(found: UserHabitQuerySet, *, day: dt.date, of_others: bool = False) -> UserHabitQuerySet:
    """Adds the rests from `day` on to the statement that reads the habits.

    `rests_around` returns them.
    """
    return found.annotate(rests_read=RawSQL(_OF_PERSON if of_others else _OF_HABIT, [day]))  # noqa: S611 -- constants of this module


def rests_around(user_habit: Any) -> list[HabitRest]:
    """The rests of a habit that was read `with_rests`.

    They are of this habit, of all habits and, with `of_others`, of the person's other habits.
    """
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
    """The days of the rests that concern the habit and end on `since` or later."""
    return days_of(rests_of_person(user_habit.user_id, since=since), user_habit)


def rests_of_person(user_id: UUID, *, since: dt.date | None = None) -> list[HabitRest]:
    """Those that end on `since` or later, the earliest first."""
    return _RESTS(person=user_id, since=since or dt.date.min)


_REST_COLUMNS = ("user_id", "user_habit_id", "kind", "starts_on", "ends_on")
_RESTS_OF_PEOPLE = f"""
    SELECT {", ".join(_REST_COLUMNS)} FROM habit_rests
    WHERE user_id = ANY(%s::uuid[]) AND (ends_on IS NULL OR ends_on >= %s::date)
"""  # noqa: S608 -- constants of this module


def rests_by_habit(user_habits: Iterable[UserHabit], *, since: dt.date | None = None) -> dict[Any, Rests]:
    """The same as `rests_of` for habits of several people, in one statement."""
    user_habits = list(user_habits)
    people = list({one.user_id for one in user_habits})
    rows = prepared_statements.fetch(_RESTS_OF_PEOPLE, [people, since or dt.date.min])
    found = [HabitRest(**dict(zip(_REST_COLUMNS, row, strict=True))) for row in rows]
    return {one.pk: days_of(found, one) for one in user_habits}


def days_of(rests: Iterable[HabitRest], user_habit: UserHabit) -> Rests:
    """The days of those of `rests` that concern the habit."""
    return [(rest.starts_on, rest.ends_on) for rest in rests if rest.concerns(user_habit)]


def has_state(user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> bool:
    """Whether `current` needs no log."""
    state = _stored_state(user_habit, calendar)
    return state is not None and state.through < today


def _stored_state(user_habit: UserHabit, calendar: Calendar) -> State | None:
    """The state of the row; None if there is none, or none that holds for the person's calendar."""
    if user_habit.streak_state is None:
        return None
    try:
        state = State.from_json(user_habit.streak_state)
    except ValueError:
        # Written by an earlier version of the rules.
        return None
    # A state of weeks that begin on another day than the person's cannot be advanced.
    return state if state.sundays == (calendar.week_start == "sunday") else None


def rebuild(
    user_habit: UserHabit,
    *,
    counts: dict[dt.date, int],
    today: dt.date,
    calendar: Calendar,
    rests: Rests | None = None,
) -> tuple[HabitStanding, Replay]:
    """The standing from all amounts ever logged, and its replay.

    `rests` are all rests that concern the habit; None reads them. Sets `counted_on` and `counted`.
    """
    user_habit.counted_on, user_habit.first_logged_on = max(counts, default=None), min(counts, default=None)
    user_habit.counted = counts[user_habit.counted_on] if user_habit.counted_on else 0
    again = replay(user_habit, today=today, calendar=calendar, counts=counts, rests=rests)
    # After a journey westwards on the first day today is before the start: nothing is judged yet.
    begun = again.state.through < today
    ahead = user_habit.counted_on is not None and user_habit.counted_on > today
    state = again.state if begun else State(through=today - ONE_DAY)
    standing = HabitStanding(
        state,
        again.streak,
        counts.get(today, 0),
        is_storable=begun and not ahead,
        month_states=again.month_states[-MONTHS_KEPT:],
        is_rebuilt=True,
    )
    return standing, again


def rebuild_from_logs(user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> HabitStanding:
    """The standing from all logs. Sets `counted_on` and `counted`; saves nothing."""
    return rebuild(user_habit, counts=counts_by_day(user_habit), today=today, calendar=calendar)[0]


def rebuild_and_save(user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> HabitStanding:
    """Rebuilds the standing of a locked habit after a change in the past, and stores it."""
    standing = rebuild_from_logs(user_habit, today=today, calendar=calendar)
    save(user_habit, standing)
    return standing


def counts_on(user_habit: UserHabit, *, day: dt.date) -> int:
    """The amount logged on `day`, from the logs."""
    logs = HabitLog.objects.of_days(day, day).filter(user_habit=user_habit)
    return logs.aggregate(total=Sum("completed_count"))["total"] or 0
