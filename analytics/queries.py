"""Daily sums of check-ins for the plots. Each query reads only the months it shows.

The statements are planned each time: a generic plan would open every partition, which after ten years takes most of the
time. With the dates in the statement the planner opens only those of a year.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from accounts import days

type Counts = dict[dt.date, int]
# Mood and energy of a day, from 1 to 10.
type Mood = tuple[float | None, float | None]

# `completed_at` limits the query to the partitions of these months (accounts.days.reach).
_COUNTS = """
    SELECT log.user_habit_id, log.local_date, sum(log.completed_count)
    FROM unnest(%(habits)s::uuid[], %(firsts)s::date[]) AS asked (habit, first)
    JOIN habit_logs AS log ON log.user_habit_id = asked.habit AND log.local_date >= asked.first
    WHERE log.local_date <= %(last)s AND log.completed_at >= %(since)s AND log.completed_at < %(until)s
    GROUP BY 1, 2
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


def counts(firsts: Mapping[UUID, dt.date], *, last: dt.date) -> dict[UUID, Counts]:
    """The amount of each habit on each day, from the first day given for it."""
    found: dict[UUID, Counts] = {habit: {} for habit in firsts}
    if firsts:
        values = {"habits": list(firsts), "firsts": list(firsts.values()), "last": last}
        for habit, day, count in _fetch(_COUNTS, values | _months(min(firsts.values()), last)):
            found[habit][day] = count
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
