"""How many of the habits due on a day were done, over all habits of a person. Pure.

A habit is asked for on a day when it is judged by the day, due and not rested. One that is judged by its week or window,
or that rests (archived time is rest), counts only on the days on which it was done and is never missed.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from habits.schedules import Timeline


class HabitDays(NamedTuple):
    """A habit over a span of days.

    `counts` holds the days with a check-in, `rested` the rested ones.
    """

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
        # An `at_most` habit is done without a check-in, but not while it rests.
        if met and not (rests and rule.direction == "at_most"):
            asked, done = asked + 1, done + 1
        elif rests:
            rested += 1
        elif rule.schedule.judged == "day":
            asked += 1
    return DayTotal(asked, done, rested)


def add_up(totals: Iterable[DayTotal]) -> DayTotal:
    return sum(totals, DayTotal())
