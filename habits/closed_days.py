"""The closed days of a habit, kept in Redis: what became of each, and the best streaks.

    past = read(user_habit, today=…, calendar=…, rests=…)   from the first judged day to today
    past.reason_on(day), past.count(first, last), past.counts, past.longest()

Equal to the replay, for a page that looks at years: only the days after the kept ones are read and folded. What is
kept holds as long as the row says the same: a change of a closed day replays the habit, which raises `closed_version`
(streak_cache.set_columns).
"""

import dataclasses
import datetime as dt
from typing import Any, Self

from accounts.days import ONE_DAY, Calendar
from core.cache_entries import CLOSED_DAYS
from habits import streak_cache, streaks
from habits.models import UserHabit
from habits.streak_cache import Rests
from habits.streaks import Counts, Entry, Reason, Run, RunTally, State

# Later days are not kept: a journey to the west and a later start of the day can open two of them again.
SETTLED_AFTER = 3 * ONE_DAY
MOST_RUNS = 5

_LETTERS = {
    Reason.DONE: "d",
    Reason.PARTLY: "p",
    Reason.NOT_DUE: "n",
    Reason.RESTED: "r",
    Reason.PROTECTED: "s",
    Reason.MISSED: "m",
    Reason.OPEN: "o",
}
_REASONS = {letter: reason for reason, letter in _LETTERS.items()}


@dataclasses.dataclass
class PastDays:
    """The judged days of a habit: from `first` on, a letter and an amount for each."""

    state: State
    first: dt.date
    reasons: str
    amounts: list[int]
    runs: RunTally
    # By day, with those of days that are not judged.
    counts: Counts

    @classmethod
    def before(cls, state: State) -> Self:
        """No day yet."""
        return cls(state, state.through + ONE_DAY, "", [], RunTally(), {})

    @property
    def last(self) -> dt.date:
        return self.first + (len(self.reasons) - 1) * ONE_DAY

    def reason_on(self, day: dt.date) -> Reason | None:
        place = (day - self.first).days
        return _REASONS[self.reasons[place]] if 0 <= place < len(self.reasons) else None

    def reasons_since(self, first: dt.date) -> dict[dt.date, Reason]:
        """Of each judged day from `first` on, oldest first."""
        begin = max((first - self.first).days, 0)
        letters = enumerate(self.reasons[begin:], self.first.toordinal() + begin)
        return {dt.date.fromordinal(ordinal): _REASONS[letter] for ordinal, letter in letters}

    def count(self, reason: Reason, first: dt.date, last: dt.date) -> int:
        """The days from `first` to `last` with that reason."""
        begin, end = (first - self.first).days, (last - self.first).days + 1
        return self.reasons.count(_LETTERS[reason], max(begin, 0), max(end, 0))

    def longest(self) -> list[Run]:
        """The best streaks, longest first."""
        return self.runs.longest(MOST_RUNS)

    def add(self, entries: list[Entry]) -> None:
        self.reasons += "".join(_LETTERS[entry.reason] for entry in entries)
        self.amounts += [entry.amount for entry in entries]
        for entry in entries:
            self.runs.add(entry)

    def to_json(self) -> list[Any]:
        return [self.state.to_json(), self.first.toordinal(), self.reasons, self.amounts, self.runs.to_json(MOST_RUNS)]

    @classmethod
    def from_json(cls, value: list[Any]) -> Self:
        """Raises ValueError for a state of another format."""
        state, begins, reasons, amounts, runs = value
        done = [
            dt.date.fromordinal(day) for day, letter in enumerate(reasons, begins) if letter == _LETTERS[Reason.DONE]
        ]
        counts = {dt.date.fromordinal(day): amount for day, amount in enumerate(amounts, begins) if amount}
        tally = RunTally.from_json(runs, done=done)
        return cls(State.from_json(state), dt.date.fromordinal(begins), reasons, amounts, tally, counts)


def read(user_habit: UserHabit, *, today: dt.date, calendar: Calendar, rests: Rests) -> PastDays:
    """The days up to today. `rests` are all that concern the habit."""
    stamp = f"{user_habit.closed_version} {user_habit.begins_on(calendar)} {calendar.week_start}"
    kept = _kept(user_habit, stamp, today)
    counts = streak_cache.counts_by_day(user_habit, after=kept.state if kept else None)
    past = kept or PastDays.before(
        streaks.begin(user_habit.timeline, start=user_habit.begins_on(calendar), counts=counts)
    )
    given: Any = {"timeline": user_habit.timeline, "rests": rests, "week_start": calendar.week_start, "counts": counts}
    settled = today - SETTLED_AFTER
    if past.state.through < settled:
        past.state, entries = streaks.close(past.state, today=settled + ONE_DAY, **given)
        past.add(entries)
        if user_habit.streak_state is not None:
            CLOSED_DAYS.keep(user_habit.user_id, str(user_habit.pk), past.to_json(), stamp=stamp)
    if past.state.through < today:
        past.add(streaks.ledger_after(past.state, today=today, **given))
    past.counts = {**past.counts, **counts}
    return past


def _kept(user_habit: UserHabit, stamp: str, today: dt.date) -> PastDays | None:
    """What is kept and holds, or None.

    It does not hold where the row's own state is NULL.
    """
    if user_habit.streak_state is None:
        return None
    value = CLOSED_DAYS.get(user_habit.user_id, str(user_habit.pk), stamp=stamp)
    try:
        past = PastDays.from_json(value) if value else None
    except ValueError:
        return None
    return past if past and past.state.through < today else None
