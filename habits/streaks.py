"""Streaks: a fold over the closed days of a habit, with a reason for each day. Pure.

    replay(timeline, start=…, counts=…, rests=…, today=…)       Replay(streak, ledger, state): everything, from the logs
    advance(state, timeline=…, counts=…, rests=…, today=…)      the State with every day before `today` closed
    with_today(state, timeline=…, count=…, rests=…, today=…)    the Streak to show while `today` is open
    runs_while_open(timeline, start=…, counts=…, rests=…)       what `with_today` showed on each day with an amount
    State.to_json() / State.from_json(value)                    to keep the State between requests
    longest(ledger, most=5)                                     the best Runs of a ledger, longest first
    close(state, …), RunTally                                   both for a ledger that goes on from a kept state

`replay` is `begin`, `advance` and `with_today` in one go, so the kept State and the replay agree by construction. Checking in,
undoing and editing today need only the State through yesterday and today's count. A change of a closed day (a log, a
rest, a rule that counts from a past day) or of the start of the week makes the State invalid: replay.

`counts` maps a day to the amount logged on it, days without a log are absent. `rests` are pauses and skipped days as
(first, last) with both days included, last None while it goes on; freezes are found here and never passed in. A date
that a time zone skipped (Apia, 2011-12-30) is judged like any other: the last one is further back than FURTHEST.

The rules
- A day is judged when it is due and closed. Today is open: done it counts at once, not done it breaks nothing.
- `at_least`: a day is done when its count reaches the target; less is `partly`, and that is a miss.
  `at_most`: a day is done when it *closed* with a count within the target; no log is 0. Today never counts yet.
- A day that is not due changes nothing, even when something was done on it (only the total grows).
- A rested day changes nothing. Doing the habit all the same counts as done; an `at_most` habit is not judged at all.
- Unit. A weekly habit counts weeks, the others count done days. A week counts as soon as its N days are done, and on the
  day of the change where a rule turns weekly after them. When it closes with fewer, it is missed; but if some of its days
  were not its own (rested, before the start, or under an earlier rule), a share of N is required, rounded down: that much
  keeps the streak, and it does not grow.
- A total for a week or month counts weeks or months; a day with any amount is a done day. The period counts as soon as
  its amounts reach the target; a share of it, as above, keeps the streak. At most: the period is judged when it closes,
  always by the whole limit, a day is done while the sum is within it, and the period counts if at least half of its
  days were judged. Amounts are summed through a change of rule, unless the unit or the direction changes or the new
  rule is `at_most`, which counts from its first day.
- N times in M days: a miss is a closed run of M days (rested days aside, counted from the first done day) with fewer
  than N done days. The streak goes on from what was done in the last M − 1 of them, for those days can still be part
  of good ones. After a freeze the M days start over.
- A freeze is earned by every 7 done days in a row, at most 2 are held; while both are held nothing is counted toward a
  third. The first miss that would break a streak takes one. A miss that nothing protects puts the count toward the next
  one back to 0: so a day filled in later can never cost a day-by-day streak anything.
- A change of rule breaks nothing. Days, weeks and months are counted all along, and the rule of the day says which to
  show; under other rules a week or month counts when something was done in it.
- Days before the start are not judged. A back-dated log begins an `at_least` habit earlier, with the days between
  judged like any; it does not begin an `at_most` habit earlier, where days without a log would count as done.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple, Self

from accounts.days import ONE_DAY, WeekStart
from habits.schedules import Rule, Timeline, Unit
from habits.schedules.base import ClosedDay

type Counts = Mapping[date, int]
type Rests = Iterable[tuple[date, date | None]]

# A change of these, or of the rules above, increases FORMAT below: rows keep a state of the old rule until then.
DAYS_PER_FREEZE = 7
MOST_FREEZES = 2


class Reason(StrEnum):
    """The outcome of one day in the ledger."""

    DONE = "done"
    PARTLY = "partly"
    NOT_DUE = "not_due"
    RESTED = "rested"
    PROTECTED = "protected"
    MISSED = "missed"
    OPEN = "open"


# To compare streaks of different units.
DAYS_OF: dict[Unit, int] = {"days": 1, "weeks": 7, "months": 30}


class StateAheadError(ValueError):
    """The state has closed a day that is today or later after travel to the west: replay."""


class Entry(NamedTuple):
    """One day of the ledger. `run`, `freezes` and `tally` are the values after it.

    In a weekly or monthly habit a missed period shows on its last day, so that day may be DONE and yet `broke` or `spent`.
    """

    day: date
    reason: Reason
    amount: int  # what was logged
    target: int
    run: int  # in `unit`
    unit: Unit
    tally: int  # done days of this week or of the open run of M days, or the sum of the period
    freezes: int
    earned: bool  # a freeze was earned on this day
    spent: bool  # a freeze protected the streak on this day
    broke: bool  # a streak ended on this day
    begins: bool  # the first day of its week or month, where the streak counts those


@dataclass(slots=True)
class State:
    """The summary of all days up to and including `through`. Treat it as immutable."""

    through: date
    days: int = 0  # done days of the current run
    weeks: int = 0  # its weeks, the open one included once it counts
    best_days: int = 0
    best_weeks: int = 0
    total: int = 0  # days on which the target was met, due or not
    rested: int = 0  # rested days within the run
    protected: int = 0  # freezes spent within the run
    freezes: int = 0
    progress: int = 0  # done days toward the next freeze
    tally: int = 0  # done days of the run in the open week
    own_days: int = 0  # days of the open week or month that its rule may judge
    counted: int = 0  # 1 once the open week is in `weeks`
    recent: int = 0  # window: one bit per day, lowest = `through`, set = done
    age: int = 0  # window: days in `recent`
    months: int = 0  # the months of the run, the open one included once it counts
    best_months: int = 0
    month_tally: int = 0  # done days of the run in the open month
    month_counted: int = 0  # 1 once the open month is in `months`
    week_amount: int = 0  # what was logged in the open week
    month_amount: int = 0  # what was logged in the open month
    protected_on: int = 0  # the ordinal of the last day that a freeze protected, 0 before any
    sundays: int = 0  # 1 where weeks begin on Sunday

    def to_json(self) -> list[int]:
        through, *numbers = _values(self)
        return [FORMAT, through.toordinal(), *numbers]

    @classmethod
    def from_json(cls, value: list[int]) -> Self:
        """Raises ValueError for a value of another format: replay."""
        if value[:1] != [FORMAT] or len(value) != 1 + len(cls.__slots__):
            raise ValueError("not a streak state of this format")
        return cls(date.fromordinal(value[1]), *value[2:])

    def __copy__(self) -> Self:
        return type(self)(*_values(self))


_values = attrgetter(*State.__slots__)

# Increased whenever the fields of State or the rules above change their meaning.
FORMAT = 3


class Streak(NamedTuple):
    """The streak shown while today is open."""

    current: int
    best: int  # includes the current one
    unit: Unit
    total: int
    rested: int  # rested days inside the current streak, not counted in it
    protected: int  # freezes spent inside it, not counted in it
    freezes: int
    next_freeze: int  # done days until the next freeze, 0 while both are held
    today: Reason  # DONE, OPEN, RESTED or NOT_DUE
    tally: int  # done days of this week or of the open run of M days, or the sum of the period
    protected_on: date | None  # the last day that a freeze protected


class Replay(NamedTuple):
    streak: Streak
    ledger: list[Entry]  # oldest first, from the first judged day to today
    state: State  # through yesterday
    month_states: tuple[State, ...]  # after each ended month, oldest first


class Run(NamedTuple):
    """One streak within a ledger."""

    length: int
    unit: Unit
    first: date  # its first done day
    last: date  # its last
    lasts: bool  # it is the current one


def first_day(timeline: Timeline, *, start: date, counts: Counts) -> date:
    """The first judged day: `start`, or the first log before it (see the rules)."""
    if timeline.rules[0][1].direction == "at_most":
        return start
    return min((day for day, count in counts.items() if count > 0 and day < start), default=start)


def rested_days(rests: Rests, first: date, last: date) -> set[date]:
    """The days from `first` to `last`, both included, that any of `rests` covers."""
    return {
        date.fromordinal(ordinal)
        for begun, ended in rests
        for ordinal in range(max(begun, first).toordinal(), min(ended or last, last).toordinal() + 1)
    }


def begin(timeline: Timeline, *, start: date, counts: Counts) -> State:
    """The state before the first judged day."""
    return State(through=first_day(timeline, start=start, counts=counts) - ONE_DAY)


def replay(
    timeline: Timeline,
    *,
    start: date,
    counts: Counts,
    today: date,
    rests: Rests = (),
    week_start: WeekStart = "monday",
) -> Replay:
    state = begin(timeline, start=start, counts=counts)
    rests = tuple(rests)
    ledger, months = _close_by_months(state, timeline, counts, rests, today, week_start)
    begun = state.through < today
    streak, entry = _open(state, timeline, counts.get(today, 0) if begun else 0, rests, today)
    return Replay(streak, [*ledger, entry] if begun else [], state, months)


def ledger_after(
    state: State,
    *,
    timeline: Timeline,
    counts: Counts,
    today: date,
    rests: Rests = (),
    week_start: WeekStart = "monday",
) -> list[Entry]:
    """The ledger of the days after `state.through` up to today.

    It is the end of what `replay` returns. Only the counts and rests of these days are read.
    """
    state, rests = copy(state), tuple(rests)
    ledger = list(_close(state, timeline, counts, rests, today, week_start))
    return [*ledger, _open(state, timeline, counts.get(today, 0), rests, today)[1]]


def runs_while_open(
    timeline: Timeline, *, start: date, counts: Counts, rests: Rests = (), week_start: WeekStart = "monday"
) -> dict[date, int]:
    """The streak shown on each day with an amount while the day was open.

    It is what `replay` gives with that day as today. Days before the first judged day are absent.
    """
    state = begin(timeline, start=start, counts=counts)
    rests, runs = tuple(rests), {}
    for day in sorted(counts):
        if day > state.through:
            state = advance(state, timeline=timeline, counts=counts, today=day, rests=rests, week_start=week_start)
            runs[day] = with_today(state, timeline=timeline, count=counts[day], today=day, rests=rests).current
    return runs


def longest(ledger: Iterable[Entry], *, most: int) -> list[Run]:
    """The best streaks, longest first; of equally long ones the newer first."""
    tally = RunTally()
    for entry in ledger:
        tally.add(entry)
    return tally.longest(most)


@dataclass(slots=True)
class RunTally:
    """The streaks of a ledger, counted entry by entry: a later entry needs no earlier one."""

    done: list[date] = field(default_factory=list)  # all done days
    over: list[Run] = field(default_factory=list)
    lasting: Run | None = None
    # A week or month counts when it is full: the number of done days before the first one that counts.
    before: int = 0
    length: int = 0  # `run` of the last entry

    def add(self, entry: Entry) -> None:
        done, is_done = self.done, entry.reason is Reason.DONE
        if not self.length and entry.begins:
            self.before = len(done)
        if is_done:
            done.append(entry.day)
        if entry.broke:
            # A window may break on a done day, which is the last day of the broken run.
            length = (self.lasting.length if self.lasting else 0) + (is_done and entry.unit == "days")
            if length:
                first = self.lasting.first if self.lasting else entry.day
                self.over.append(Run(length, entry.unit, first, done[-1], lasts=False))
            self.lasting, self.before = None, len(done)
        if entry.run and done:
            first = done[-entry.run] if entry.unit == "days" else done[min(self.before, len(done) - 1)]
            self.lasting = Run(entry.run, entry.unit, first, done[-1], lasts=True)
        self.length = entry.run

    def longest(self, most: int) -> list[Run]:
        return _best([*self.over, self.lasting] if self.lasting else self.over, most)

    def to_json(self, most: int) -> list[Any]:
        """What `longest(most)` needs after later entries, but for `done`."""
        over = [_run_to_json(run) for run in _best(self.over, most)]
        return [over, self.lasting and _run_to_json(self.lasting), self.before, self.length]

    @classmethod
    def from_json(cls, value: list[Any], *, done: list[date]) -> Self:
        over, lasting, before, length = value
        runs = [_run_from_json(run, lasts=False) for run in over]
        return cls(done, runs, lasting and _run_from_json(lasting, lasts=True), before, length)


def _best(runs: list[Run], most: int) -> list[Run]:
    return sorted(runs, key=lambda run: (run.length * DAYS_OF[run.unit], run.last), reverse=True)[:most]


def _run_to_json(run: Run) -> list[Any]:
    return [run.length, run.unit, run.first.toordinal(), run.last.toordinal()]


def _run_from_json(value: list[Any], *, lasts: bool) -> Run:
    length, unit, first, last = value
    return Run(length, unit, date.fromordinal(first), date.fromordinal(last), lasts=lasts)


def close(
    state: State,
    *,
    timeline: Timeline,
    counts: Counts,
    today: date,
    rests: Rests = (),
    week_start: WeekStart = "monday",
) -> tuple[State, list[Entry]]:
    """The same as `advance`, with the ledger of the closed days."""
    state = copy(state)
    return state, list(_close(state, timeline, counts, tuple(rests), today, week_start))


def advance(
    state: State,
    *,
    timeline: Timeline,
    counts: Counts,
    today: date,
    rests: Rests = (),
    week_start: WeekStart = "monday",
) -> State:
    """Close the days after `state.through` up to yesterday.

    Only their counts and rests are read. Raises StateAheadError.
    """
    return advance_by_months(state, timeline=timeline, counts=counts, today=today, rests=rests, week_start=week_start)[
        0
    ]


def advance_by_months(
    state: State,
    *,
    timeline: Timeline,
    counts: Counts,
    today: date,
    rests: Rests = (),
    week_start: WeekStart = "monday",
) -> tuple[State, tuple[State, ...]]:
    """The same, with the states after the months that end on these days."""
    if state.through >= today:
        raise StateAheadError(f"closed through {state.through}, today is {today}")
    state = copy(state)
    return state, _close_by_months(state, timeline, counts, tuple(rests), today, week_start)[1]


def with_today(state: State, *, timeline: Timeline, count: int, today: date, rests: Rests = ()) -> Streak:
    """The streak with today's `count`, on a state through yesterday.

    Raises ValueError for any other state.
    """
    if state.through + ONE_DAY != today:
        raise ValueError(f"closed through {state.through}, today is {today}")
    return _count_today(copy(state), timeline, count, rests, today)[1]


def _close(
    state: State, timeline: Timeline, counts: Counts, rests: Rests, today: date, week_start: WeekStart
) -> Iterator[Entry]:
    state.sundays = int(week_start == "sunday")
    last_weekday = 5 if state.sundays else 6
    rested = rested_days(rests, state.through + ONE_DAY, today)
    for ordinal in range(state.through.toordinal() + 1, today.toordinal()):
        day = date.fromordinal(ordinal)
        yield _step(
            state,
            day,
            _rule_on(timeline, day, state),
            counts.get(day, 0),
            rested=day in rested,
            ends_week=day.weekday() == last_weekday,
            ends_month=date.fromordinal(ordinal + 1).day == 1,
        )


def _close_by_months(
    state: State, timeline: Timeline, counts: Counts, rests: Rests, today: date, week_start: WeekStart
) -> tuple[list[Entry], tuple[State, ...]]:
    """The entries of the closed days, and the state after each month that ended."""
    ledger, months = [], []
    for entry in _close(state, timeline, counts, rests, today, week_start):
        ledger.append(entry)
        if (entry.day + ONE_DAY).day == 1:
            months.append(copy(state))
    return ledger, tuple(months)


def _rule_on(timeline: Timeline, day: date, state: State) -> Rule:
    if len(timeline.rules) == 1:
        return timeline.rules[0][1]
    if timeline.turns_on(day):
        # Earlier days keep their own rule: a new rule judges only its own days.
        state.own_days = state.recent = state.age = 0
        if not _keeps_amounts(timeline.on(day - ONE_DAY), timeline.on(day)):
            state.week_amount = state.month_amount = 0
    return timeline.on(day)


def _keeps_amounts(before: Rule, after: Rule) -> bool:
    return before.unit == after.unit and before.direction == after.direction == "at_least"


def _open(state: State, timeline: Timeline, count: int, rests: Rests, today: date) -> tuple[Streak, Entry]:
    """The streak and the ledger entry of today."""
    state = copy(state)
    rule, streak, earned = _count_today(state, timeline, count, rests, today)
    entry = Entry(
        today,
        streak.today,
        count,
        rule.target,
        streak.current,
        streak.unit,
        streak.tally,
        streak.freezes,
        earned=earned,
        spent=False,
        broke=False,
        begins=_begins(state, rule, today),
    )
    return streak, entry


def _count_today(state: State, timeline: Timeline, count: int, rests: Rests, today: date) -> tuple[Rule, Streak, bool]:
    """What is done today counts, nothing is judged. Changes `state`, which is the caller's own copy."""
    rule = _rule_on(timeline, today, state)
    reason = _reason(state, rule, today, count, rested=today in rested_days(rests, today, today))
    if reason in (Reason.MISSED, Reason.PARTLY) or (reason is Reason.DONE and rule.direction == "at_most"):
        reason = Reason.OPEN
    earned = _count(state, rule, reason, count)
    current, best, unit = _shown(state, rule)
    streak = Streak(
        current=current,
        best=best,
        unit=unit,
        total=state.total,
        rested=state.rested,
        protected=state.protected,
        freezes=state.freezes,
        next_freeze=DAYS_PER_FREEZE - state.progress if state.freezes < MOST_FREEZES else 0,
        today=reason,
        tally=rule.schedule.tally_with_today(state, done=reason is Reason.DONE),
        protected_on=date.fromordinal(state.protected_on) if state.protected_on else None,
    )
    return rule, streak, earned


