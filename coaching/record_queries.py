"""Reads a person's record for the coach: five statements, however long the history.

read(user, at=…) -> Record      read again for each message: date, weekday and zone are those of the instant
gathered(user, at=…, …)         how much there is of what needs many days
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import translation

from accounts.days import ONE_DAY, Calendar, reach
from accounts.models import User
from coaching.context import Language
from coaching.records import DAYS_IN_WEEK, SPAN, WEEKDAY_SPAN, HabitRecord, Record
from habits import streak_cache, streaks
from habits.day_totals import DayTotal, totals_of_days
from habits.models import HabitRest, UserHabit
from habits.reminders import would_help
from habits.schedules import Timeline
from habits.streak_cache import HabitStanding, Rests
from habits.streaks import Entry, Reason

# How far ahead the next due day is looked for.
AHEAD = 2 * DAYS_IN_WEEK

type Counts = dict[dt.date, int]

# With the dates in the statement only the partitions of these months are opened.
_COUNTS = """
    SELECT user_habit_id, local_date, sum(completed_count)::int FROM habit_logs
    WHERE user_habit_id = ANY(%(habits)s) AND local_date >= %(first)s AND completed_at >= %(since)s
    GROUP BY 1, 2
"""
_HOURS = """
    SELECT user_habit_id, local_hour::int, count(*)::int FROM habit_logs
    WHERE user_habit_id = ANY(%(habits)s) AND local_date BETWEEN %(first)s AND %(last)s AND completed_at >= %(since)s
        AND local_hour IS NOT NULL
    GROUP BY 1, 2
"""
_MOODS = """
    SELECT local_date, avg(mood_score)::float8 FROM habit_logs
    WHERE user_habit_id = ANY(%(habits)s) AND local_date BETWEEN %(first)s AND %(last)s AND completed_at >= %(since)s
        AND mood_score IS NOT NULL
    GROUP BY 1
"""
_GATHERED = """
    SELECT count(*) FILTER (WHERE local_hour IS NOT NULL AND local_date >= %(hours_since)s),
        count(DISTINCT local_date) FILTER (
            WHERE mood_score IS NOT NULL AND local_date >= %(moods_since)s AND local_date < %(today)s)
    FROM habit_logs
    WHERE user_habit_id = ANY(%(habits)s) AND local_date BETWEEN %(first)s AND %(today)s
        AND completed_at >= %(since)s AND completed_at <= %(at)s
"""


def read(user: User, *, at: dt.datetime) -> Record:
    """The person's active habits as they stand at `at`.

    Days and moods are those of all their habits.
    """
    calendar = user.calendar
    today = calendar.day_of(at)
    language: Language = "en" if user.language == "en" else "ko"
    every = list(UserHabit.objects.filter(user=user).with_habit().defer("notes"))
    found = [one for one in every if one.is_active]
    found.sort(key=lambda user_habit: (user_habit.sort_order, user_habit.pk))
    rests = streak_cache.rests_of_person(user.pk, since=_earliest(found, today))
    counts, hours = _counts(every, today), _hours(found, today)
    with translation.override(language):
        habits = tuple(
            _habit(one, today, calendar, rests, counts.get(one.pk, {}), hours.get(one.pk, {})) for one in found
        )
    return Record(
        language=language,
        zone=user.timezone,
        day=today,
        hour=calendar.local(at).hour,
        day_start=calendar.day_start,
        habits=habits,
        moods=_moods(every, today) if user.shares_health else {},
        totals=_totals(every, rests, counts, today=today, calendar=calendar),
    )


def gathered(user: User, *, at: dt.datetime, hours_since: dt.date, moods_since: dt.date) -> tuple[int, int]:
    """Check-ins with a known hour, and closed days with a mood, of all habits, as of `at`."""
    first = min(hours_since, moods_since)
    values: dict[str, Any] = {
        "habits": list(user.habits.values_list("pk", flat=True)),
        "hours_since": hours_since,
        "moods_since": moods_since,
        "first": first,
        "today": user.calendar.day_of(at),
        "since": reach(first, first)[0],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GATHERED, values)
        [(hours, moods)] = cursor.fetchall()
    return hours, moods


def _totals(
    habits: list[UserHabit], rests: list[HabitRest], counts: dict[UUID, Counts], *, today: dt.date, calendar: Calendar
) -> dict[dt.date, DayTotal]:
    """What each of the last weeks' days asked for, as the insights show it."""
    first, last = today - WEEKDAY_SPAN * ONE_DAY, today - ONE_DAY
    its_days = [
        streak_cache.habit_days(
            one,
            calendar=calendar,
            counts=counts.get(one.pk, {}),
            rests=streak_cache.days_of(rests, one),
            first=first,
            last=last,
        )
        for one in habits
    ]
    return totals_of_days(its_days, first, last)


