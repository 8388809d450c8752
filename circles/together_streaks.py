"""The streak that two to five people keep together. Pure.

    fold(parts)     TogetherStreak(current, days, frozen)

A day counts when everybody of whom it asks the habit has done it. A missed day is protected once in a week (Monday to
Sunday) by the freeze that all share; a day that asks nobody, and a day that is still open for somebody, changes nothing.
"""

import datetime as dt
import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from accounts.days import ONE_DAY, monday_of


class DayState(enum.StrEnum):
    DONE = "done"
    FROZEN = "frozen"
    MISSED = "missed"
    # It asked nobody.
    OFF = "off"
    OPEN = "open"


@dataclass(frozen=True)
class PersonPart:
    """One person's part: its first day, their present day, the days that asked and those done."""

    since: dt.date
    today: dt.date
    asked: Collection[dt.date]
    done: Collection[dt.date]


@dataclass(frozen=True)
class TogetherStreak:
    """The number of days, and how it came about.

    `days` are all days since two have kept it, oldest first; `frozen` are those that a freeze protected.
    """

    current: int
    days: dict[dt.date, DayState]
    frozen: list[dt.date]

    def has_freeze(self, day: dt.date) -> bool:
        """Whether the week of `day` still has its freeze."""
        return monday_of(day) not in {monday_of(frozen) for frozen in self.frozen}


def begins(since: Sequence[dt.date]) -> dt.date | None:
    """The first day on which two keep it; None while there is only one."""
    return sorted(since)[1] if len(since) > 1 else None


def fold(parts: Sequence[PersonPart]) -> TogetherStreak:
    streak = TogetherStreak(0, {}, [])
    day = begins([part.since for part in parts])
    while day is not None and day <= max(part.today for part in parts):
        streak = _with_day(streak, day, _judge(parts, day))
        day += ONE_DAY
    return streak


def _judge(parts: Sequence[PersonPart], day: dt.date) -> DayState:
    here = [part for part in parts if part.since <= day]
    asked = [part for part in here if day in part.asked]
    if asked and all(day in part.done for part in asked):
        return DayState.DONE
    if any(day >= part.today for part in here):
        return DayState.OPEN
    return DayState.MISSED if asked else DayState.OFF


def _with_day(streak: TogetherStreak, day: dt.date, state: DayState) -> TogetherStreak:
    current, frozen = streak.current, streak.frozen
    if state is DayState.DONE:
        current += 1
    elif state is DayState.MISSED and current and streak.has_freeze(day):
        state, frozen = DayState.FROZEN, [*frozen, day]
    elif state is DayState.MISSED:
        current = 0
    streak.days[day] = state
    return TogetherStreak(current, streak.days, frozen)
