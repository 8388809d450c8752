"""N times in any M days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from habits.schedules.base import ClosedDay, Schedule, StreakState, check_whole
from habits.schedules.inputs import NumberInput


@dataclass(frozen=True, slots=True)
class Window(Schedule):
    """`times` done days in any `days` consecutive days."""

    times: int
    days: int

    frequency = "custom"
    kind = "window"
    keys = ("times", "days")
    option = "window"
    title = _("며칠에 몇 번")
    inputs = (
        NumberInput("window_days", "days", _("며칠 동안"), low=1, high=60, default=10, unit=_("일")),
        NumberInput("window_times", "times", _("그 사이에"), low=1, high=60, default=3, unit=_("번")),
    )
    judged = "window"

    def __post_init__(self) -> None:
        check_whole("days", self.days, 1, 60, _("1일부터 60일까지 고를 수 있어요."))
        check_whole("times", self.times, 1, self.days, _("날수보다 많이 할 수는 없어요."))

    def is_due(self, day: date) -> bool:
        return True

    @property
    def pace(self) -> tuple[int, int]:
        return self.times, self.days

    def __str__(self) -> str:
        words = ngettext("%(days)d일에 %(times)d번", "%(days)d일에 %(times)d번", self.times)
        return words % {"days": self.days, "times": self.times}

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "times": self.times, "days": self.days}

    @classmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        return cls(schedule["times"], schedule["days"])

    def misses(self, state: StreakState, day: ClosedDay) -> bool:
        """The run of M days that closes with this day had fewer than N done days."""
        if day.rested or not state.days:
            return False
        state.recent = self._slide(state.recent, done=day.done)
        state.age = min(state.age + 1, self.days)
        return state.age == self.days and state.recent.bit_count() < self.times

    def _slide(self, recent: int, *, done: bool) -> int:
        return (recent << 1 | done) & ((1 << self.days) - 1)

    def tally(self, state: StreakState) -> int:
        return state.recent.bit_count()

    def tally_with_today(self, state: StreakState, *, done: bool) -> int:
        return self._slide(state.recent, done=done).bit_count()

    def recent_after_break(self, recent: int) -> int:
        """The done days of the last M − 1: they can still be part of a good run."""
        return recent & ((1 << self.days - 1) - 1)

    @property
    def credit_span(self) -> tuple[int, int]:
        return (2 * self.times, 2 * self.days) if self.times < self.days else (1, 1)

    def wants_more(self, tally: int) -> bool:
        return tally < self.times
