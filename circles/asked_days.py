"""The days on which habits asked to be done, and those on which they were.

A day asks for a habit that is judged by the day, due, and not resting. A habit judged by its week, its window or a total
asks for no day in particular, and one to reduce asks for none: on the days on which a habit was one, too. Streaks kept together, the weekly board and challenges all count by this module.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from accounts.days import ONE_DAY
from habits import streak_cache
from habits.models import HabitLog, UserHabit
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


def read(spans: Collection[HabitSpan]) -> dict[UUID, AskedDays]:
    """The days of each habit, by its id, in two statements."""
    spans = [span for span in spans if span.first <= span.last]
    if not spans:
        return {}
    habits = [span.user_habit for span in spans]
    first = min(span.first for span in spans)
    rests = streak_cache.rests_by_habit(habits, since=first)
    counts = _counts(habits, first, max(span.last for span in spans))
    return {one.user_habit.pk: _days(one, counts[one.user_habit.pk], rests[one.user_habit.pk]) for one in spans}


def _counts(habits: list[UserHabit], first: dt.date, last: dt.date) -> dict[UUID, dict[dt.date, int]]:
    logs = HabitLog.objects.of_days(first, last).filter(user_habit__in=habits)
    found: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
    for pk, day, amount in logs.values_list("user_habit", "local_date").annotate(Sum("completed_count")):
        found[pk][day] = amount
    return found


def _days(span: HabitSpan, counts: dict[dt.date, int], rests: streak_cache.Rests) -> AskedDays:
    timeline = span.user_habit.timeline
    days = [span.first + n * ONE_DAY for n in range((span.last - span.first).days + 1)]
    rules = {day: timeline.on(day) for day in days}
    due = {day for day, rule in rules.items() if _asks(rule) and rule.is_due(day)}
    asked = {day for day in due if not any(first <= day and (last is None or day <= last) for first, last in rests)}
    return AskedDays(asked, {day for day, rule in rules.items() if rule.completes(counts.get(day, 0))})


def _asks(rule: Rule) -> bool:
    return rule.schedule.judged == "day" and rule.direction == "at_least"
