"""N days in a week, whichever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from habits.schedules.base import ClosedDay, Schedule, StreakState, check_whole
from habits.schedules.inputs import NumberInput

_OUT_OF_RANGE = _("일주일에 1번부터 7번까지 고를 수 있어요.")


@dataclass(frozen=True, slots=True)
class Weekly(Schedule):
    times: int

    frequency = "weekly"
    keys = ("times",)
    option = "weekly"
    title = _("한 주에 몇 번")
    inputs = (
        NumberInput("times", "times", _("한 주에"), low=1, high=7, default=3, unit=_("번"), message=_OUT_OF_RANGE),
    )
    judged = "week"
    unit = "weeks"

    def __post_init__(self) -> None:
        check_whole("times", self.times, 1, 7, _OUT_OF_RANGE)

    def is_due(self, day: date) -> bool:
        return True

    @property
    def pace(self) -> tuple[int, int]:
        return self.times, 7

    def __str__(self) -> str:
        return ngettext("매주 %(times)d번", "매주 %(times)d번", self.times) % {"times": self.times}

    def to_json(self) -> dict[str, Any]:
        return {"times": self.times}

    @classmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        return cls(schedule["times"])

    def misses(self, state: StreakState, day: ClosedDay) -> bool:
        state.own_days += not day.rested
        return day.ends_week and not state.counted and state.tally < self.times * state.own_days // 7

    @property
    def week_times(self) -> int:
        return self.times

    @property
    def credit_span(self) -> tuple[int, int]:
        return (2 * self.times, 14) if self.times < 7 else (1, 1)

    def wants_more(self, tally: int) -> bool:
        return tally < self.times

    def progress(self, tally: int) -> str:
        return gettext("이번 주 %(times)d번 중 %(done)d번") % {"times": self.times, "done": tally}
