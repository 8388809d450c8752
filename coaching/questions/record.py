"""What the database says about a person's check-ins in a period.

Each query reads only the months of the period.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.days import reach
from coaching.questions import day_parts
from coaching.questions.periods import BEGINNING, Period

# `completed_at` limits the query to the partitions of the period.
_OF_PERIOD = """
    FROM habit_logs
    WHERE user_habit_id = ANY(%(habits)s) AND local_date BETWEEN %(first)s AND %(last)s
        AND completed_at >= %(since)s AND completed_at < %(until)s
        AND (cardinality(%(weekdays)s::int[]) = 0 OR extract(isodow FROM local_date)::int = ANY(%(weekdays)s))
        AND (cardinality(%(hours)s::int[]) = 0 OR local_hour = ANY(%(hours)s))
"""
# Only text of ours is joined; all values are parameters.
_SUMS = "SELECT user_habit_id, count(*), sum(completed_count), count(DISTINCT local_date)" + _OF_PERIOD + "GROUP BY 1"
_DAYS = "SELECT count(DISTINCT local_date)" + _OF_PERIOD
# The mean of the days, as in the coach's messages: a day with many check-ins weighs no more than another.
_DAILY = "SELECT avg({column}) AS mean, count({column}) AS noted" + _OF_PERIOD + "GROUP BY local_date"
_SCORE = "SELECT avg(mean)::float8, COALESCE(sum(noted), 0)::int FROM (" + _DAILY + ") AS day"  # noqa: S608
_SCORE_DAYS = "SELECT local_date, avg({column})::float8" + _OF_PERIOD + "AND {column} IS NOT NULL GROUP BY 1"
_WEEKDAYS = "SELECT extract(isodow FROM local_date)::int, count(*)" + _OF_PERIOD + "GROUP BY 1"  # noqa: S608
_HOURS = "SELECT local_hour::int, count(*)" + _OF_PERIOD + "AND local_hour IS NOT NULL GROUP BY 1"
_WITHOUT_HOUR = "SELECT count(*)" + _OF_PERIOD + "AND local_hour IS NULL"
_LAST = "SELECT max(local_date)" + _OF_PERIOD
MOOD, ENERGY = "mood_score", "energy_level"
_NO_WEEKDAYS: frozenset[int] = frozenset()


class Sums(NamedTuple):
    """Check-ins, the amount they add up to, and the days that have one."""

    times: int = 0
    amount: int = 0
    days: int = 0


class Score(NamedTuple):
    """The mean over the days of a score from 1 to 10, and how many there are."""

    mean: float | None
    noted: int


def sums(habits: Collection[UUID], period: Period, weekdays: frozenset[int] = _NO_WEEKDAYS) -> dict[UUID, Sums]:
    """By habit; habits without a check-in in the period are absent."""
    rows = _fetch(_SUMS, habits, period, weekdays)
    return {habit: Sums(times, int(amount), days) for habit, times, amount, days in rows}


def days(habits: Collection[UUID], period: Period, weekdays: frozenset[int] = _NO_WEEKDAYS) -> int:
    """The days with a check-in of any of the habits."""
    number: int = _fetch(_DAYS, habits, period, weekdays)[0][0]
    return number


def mood(habits: Collection[UUID], period: Period, weekdays: frozenset[int] = _NO_WEEKDAYS) -> Score:
    return _score(MOOD, habits, period, weekdays)


def energy(habits: Collection[UUID], period: Period, weekdays: frozenset[int] = _NO_WEEKDAYS) -> Score:
    return _score(ENERGY, habits, period, weekdays)


def score_days(column: str, habits: Collection[UUID], period: Period) -> dict[dt.date, float]:
    """The mean of each day on which the score was noted."""
    return dict(_fetch(_SCORE_DAYS.format(column=column), habits, period))


def by_weekday(habits: Collection[UUID], period: Period) -> dict[int, int]:
    """Check-ins by ISO weekday."""
    return dict(_fetch(_WEEKDAYS, habits, period))


def by_hour(habits: Collection[UUID], period: Period) -> dict[int, int]:
    """Check-ins by the hour of the person's clock; those without a known hour are left out."""
    return dict(_fetch(_HOURS, habits, period))


def without_hour(habits: Collection[UUID], period: Period, weekdays: frozenset[int]) -> int:
    """Check-ins without a known hour, which no part of the day counts."""
    number: int = _fetch(_WITHOUT_HOUR, habits, dataclasses.replace(period, part=""), weekdays)[0][0]
    return number


def last_day(habits: Collection[UUID], period: Period) -> dt.date | None:
    day: dt.date | None = _fetch(_LAST, habits, period)[0][0]
    return day


def _score(column: str, habits: Collection[UUID], period: Period, weekdays: frozenset[int]) -> Score:
    return Score(*_fetch(_SCORE.format(column=column), habits, period, weekdays)[0])


def _fetch(
    sql: str, habits: Collection[UUID], period: Period, weekdays: frozenset[int] = _NO_WEEKDAYS
) -> list[tuple[Any, ...]]:
    since, until = reach(max(period.first, BEGINNING), period.last)
    values: dict[str, Any] = {
        "habits": list(habits),
        "first": period.first,
        "last": period.last,
        "since": since,
        "until": until,
        "weekdays": sorted(weekdays),
        "hours": day_parts.hours(period.part),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
