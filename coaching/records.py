"""A person's record as the coach reads it: typed and pure.

`coaching/record_queries.py` reads it from the database; the seeding builds it from its histories. What is not known is
None or absent, never 0.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile

from accounts.days import ONE_DAY
from coaching.context import Language
from habits.day_totals import DayTotal
from habits.schedules import Rule, Timeline, Unit
from habits.streaks import Entry, Reason

# Days of the ledger that a record holds, the last one yesterday.
SPAN = 120
DAYS_IN_WEEK = 7
# Weekdays are compared over eight weeks.
WEEKDAY_SPAN = 8 * DAYS_IN_WEEK

# Units that count as completions do; no unit is read as times.
_TIMES = frozenset({"", "번", "회", "time", "times", "rounds"})

# A due day that was judged.
JUDGED = frozenset({Reason.DONE, Reason.PARTLY, Reason.MISSED, Reason.PROTECTED})
EMPTY = JUDGED - {Reason.DONE}


def _asked(rule: Rule) -> Collection[Reason]:
    """The reasons of days on which a habit with this rule was asked for."""
    if rule.schedule.judged == "day":
        return JUDGED
    return () if rule.direction == "at_most" and rule.schedule.totals else (Reason.DONE,)


@dataclass(frozen=True)
class HabitRecord:
    """One active habit on the morning, noon or evening of `Record.day`."""

    id: str
    # As the person reads it, and the name that may be shared with a provider ("" if it is their own text).
    name: str
    name_shared: str
    category: str
    rule: Rule
    # All its rules: each day of the ledger is judged by its own.
    timeline: Timeline
    # The last days through yesterday, oldest first.
    ledger: tuple[Entry, ...]
    # The streak as shown now: its length with today's check-ins, the best one, completions in all.
    current: int
    best: int
    unit: Unit
    total: int
    freezes: int
    # Today: due and not rested; done already; still open and wanting more.
    # `is_full`: its week, month or window asks for no more, whether or not it was done today.
    is_due: bool
    is_done: bool
    is_rested: bool
    wants_more: bool
    is_full: bool
    # The next day after today on which it is due and not rested; None if there is none soon.
    next_due: dt.date | None
    # Completions by hour on the person's clock; only those with a known hour.
    hours: Mapping[int, int] = field(default_factory=dict)
    # False for a unit that the person wrote: amounts are not named then, for the unit would go with them.
    says_amounts: bool = True
    # The person wants to hear nothing of it: no fact and no step is about it.
    is_muted: bool = False

    @property
    def at_least(self) -> bool:
        return self.rule.direction == "at_least"

    @property
    def names_amounts(self) -> bool:
        """Whether another amount of a day may be suggested."""
        return self.says_amounts and not self.rule.schedule.totals

    @property
    def is_open(self) -> bool:
        """Whether something may be said about doing it today."""
        return self.is_due and not self.is_done and not self.is_rested and self.wants_more

    @cached_property
    def judged(self) -> tuple[Entry, ...]:
        """The days that asked for it, as a day's total counts them.

        A habit has only its done days where its week or window judges it, and none of a limit for a whole period.
        """
        return tuple(entry for entry in self.ledger if entry.reason in _asked(self.timeline.on(entry.day)))

    @property
    def is_judged_by_day(self) -> bool:
        return self.rule.schedule.judged == "day"

    @property
    def counts_times(self) -> bool:
        """Whether its amounts are "번", as completions are: then a number of times would say either."""
        return self.rule.target > 1 and self.rule.unit.casefold() in _TIMES

    @property
    def top_hour(self) -> int | None:
        """The hour of the clock in which it is done most often."""
        return min(self.hours, key=lambda one: (-self.hours[one], one), default=None)

    @property
    def is_daily(self) -> bool:
        """Whether every day asks for it: then a run of it is one of calendar days."""
        times, days = self.rule.schedule.pace
        return times == days

    @property
    def is_over(self) -> bool:
        """Whether today has passed its limit: then a run of days within it is one until yesterday."""
        return not self.at_least and self.is_due and not self.wants_more

    @cached_property
    def blank_at_last(self) -> int:
        """The due days at the end of the ledger on which nothing was done."""
        return len(list(takewhile(is_blank, reversed(self.judged))))

    @property
    def last_done(self) -> dt.date | None:
        return next((entry.day for entry in reversed(self.ledger) if entry.reason is Reason.DONE), None)


@dataclass(frozen=True)
class Record:
    """A person's record on one day of theirs."""

    language: Language
    zone: str
    day: dt.date
    # On the person's clock, and the hour at which their day begins.
    hour: int
    day_start: int
    habits: tuple[HabitRecord, ...]
    # The mean mood of days with one, from 1 to 10; empty without the consent to health data.
    moods: Mapping[dt.date, float] = field(default_factory=dict)
    # What the days of the last eight weeks asked for, over all habits of the person, archived ones too.
    totals: Mapping[dt.date, DayTotal] = field(default_factory=dict)

    def total(self, day: dt.date) -> DayTotal:
        return self.totals.get(day, DayTotal())

    def is_ahead(self, hour: int) -> bool:
        """Whether an hour of the clock is still to come today."""
        return (hour - self.day_start) % 24 > (self.hour - self.day_start) % 24

    def habit(self, habit_id: str | None) -> HabitRecord | None:
        return next((habit for habit in self.habits if habit.id == habit_id), None)


def mute(record: Record, habit_ids: Collection[str]) -> Record:
    """The record with these habits muted."""
    muted = (replace(habit, is_muted=True) if habit.id in habit_ids else habit for habit in record.habits)
    return replace(record, habits=tuple(muted))


def done(entries: Iterable[Entry]) -> int:
    return sum(entry.reason is Reason.DONE for entry in entries)


def is_blank(entry: Entry) -> bool:
    """Whether nothing was done on a day that asked for it: a part of the amount is something."""
    return entry.reason in EMPTY and not entry.amount


def since(entries: Iterable[Entry], first: dt.date) -> list[Entry]:
    return [entry for entry in entries if entry.day >= first]


def last_days(habit: HabitRecord, day: dt.date, number: int, *, before: int = 0) -> list[Entry]:
    """The judged days among `number` days that end `before` days before yesterday."""
    last = day - (before + 1) * ONE_DAY
    return [entry for entry in habit.judged if last - number * ONE_DAY < entry.day <= last]


def covers(habit: HabitRecord, day: dt.date, number: int) -> bool:
    """Whether the habit has a ledger for each of the last `number` days."""
    return bool(habit.ledger) and habit.ledger[0].day <= day - number * ONE_DAY


def by_weekday(habit: HabitRecord, day: dt.date, counts: Callable[[Entry], bool]) -> dict[int, tuple[int, int]]:
    """(days that count, judged days) of each weekday, 0 for Monday, over the last eight weeks."""
    entries = last_days(habit, day, WEEKDAY_SPAN)
    judged = Counter(entry.day.weekday() for entry in entries)
    counted = Counter(entry.day.weekday() for entry in entries if counts(entry))
    return {weekday: (counted[weekday], judged[weekday]) for weekday in judged}


def activity(record: Record, *, days: int = 28) -> float:
    """The share of days with a log among the last ones, or since the first habit began."""
    first = max(
        record.day - days * ONE_DAY,
        min((habit.ledger[0].day for habit in record.habits if habit.ledger), default=record.day),
    )
    logged = {entry.day for habit in record.habits for entry in habit.ledger if entry.day >= first and entry.amount > 0}
    # One day of each kind beforehand: a short record is not certain.
    return (len(logged) + 1) / ((record.day - first).days + 2)
