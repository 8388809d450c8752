"""Compares a week with the one before, weekday by weekday. Pure.

Only days that asked for something are counted: a rest, and a weekday that one of the two weeks does not have, is shown
and left out of the shares.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.days import ONE_DAY
from coaching.records import WEEK, Record
from habits.streaks import Reason


@dataclass(frozen=True)
class Pair:
    """One weekday: what was done of what was due, this week and the week before.

    None: nothing was due.
    """

    day: dt.date
    now: float | None
    was: float | None
    rested: bool


@dataclass(frozen=True)
class Shares:
    """Done of due over the weekdays that both weeks have."""

    now: float
    was: float

    @property
    def points(self) -> int:
        """The change in percentage points."""
        return round(100 * self.now) - round(100 * self.was)


def pairs(record: Record) -> list[Pair]:
    """The seven days before the record's day, oldest first."""
    days = [record.day - number * ONE_DAY for number in range(WEEK, 0, -1)]
    return [
        Pair(day, _share(record, [day]), _share(record, [day - WEEK * ONE_DAY]), _is_rested(record, day))
        for day in days
    ]


def shares(record: Record) -> Shares | None:
    """None if no weekday can be compared."""
    both = [pair.day for pair in pairs(record) if pair.now is not None and pair.was is not None]
    now, was = _share(record, both), _share(record, [day - WEEK * ONE_DAY for day in both])
    return Shares(now, was) if now is not None and was is not None else None


def _share(record: Record, days: Sequence[dt.date]) -> float | None:
    entries = [
        entry for habit in record.habits if habit.is_judged_by_day for entry in habit.judged if entry.day in days
    ]
    done = sum(entry.reason is Reason.DONE for entry in entries)
    return done / len(entries) if entries else None


def _is_rested(record: Record, day: dt.date) -> bool:
    return any(entry.day == day and entry.reason is Reason.RESTED for habit in record.habits for entry in habit.ledger)
