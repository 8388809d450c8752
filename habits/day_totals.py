"""How many of the habits due on a day were done, over all habits of a person. Pure.

A habit is asked for on a day when it is judged by the day, due and not rested. One that is judged by its week or window,
or that rests (archived time is rest), counts only on the days on which it was done and is never missed. An `at_most` habit
is judged when its day is over: `open_day`, the one that is not, leaves it out. A limit for a whole week or month asks for
no day.

Today's week strip and the insights both ask this module, so a day has the same share on every page.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from accounts.days import ONE_DAY
from habits.schedules import Daily, Rule, Timeline


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


def total_of_day(habits: Iterable[HabitDays], day: dt.date, *, open_day: dt.date | None = None) -> DayTotal:
    asked = done = rested = 0
    for habit in habits:
        rule, count = habit.timeline.on(day), habit.counts.get(day, 0)
        if day < habit.began_on or not rule.is_due(day) or _is_judged_later(rule, is_open=day == open_day):
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


def _is_judged_later(rule: Rule, *, is_open: bool) -> bool:
    """A limit is judged when its day is over.

    That of a whole week or month is judged when the week or month is over, so no day asks for it.
    """
    return rule.direction == "at_most" and (is_open or rule.schedule.totals)


def totals_of_days(
    habits: Iterable[HabitDays], first: dt.date, last: dt.date, *, open_day: dt.date | None = None
) -> dict[dt.date, DayTotal]:
    """`total_of_day` of each day from `first` to `last`, in one go."""
    begin, length = first.toordinal(), (last - first).days + 1
    sums = [[0] * length for _part in DayTotal._fields]
    for habit in habits:
        if _asks_every_day(habit.timeline):
            _add_every_day(habit, begin, length, sums)
        else:
            _add_by_day(habit, first, length, sums, open_day)
    days = (dt.date.fromordinal(begin + place) for place in range(length))
    return dict(zip(days, map(DayTotal._make, zip(*sums, strict=True)), strict=True))


def _asks_every_day(timeline: Timeline) -> bool:
    """Most habits: one rule, due every day, at least an amount."""
    rule = timeline.rules[0][1]
    return len(timeline.rules) == 1 and isinstance(rule.schedule, Daily) and rule.direction == "at_least"


def _add_every_day(habit: HabitDays, begin: int, length: int, sums: list[list[int]]) -> None:
    """Such a habit asks for all its days, except for those on which it rests and is not done."""
    asked, done, rested = sums
    rule, start = habit.timeline.rules[0][1], max(habit.began_on.toordinal() - begin, 0)
    for place in range(start, length):
        asked[place] += 1
    met = {day.toordinal() - begin for day, count in habit.counts.items() if rule.met(count)}
    for place in met:
        if start <= place < length:
            done[place] += 1
    for day in habit.rested:
        place = day.toordinal() - begin
        if start <= place < length and place not in met:
            asked[place] -= 1
            rested[place] += 1


def _add_by_day(habit: HabitDays, first: dt.date, length: int, sums: list[list[int]], open_day: dt.date | None) -> None:
    for place in range(length):
        total = total_of_day([habit], first + place * ONE_DAY, open_day=open_day)
        for part, number in zip(sums, total, strict=True):
            part[place] += number


def add_up(totals: Iterable[DayTotal]) -> DayTotal:
    return sum(totals, DayTotal())