def _step(state: State, day: date, rule: Rule, count: int, *, rested: bool, ends_week: bool, ends_month: bool) -> Entry:
    """Close one day. Changes `state`, which is the caller's own copy."""
    reason = _reason(state, rule, day, count, rested=rested)
    earned = _count(state, rule, reason, count)
    closed = _closed(rule, day, reason, ends_week=ends_week, ends_month=ends_month)
    missed = rule.schedule.misses(state, closed)
    tally = rule.schedule.tally(state)
    at_stake = missed and _shown(state, rule)[0] > 0
    spent = at_stake and state.freezes > 0
    if spent:
        _protect(state, day)
        reason = Reason.PROTECTED if reason in (Reason.MISSED, Reason.PARTLY) else reason
    elif missed:
        _break(state, rule)
    elif reason is Reason.MISSED:
        reason = Reason.NOT_DUE  # its week, or its M days, allowed a day without it
    if ends_week:
        _end_week(state, rule, closed)
    if ends_month:
        _end_month(state, rule, closed)
    state.through = day
    run, _best, unit = _shown(state, rule)
    broke = at_stake and not spent
    return Entry(
        day,
        reason,
        count,
        rule.target,
        run,
        unit,
        tally,
        state.freezes,
        earned=earned,
        spent=spent,
        broke=broke,
        begins=_begins(state, rule, day),
    )


