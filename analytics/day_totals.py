"""How much of what a day asked for was done, over all of a person's habits. Pure.

A day asks for a habit that is judged by the day, is due and does not rest. One that is judged by its week or its run of
days, or that rests (the time that it lies put away is rest), counts on the days on which it was done and is missed on none.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from habits.schedules import Timeline


class HabitDays(NamedTuple):
    """A habit over the days that are looked at. `counts` has the days with a check-in, `rested` those at rest."""

    timeline: Timeline
    began_on: dt.date
    counts: Mapping[dt.date, int]
    rested: Collection[dt.date]


class DayTotal(NamedTuple):
    asked: int = 0
    done: int = 0
    rested: int = 0  # habits that the day would have asked for

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing was asked."""
        return self.done / self.asked if self.asked else None

    def __add__(self, other: object) -> "DayTotal":
        if not isinstance(other, DayTotal):
            return NotImplemented
        return DayTotal(self.asked + other.asked, self.done + other.done, self.rested + other.rested)


def total_of_day(habits: Iterable[HabitDays], day: dt.date) -> DayTotal:
    asked = done = rested = 0
    for habit in habits:
        rule, count = habit.timeline.on(day), habit.counts.get(day, 0)
        if day < habit.began_on or not rule.is_due(day):
            continue
        met = rule.met(count)
        rests = day in habit.rested
        # Silence keeps an `at_most` habit, but not while it rests.
        if met and not (rests and rule.direction == "at_most"):
            asked, done = asked + 1, done + 1
        elif rests:
            rested += 1
        elif rule.schedule.judged == "day":
            asked += 1
    return DayTotal(asked, done, rested)


def add_up(totals: Iterable[DayTotal]) -> DayTotal:
    return sum(totals, DayTotal())
