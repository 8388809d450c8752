"""An amount for a whole week or month, on any days: 20 pages a week, 600 minutes a month.

The rule's target is for the period: the person's week or the calendar month. Every kind here has no inputs of its own.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from habits.schedules.base import ClosedDay, Schedule, StreakState


class PeriodTotal(Schedule):
    """The base class of both.

    At least: the period counts as soon as its amounts reach the target. Where some days were rested, before the start or
    under an earlier rule, a share of the target, rounded down, keeps the streak.
    At most: the limit is judged when the period closes, and it is always the whole one. The period counts if at least
    half of its days were judged; with fewer the streak stays as it is.
    """

    __slots__ = ()

    frequency = "custom"
    judged = "period"
    totals = True
    words: ClassVar[Promise]
    # The days of a period, on average. Loop counts a month as 30.
    length: ClassVar[int]

    def is_due(self, day: date) -> bool:
        return True

    @property
    def pace(self) -> tuple[int, int]:
        return 1, self.length

    def __str__(self) -> str:
        return str(self.words)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind}

    @classmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        return cls()

    @abstractmethod
    def days_closed(self, day: ClosedDay) -> int:
        """The days of the period that closes with this day; 0 while it is open."""

    def misses(self, state: StreakState, day: ClosedDay) -> bool:
        state.own_days += not day.rested
        days = self.days_closed(day)
        if not days:
            return False
        if day.at_most:
            return state.own_days > 0 and self.tally(state) > day.target
        return self.tally(state) < day.target * state.own_days // days

    def fills(self, state: StreakState, day: ClosedDay) -> bool:
        """The period that closes with this day counts."""
        if not day.at_most:
            return self.tally(state) >= day.target
        return self.tally(state) <= day.target and 2 * state.own_days >= self.days_closed(day)

    def tally_with_today(self, state: StreakState, *, done: bool) -> int:
        return self.tally(state)

    @property
    def credit_span(self) -> tuple[int, int]:
        return 1, self.length


@dataclass(frozen=True, slots=True)
class WeekTotal(PeriodTotal):
    kind = "week_total"
    option = "week_total"
    title = _("한 주에 모두 얼마")
    unit = "weeks"
    words = _("한 주 동안")
    so_far = _("이번 주 %(sum)s/%(target)s")
    length = 7

    def days_closed(self, day: ClosedDay) -> int:
        return 7 if day.ends_week else 0

    def tally(self, state: StreakState) -> int:
        return state.week_amount


@dataclass(frozen=True, slots=True)
class MonthTotal(PeriodTotal):
    kind = "month_total"
    option = "month_total"
    title = _("한 달에 모두 얼마")
    unit = "months"
    words = _("한 달 동안")
    so_far = _("이번 달 %(sum)s/%(target)s")
    length = 30

    def days_closed(self, day: ClosedDay) -> int:
        return day.day.day if day.ends_month else 0

    def tally(self, state: StreakState) -> int:
        return state.month_amount
