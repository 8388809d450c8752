"""Habit strength from 0 to 100: Loop Habit Tracker's half-life score with two corrections.

    series(timeline, start=…, counts=…, rests=…, through=…)    [(day, strength), …], oldest first, for plots
    latest(timeline, start=…, counts=…, rests=…, through=…)    its last value, for a number
    begin(rule), step(meter, rule=…, day=…, count=…, rested=…) the same one day at a time: Meter.value is the strength
    reach(timeline, through=…, rests=…)                        the first day that still matters, so a long history is cheap

Loop's rule: each day keeps 0.5 ** (√f / 13) of the strength and fills the rest with x, where f is how often the habit
is due a day (so the half-life is 13 days for a daily habit, 34 for one a week) and x, 0 to 1, is how much of what was
asked has been done. Strength starts at 0, for an `at_most` habit at 100. x comes from a day's credit, its part of the
target: count / target, at most 1; for `at_most` 1 within the target, falling to 0 at twice the target.

- N times in M days (a week is 7): x is the credit of the last 2 M days over 2 N, at most 1. This also holds for amounts,
  where it differs from Loop: Loop divides the sum of the last M days, not of 2 M, by one target for the whole period.
- A total for a week or month: x is the sum of the last 7 or 30 days over the target, at most 1, which is Loop's score of
  a measurable habit once in 7 or 30 days. `at_most`: 1 within the limit, falling to 0 at twice the limit.
- Chosen weekdays and every N days, which Loop does not have: only due days move the strength, each as much as the
  days it stands for, and x is that day's credit.
- A rested day leaves the strength as it is and is not one of the last 2 M days, so nothing weakens after it either.
  Loop breaks measurable habits on a skipped day and counts it against weekly ones for two weeks. A check-in on a
  rested day counts and never weakens.
- A new rule begins as if the last 2 M days had earned the current strength.

The caller decides whether today is included: `through=today` once it is done, yesterday while it is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import sqrt

from habits.schedules import Rule, Schedule, Timeline
from habits.streaks import Counts, Rests, first_day, rested_days

HALF_LIFE = 13
# After this many half-lives less than a hundredth of a point remains.
FORGOTTEN = 14
FULL = 100.0


@dataclass(frozen=True, slots=True)
class Meter:
    """The strength; `recent` has the credits of the last days, and is empty when a rule begins."""

    value: float
    recent: tuple[float, ...] = ()  # amounts instead, for a total


def begin(rule: Rule) -> Meter:
    return Meter(FULL if rule.direction == "at_most" else 0.0)


def step(meter: Meter, *, rule: Rule, day: date, count: int, rested: bool) -> Meter:
    """Add one day. On the first day of another rule pass `Meter(meter.value)`."""
    done_all_the_same = rule.direction == "at_least" and rule.met(count)
    if not rule.is_due(day) or (rested and not done_all_the_same):
        return meter
    frequency = _frequency(rule.schedule)
    times, length = rule.schedule.credit_span
    recent = meter.recent or _as_if_earned(rule, meter.value)
    recent = (*recent[1:], count if rule.schedule.totals else _credit(rule, count))
    done = _credit(rule, sum(recent)) if rule.schedule.totals else min(1.0, sum(recent) / times)
    days = 1 if length > 1 else 1 / frequency
    kept = 0.5 ** (sqrt(frequency) * days / HALF_LIFE)
    value = meter.value * kept + FULL * done * (1 - kept)
    return Meter(max(value, meter.value) if rested else value, recent)


def series(
    timeline: Timeline, *, start: date, counts: Counts, through: date, rests: Rests = ()
) -> list[tuple[date, float]]:
    first = first_day(timeline, start=start, counts=counts)
    return list(_points(timeline, first, through, counts, rested_days(rests, first, through)))


def latest(timeline: Timeline, *, start: date, counts: Counts, through: date, rests: Rests = ()) -> float:
    """The last value of `series`, 0 without a day."""
    first = first_day(timeline, start=start, counts=counts)
    value = 0.0
    for _day, value in _points(timeline, first, through, counts, rested_days(rests, first, through)):  # noqa: B007
        pass
    return value


def _points(
    timeline: Timeline, first: date, through: date, counts: Counts, rested: set[date]
) -> Iterator[tuple[date, float]]:
    rule = timeline.on(first)
    if len(timeline.rules) == 1 and rule.schedule.credit_span == (1, 1) and not rested:
        yield from _points_of_days(rule, first, through, counts)
        return
    meter = begin(rule)
    for ordinal in range(first.toordinal(), through.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if timeline.turns_on(day):
            meter = Meter(meter.value)
        meter = step(meter, rule=timeline.on(day), day=day, count=counts.get(day, 0), rested=day in rested)
        yield day, meter.value


def _points_of_days(rule: Rule, first: date, through: date, counts: Counts) -> Iterator[tuple[date, float]]:
    """The same for one rule that judges each day by itself, without a rest: most habits."""
    value, is_due = begin(rule).value, rule.schedule.is_due
    frequency = _frequency(rule.schedule)
    kept = 0.5 ** (sqrt(frequency) * (1 / frequency) / HALF_LIFE)
    empty = _credit(rule, 0)
    for ordinal in range(first.toordinal(), through.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if is_due(day):
            done = _credit(rule, counts[day]) if day in counts else empty
            value = value * kept + FULL * done * (1 - kept)
        yield day, value


def reach(timeline: Timeline, *, start: date, through: date, rests: Rests = ()) -> date:
    """The first day from `start` on that the strength on `through` still depends on.

    A series that begins there ends like the whole one, to a few hundredths of a point.
    """
    faded, ordinal = 0.0, through.toordinal()
    if len(timeline.rules) == 1 and not rests:
        a_day = sqrt(_frequency(timeline.rules[0][1].schedule)) / HALF_LIFE
        while ordinal > start.toordinal() and faded < FORGOTTEN:
            faded += a_day
            ordinal -= 1
        return date.fromordinal(ordinal)
    rested = rested_days(rests, start, through)
    while ordinal > start.toordinal() and faded < FORGOTTEN:
        day = date.fromordinal(ordinal)
        if day not in rested:
            faded += sqrt(_frequency(timeline.on(day).schedule)) / HALF_LIFE
        ordinal -= 1
    return date.fromordinal(ordinal)


def _as_if_earned(rule: Rule, value: float) -> tuple[float, ...]:
    """The `recent` that a new rule begins with. A limit begins with nothing logged."""
    times, length = rule.schedule.credit_span
    if not rule.schedule.totals:
        return (value / FULL * times / length,) * length
    return ((value / FULL * rule.target / length) if rule.direction == "at_least" else 0.0,) * length


def _credit(rule: Rule, count: float) -> float:
    if rule.direction == "at_least":
        return min(1.0, count / rule.target)
    if rule.target == 0:
        return float(count == 0)
    return max(0.0, min(1.0, 2 - count / rule.target))


def _frequency(schedule: Schedule) -> float:
    """How often a day, on average, the habit is due."""
    times, days = schedule.pace
    return times / days
