"""The base class of schedule kinds. Each kind is one file, registered in `kinds.py`.

A kind that leaves an abstract method out cannot be created, and `tests/habits/test_schedule_kinds.py` walks all of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from habits.schedules.inputs import Input

type Frequency = Literal["daily", "weekly", "custom"]
# What is judged when it closes: each due day, each week, each run of M days, or each period with its total.
type Judged = Literal["day", "week", "window", "period"]
# What a streak counts.
type Unit = Literal["days", "weeks", "months"]


class RuleError(ValueError):
    """An invalid rule.

    `field` is the invalid part: frequency, schedule, times, days, every, from, target, unit or direction.
    """

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(message)
        self.field = field


class StreakState(Protocol):
    """The part of `habits.streaks.State` that a kind reads and writes when a day closes."""

    days: int  # done days of the current run
    tally: int  # done days of the run in the open week
    own_days: int  # days of the open week or month that its rule may judge
    counted: int  # 1 once the open week counts
    recent: int  # window: one bit per day, lowest = the last closed day, set = done
    age: int  # window: days in `recent`
    week_amount: int  # what was logged in the open week
    month_amount: int  # what was logged in the open month


class ClosedDay(NamedTuple):
    """What a kind may ask about a day that closes."""

    day: date
    done: bool
    rested: bool
    failed: bool  # it was due and not done
    ends_week: bool
    ends_month: bool
    target: int
    at_most: bool


class Schedule(ABC):
    """On which days a habit is due, how its days are judged, and how pages name it. A value."""

    __slots__ = ()

    # How the columns and JSON name it: `target_frequency`, "kind" in `schedule` (None where the frequency is enough),
    # and the other keys of `schedule`. A kind with the key "from" counts from that day; templates leave it out.
    frequency: ClassVar[Frequency]
    kind: ClassVar[str | None] = None
    keys: ClassVar[tuple[str, ...]] = ()
    # How the form offers it: the value and the words of its radio button, and the fields below it.
    option: ClassVar[str]
    title: ClassVar[Promise]
    inputs: ClassVar[tuple[Input, ...]] = ()
    judged: ClassVar[Judged]
    unit: ClassVar[Unit] = "days"
    # The target is for a whole week or month (`unit`), and the tally is the sum of its amounts.
    totals: ClassVar[bool] = False

    # ── The schedule itself ─────────────────────────────────────────────────

    @abstractmethod
    def is_due(self, day: date) -> bool:
        """The habit may be done on this day. For kinds judged by the week or window, every day."""

    @property
    @abstractmethod
    def pace(self) -> tuple[int, int]:
        """(times, days): how often it is due on average. Strength and the Loop export use it."""

    @abstractmethod
    def __str__(self) -> str:
        """ "매주 월·수·금", in the language of the reader."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The `schedule` column."""

    @classmethod
    @abstractmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`. `schedule` has exactly the keys of the kind. Raises RuleError."""

    # ── Streaks ─────────────────────────────────────────────────────────────

    @abstractmethod
    def misses(self, state: StreakState, day: ClosedDay) -> bool:
        """Whether the day that closes is a miss. Updates what the kind counts."""

    def fills(self, state: StreakState, day: ClosedDay) -> bool:
        """The week or month that closes with this day counts. Asked of kinds with `totals`."""
        return False

    @property
    def week_times(self) -> int:
        """Done days that make a week count, for kinds whose streak counts weeks; otherwise 0."""
        return 0

    def tally(self, state: StreakState) -> int:
        """Done days of the open week, or of the open run of M days, once a day has closed."""
        return state.tally

    def tally_with_today(self, state: StreakState, *, done: bool) -> int:
        """The same while today is open. `state` already has today's done day in its week."""
        return state.tally

    def recent_after_break(self, recent: int) -> int:
        """The days of `StreakState.recent` that a new run may still use."""
        return 0

    # ── Strength, reminders, Today ──────────────────────────────────────────

    @property
    def credit_span(self) -> tuple[int, int]:
        """(N, M): strength uses the credit of the last M days over N. Default: the due day alone."""
        return 1, 1

    def wants_more(self, tally: int) -> bool:
        """With `tally` done days, another one still helps. Reminders ask."""
        return True

    def progress(self, tally: int) -> str:
        """ "이번 주 3번 중 1번" for kinds that count within a week; otherwise nothing."""
        return ""

    # "이번 주 %(sum)s/%(target)s" for kinds with `totals`.
    so_far: ClassVar[Promise]

    # ── The form ────────────────────────────────────────────────────────────

    @classmethod
    def from_form(cls, values: Mapping[str, Any], *, before: "Schedule", day: date) -> Self:
        """What the kind's inputs describe.

        `before` is the schedule that the form began with. Raises RuleError.
        """
        return cls(**cls.read_inputs(values))

    @classmethod
    def read_inputs(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the kind's inputs by part, the default where one is empty."""
        return {one.part: one.read(values.get(one.name)) for one in cls.inputs}

    def to_form(self) -> dict[str, Any]:
        """The values of the kind's inputs."""
        return {one.name: getattr(self, one.part) for one in self.inputs}


class DueDays(Schedule):
    """A kind that is judged by its due days: each one not done is a miss."""

    __slots__ = ()

    judged = "day"

    def misses(self, state: StreakState, day: ClosedDay) -> bool:
        return day.failed


def check_whole(field: str, value: object, low: int, high: int, message: Promise) -> None:
    """Raises RuleError unless `value` is an int from `low` to `high`."""
    if type(value) is not int or not low <= value <= high:
        raise RuleError(field, message)


def unknown_schedule() -> RuleError:
    return RuleError("schedule", _("주기를 다시 골라 주세요."))


def parse_day(text: object) -> date:
    """An ISO day as "2026-01-05". Raises RuleError."""
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:  # fromisoformat also reads 20260105 and 2026-W02-1
        raise RuleError("from", _("날짜를 다시 골라 주세요."))
    return day