def _begins(state: State, rule: Rule, day: date) -> bool:
    match rule.schedule.unit:
        case "weeks":
            return day.weekday() == (6 if state.sundays else 0)
        case "months":
            return day.day == 1
    return False


def _reason(state: State, rule: Rule, day: date, count: int, *, rested: bool) -> Reason:
    """The reason of the day alone. MISSED may still be changed for a habit not judged by the day."""
    due, at_least = rule.is_due(day), rule.direction == "at_least"
    met = rule.met(count if at_least or not rule.schedule.totals else count + rule.schedule.tally(state))
    if due and met and at_least:
        return Reason.DONE
    if rested:
        return Reason.RESTED
    if not due:
        return Reason.NOT_DUE
    if met:
        return Reason.DONE
    return Reason.PARTLY if at_least and count > 0 else Reason.MISSED


def _shown(state: State, rule: Rule) -> tuple[int, int, Unit]:
    if rule.schedule.unit == "weeks":
        return state.weeks, state.best_weeks, "weeks"
    if rule.schedule.unit == "months":
        return state.months, state.best_months, "months"
    return state.days, state.best_days, "days"


def _count(state: State, rule: Rule, reason: Reason, count: int) -> bool:
    """Add a done day. Returns True when it earned a freeze."""
    if reason is Reason.DONE or (rule.direction == "at_least" and rule.met(count)):
        state.total += 1
    if reason is Reason.RESTED and state.days:
        state.rested += 1
    if reason is not Reason.RESTED:
        state.week_amount += count
        state.month_amount += count
    _count_total(state, rule)
    if reason is Reason.DONE:
        state.days += 1
        state.best_days = max(state.best_days, state.days)
        state.tally += 1
        state.month_tally += 1
    # Not only on a done day: a rule that turns weekly may find the week's days done already.
    if rule.schedule.week_times and state.tally >= rule.schedule.week_times:
        _count_week(state)
    return reason is Reason.DONE and _earn(state)


