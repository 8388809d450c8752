"""Days beside the same weekdays a week before. Pure.

    change(on, days)      what was done of what was asked, then and a week before, over the days that both weeks have
    pairs(on, days)       the same day by day, with those that cannot be compared

The insights, the coach's weekly letter and its mail ask this module, so all of them say the same change. `on` gives the
total of a day over all habits (`habits/day_totals.py`).
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

from accounts.days import ONE_DAY, WEEK
from habits.day_totals import DayTotal, add_up

type TotalOf = Callable[[dt.date], DayTotal]

# Percentage points. A smaller difference between two weeks is no change.
NOTABLE = 5
# Fewer habits asked for in a week are too few to compare.
FEWEST_ASKED = 5


class WeekdayChange(NamedTuple):
    """The same weekdays of a week and of the one before, in percent."""

    now: int
    before: int

    @property
    def points(self) -> int:
        return self.now - self.before

    @property
    def is_notable(self) -> bool:
        return abs(self.points) >= NOTABLE


class Pair(NamedTuple):
    """A day and the one a week before, in percent; None where nothing was asked."""

    day: dt.date
    now: int | None
    before: int | None
    # The day asked for nothing because habits rested.
    rested: bool


def week_before(day: dt.date) -> list[dt.date]:
    """The seven days before `day`, oldest first."""
    return [day - n * ONE_DAY for n in range(7, 0, -1)]


def compared(on: TotalOf, days: Sequence[dt.date]) -> list[dt.date]:
    """Those of `days` that asked for something, and so did the same weekday before."""
    return [day for day in days if on(day).asked and on(day - WEEK).asked]


def change(on: TotalOf, days: Sequence[dt.date]) -> WeekdayChange | None:
    """Compares `days` with the same weekdays a week before; None where there is too little."""
    now, before = add_up(map(on, days)), add_up(on(day - WEEK) for day in days)
    if now.share is None or before.share is None or min(now.asked, before.asked) < FEWEST_ASKED:
        return None
    return WeekdayChange(percent(now), percent(before))


def pairs(on: TotalOf, days: Sequence[dt.date]) -> list[Pair]:
    return [_pair(day, on(day), on(day - WEEK)) for day in days]


def _pair(day: dt.date, now: DayTotal, before: DayTotal) -> Pair:
    return Pair(
        day,
        percent(now) if now.asked else None,
        percent(before) if before.asked else None,
        rested=not now.asked and bool(now.rested),
    )


def percent(total: DayTotal) -> int:
    """The share that pages show, 0 where nothing was asked."""
    return round(100 * (total.share or 0))
