"""The days on which habits asked to be done, and those on which they were.

A day asks for a habit that is judged by the day, due, and not resting. A habit judged by its week, its window or a total
asks for no day in particular. A habit to reduce asks for no day either, and neither does a past day on which the habit was
one to reduce. Streaks kept together, the weekly board and challenges all count by this module.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts.days import ONE_DAY
from habits import streak_cache
from habits.models import UserHabit
from habits.schedules import Rule


@dataclass(frozen=True)
class HabitSpan:
    """A habit from the day `first` to `last`, both included; empty if `last` is earlier."""

    user_habit: UserHabit
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class AskedDays:
    asked: set[dt.date]
    done: set[dt.date]

    def closed(self, today: dt.date) -> "AskedDays":
        """Without today unless it is done: nobody is behind because their day is not over."""
        return AskedDays(self.asked - ({today} - self.done), self.done)


@dataclass(frozen=True)
class DayRecord:
    """The amounts and rests of some habits, of each since a day of its own."""

    counts: dict[UUID, dict[dt.date, int]]
    rests: dict[UUID, streak_cache.Rests]

    def amount(self, user_habit: UserHabit, day: dt.date) -> int:
        return self.counts[user_habit.pk].get(day, 0)

    def rests_on(self, user_habit: UserHabit, day: dt.date) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last in self.rests[user_habit.pk])

    def days(self, span: HabitSpan) -> AskedDays:
        """The days of a span that it covers; an empty span has none."""
        habit = span.user_habit
        days = [span.first + n * ONE_DAY for n in range((span.last - span.first).days + 1)]
        rules = {day: habit.timeline.on(day) for day in days}
        due = {day for day, rule in rules.items() if _asks(rule) and rule.is_due(day)}
        return AskedDays(
            {day for day in due if not self.rests_on(habit, day)},
            {day for day, rule in rules.items() if rule.completes(self.amount(habit, day))},
        )


def record(firsts: Mapping[UserHabit, dt.date], *, last: dt.date) -> DayRecord:
    """The record of habits, from the day of each to `last`, in two statements."""
    if not firsts:
        return DayRecord({}, {})
    rests = streak_cache.rests_by_habit(firsts, since=min(firsts.values()))
    return DayRecord(streak_cache.counts_since(firsts, last=last), rests)


def read(spans: Collection[HabitSpan]) -> dict[UUID, AskedDays]:
    """The days of each habit, by its id, in two statements. One whose span is empty is left out."""
    spans = [span for span in spans if span.first <= span.last]
    last = max((span.last for span in spans), default=dt.date.min)
    known = record({span.user_habit: span.first for span in spans}, last=last)
    return {span.user_habit.pk: known.days(span) for span in spans}


def _asks(rule: Rule) -> bool:
    return rule.schedule.judged == "day" and rule.direction == "at_least"