def _earn(state: State) -> bool:
    """Counts a done day toward the next freeze. Returns True when it earned one."""
    if state.freezes == MOST_FREEZES:
        return False
    state.progress = (state.progress + 1) % DAYS_PER_FREEZE
    state.freezes += state.progress == 0
    return state.progress == 0


def _count_total(state: State, rule: Rule) -> None:
    """Count the open week or month once its amounts reach the target. A limit is judged when it closes."""
    schedule = rule.schedule
    if not schedule.totals or rule.direction == "at_most" or schedule.tally(state) < rule.target:
        return
    if schedule.unit == "weeks":
        _count_week(state)
    else:
        _count_month(state)


def _count_month(state: State) -> None:
    if not state.month_counted:
        state.month_counted = 1
        state.months += 1
        state.best_months = max(state.best_months, state.months)


def _count_week(state: State) -> None:
    if not state.counted:
        state.counted = 1
        state.weeks += 1
        state.best_weeks = max(state.best_weeks, state.weeks)


def _closed(rule: Rule, day: date, reason: Reason, *, ends_week: bool, ends_month: bool) -> ClosedDay:
    # By place: names cost a replay of ten years a tenth of its time.
    return ClosedDay(
        day,
        reason is Reason.DONE,
        reason is Reason.RESTED,
        reason is Reason.MISSED or reason is Reason.PARTLY,
        ends_week,
        ends_month,
        rule.target,
        rule.direction == "at_most",
    )


