"""Daily sums of check-ins for the plots. Each query reads only the months it shows.

The statements are planned each time: a generic plan would open every partition, which after ten years takes most of the
time. With the dates in the statement the planner opens only those of a year.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts import days
from accounts.days import ONE_DAY

type Counts = dict[dt.date, int]
# Mood and energy of a day, from 1 to 10.
type Mood = tuple[float | None, float | None]

# `completed_at` limits the query to the partitions of these months (accounts.days.reach).
_COUNTS = """
    SELECT user_habit_id, array_agg(local_date - '0001-01-01'::date + 1), array_agg(amount::int)
    FROM (
    SELECT log.user_habit_id, log.local_date, sum(log.completed_count) AS amount
    FROM unnest(%(habits)s::uuid[], %(firsts)s::date[]) AS asked (habit, first)
    JOIN habit_logs AS log ON log.user_habit_id = asked.habit AND log.local_date >= asked.first
    WHERE log.local_date <= %(last)s AND log.completed_at >= %(since)s AND log.completed_at < %(until)s
    GROUP BY 1, 2
    ) AS day
    GROUP BY 1
"""
_MOODS = """
    SELECT local_date, avg(mood_score)::float8, avg(energy_level)::float8 FROM habit_logs
    WHERE user_habit_id = ANY(%(habits)s) AND local_date BETWEEN %(first)s AND %(last)s
        AND completed_at >= %(since)s AND completed_at < %(until)s
        AND (mood_score IS NOT NULL OR energy_level IS NOT NULL)
    GROUP BY 1
"""
_HOURS = """
    SELECT extract(isodow FROM local_date)::int, local_hour::int, count(*) FROM habit_logs
    WHERE user_habit_id = ANY(%(habits)s) AND local_date BETWEEN %(first)s AND %(last)s
        AND completed_at >= %(since)s AND completed_at < %(until)s AND local_hour IS NOT NULL
    GROUP BY 1, 2
"""


# The three at once: the logs are read once, and planning their partitions takes as long as reading them.
_ALL = """
    WITH log AS MATERIALIZED (
        SELECT user_habit_id, local_date, local_hour, completed_count, mood_score, energy_level FROM habit_logs
        WHERE user_habit_id = ANY(%(habits)s) AND local_date BETWEEN %(first)s AND %(last)s
            AND completed_at >= %(since)s AND completed_at < %(until)s
    )
    SELECT
        (SELECT json_object_agg(user_habit_id, json_build_array(days, amounts)) FROM (
            SELECT user_habit_id, array_agg(local_date - '0001-01-01'::date + 1) AS days, array_agg(amount) AS amounts
            FROM (SELECT user_habit_id, local_date, sum(completed_count) AS amount FROM log GROUP BY 1, 2) AS day
            GROUP BY 1) AS habit),
        (SELECT json_agg(json_build_array(day, mood, energy) ORDER BY day) FROM (
            SELECT local_date - '0001-01-01'::date + 1 AS day, avg(mood_score)::float8 AS mood,
                avg(energy_level)::float8 AS energy
            FROM log WHERE local_date >= %(moods_since)s AND (mood_score IS NOT NULL OR energy_level IS NOT NULL)
            GROUP BY 1) AS day),
        (SELECT json_agg(json_build_array(weekday, local_hour, number)) FROM (
            SELECT extract(isodow FROM local_date)::int AS weekday, local_hour, count(*) AS number
            FROM log WHERE local_date >= %(hours_since)s AND local_hour IS NOT NULL GROUP BY 1, 2) AS cell)
"""


class LogsRead(NamedTuple):
    """The same as `counts`, `moods` and `hours` return."""

    counts: dict[UUID, Counts]
    moods: dict[dt.date, Mood]
    hours: dict[tuple[int, int], int]


def read(
    habits: Collection[UUID],
    *,
    first: dt.date,
    last: dt.date,
    moods_since: dt.date | None,
    hours_since: dt.date,
) -> LogsRead:
    """All three of these habits, in one statement; the amounts from `first` on.

    Without `moods_since` no mood is read.
    """
    values = _asked(habits, first, last)
    values |= {"moods_since": moods_since or last + ONE_DAY, "hours_since": hours_since}
    [(by_habit, by_day, by_hour)] = _fetch(_ALL, values)
    found: dict[UUID, Counts] = {habit: {} for habit in habits}
    for habit, (ordinals, amounts) in (by_habit or {}).items():
        found[UUID(habit)] = dict(zip(map(dt.date.fromordinal, ordinals), amounts, strict=True))
    return LogsRead(
        found,
        {dt.date.fromordinal(day): (mood, energy) for day, mood, energy in by_day or []},
        {(weekday, hour): number for weekday, hour, number in by_hour or []},
    )


def counts(firsts: Mapping[UUID, dt.date], *, last: dt.date) -> dict[UUID, Counts]:
    """The amount of each habit on each day, from the first day given for it."""
    found: dict[UUID, Counts] = {habit: {} for habit in firsts}
    if firsts:
        values = {"habits": list(firsts), "firsts": list(firsts.values()), "last": last}
        for habit, ordinals, amounts in _fetch(_COUNTS, values | _months(min(firsts.values()), last)):
            found[habit] = dict(zip(map(dt.date.fromordinal, ordinals), amounts, strict=True))
    return found


def moods(habits: Collection[UUID], *, first: dt.date, last: dt.date) -> dict[dt.date, Mood]:
    """The mean of each day's scores, ascending; days without one are absent."""
    rows = _fetch(_MOODS, _asked(habits, first, last)) if habits else []
    return {day: (mood, energy) for day, mood, energy in sorted(rows)}


def hours(habits: Collection[UUID], *, first: dt.date, last: dt.date) -> dict[tuple[int, int], int]:
    """Check-ins by ISO weekday of the person's day and the hour that their clock showed then."""
    rows = _fetch(_HOURS, _asked(habits, first, last)) if habits else []
    return {(weekday, hour): count for weekday, hour, count in rows}


def _asked(habits: Collection[UUID], first: dt.date, last: dt.date) -> dict[str, Any]:
    return {"habits": list(habits), "first": first, "last": last} | _months(first, last)


def _months(first: dt.date, last: dt.date) -> dict[str, Any]:
    since, until = days.reach(first, last)
    return {"since": since, "until": until}


def _fetch(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