def _earliest(habits: Iterable[UserHabit], today: dt.date) -> dt.date:
    """The first day whose rests are needed: of the ledger, or after a stored streak that is far behind."""
    return min([today - (SPAN + 1) * ONE_DAY, *(one.streak_through for one in habits if one.streak_through)])


def _habit(
    user_habit: UserHabit,
    today: dt.date,
    calendar: Calendar,
    rests: list[HabitRest],
    counts: Counts,
    hours: dict[int, int],
) -> HabitRecord:
    its_rests = streak_cache.days_of(rests, user_habit)
    standing = streak_cache.current(user_habit, today=today, calendar=calendar, rests=its_rests)
    own_text = user_habit.is_own or bool(user_habit.custom_name)
    return habit_record(
        user_habit,
        standing,
        today=today,
        ledger=recent_ledger(user_habit, today, calendar, its_rests, counts),
        rests=its_rests,
        hours=hours,
        name_shared="" if own_text else user_habit.habit.text("name"),
        says_amounts=not user_habit.unit or user_habit.unit in _units_of_catalogue(user_habit),
    )


def _units_of_catalogue(user_habit: UserHabit) -> set[str]:
    """The unit of the template in each language; a template of the person's own has none."""
    if user_habit.is_own:
        return set()
    habit = user_habit.habit
    translated = [texts.get("unit") for texts in (habit.translations or {}).values()]
    return {unit for unit in (habit.default_unit, *translated) if unit}


def habit_record(
    user_habit: UserHabit,
    standing: HabitStanding,
    *,
    today: dt.date,
    ledger: tuple[Entry, ...],
    rests: Rests,
    hours: dict[int, int],
    name_shared: str,
    says_amounts: bool,
) -> HabitRecord:
    """The record of one habit, from its standing today and its last days."""
    streak, timeline = standing.streak, user_habit.timeline
    rule = timeline.on(today)
    is_rested = streak.today is Reason.RESTED
    return HabitRecord(
        id=str(user_habit.pk),
        name=user_habit.name,
        name_shared=name_shared,
        category=user_habit.habit.category.text("name"),
        rule=rule,
        timeline=timeline,
        ledger=ledger,
        current=streak.current,
        best=streak.best,
        unit=streak.unit,
        total=streak.total,
        freezes=streak.freezes,
        is_due=rule.is_due(today) and not is_rested,
        is_done=streak.today is Reason.DONE,
        is_rested=is_rested,
        wants_more=would_help(rule, standing),
        is_full=rule.is_full(streak.tally) if rule.schedule.totals else not rule.schedule.wants_more(streak.tally),
        next_due=_next_due(timeline, today, rests),
        hours=hours,
        says_amounts=says_amounts,
    )


def recent_ledger(
    user_habit: UserHabit, today: dt.date, calendar: Calendar, rests: Rests, counts: Counts
) -> tuple[Entry, ...]:
    """The last days with their reasons. Their streaks are those of this span alone."""
    first = max(streak_cache.first_day(user_habit, calendar=calendar, counts=counts), today - SPAN * ONE_DAY)
    if first >= today:
        return ()
    again = streaks.replay(
        user_habit.timeline, start=first, counts=counts, today=today, rests=rests, week_start=calendar.week_start
    )
    return tuple(entry for entry in again.ledger if entry.day < today)


def _next_due(timeline: Timeline, today: dt.date, rests: Rests) -> dt.date | None:
    days = (today + number * ONE_DAY for number in range(1, AHEAD + 1))
    rested = streaks.rested_days(rests, today, today + AHEAD * ONE_DAY)
    return next((day for day in days if timeline.on(day).is_due(day) and day not in rested), None)


def _counts(habits: list[UserHabit], today: dt.date) -> dict[UUID, Counts]:
    found: dict[UUID, Counts] = {}
    for habit, day, count in _rows(_COUNTS, habits, today):
        found.setdefault(habit, {})[day] = count
    return found


def _hours(habits: list[UserHabit], today: dt.date) -> dict[UUID, dict[int, int]]:
    found: dict[UUID, dict[int, int]] = {}
    for habit, hour, count in _rows(_HOURS, habits, today):
        found.setdefault(habit, {})[hour] = count
    return found


def _moods(habits: list[UserHabit], today: dt.date) -> dict[dt.date, float]:
    return dict(_rows(_MOODS, habits, today))


def _rows(sql: str, habits: list[UserHabit], today: dt.date) -> list[tuple[Any, ...]]:
    if not habits:
        return []
    first = today - SPAN * ONE_DAY
    values: dict[str, Any] = {
        "habits": [one.pk for one in habits],
        "first": first,
        "last": today - ONE_DAY,
        "since": reach(first, first)[0],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