def _protect(state: State, day: date) -> None:
    state.protected_on = day.toordinal()
    state.freezes -= 1
    state.protected += 1
    state.recent = state.age = 0


def _break(state: State, rule: Rule) -> None:
    """Reset the run, except for the done days that a window can still use."""
    state.recent = rule.schedule.recent_after_break(state.recent)
    state.age = state.recent.bit_length()
    state.days = state.recent.bit_count()
    state.tally = min(state.tally, state.days)
    state.month_tally = min(state.month_tally, state.days)
    state.weeks = state.counted = state.months = state.month_counted = 0
    state.rested = state.protected = state.progress = 0


def _end_week(state: State, rule: Rule, closed: ClosedDay) -> None:
    schedule = rule.schedule
    totals = schedule.totals and schedule.unit == "weeks"
    if schedule.fills(state, closed) if totals else state.tally >= (schedule.week_times or 1):
        _count_week(state)
    state.tally = state.counted = state.week_amount = 0
    if schedule.unit == "weeks":
        state.own_days = 0


def _end_month(state: State, rule: Rule, closed: ClosedDay) -> None:
    totals = rule.schedule.unit == "months"
    if rule.schedule.fills(state, closed) if totals else state.month_tally:
        _count_month(state)
    state.month_tally = state.month_counted = state.month_amount = 0
    if totals:
        state.own_days = 0
