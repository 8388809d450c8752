"""Every N days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from habits.schedules.base import DueDays, Schedule, check_whole, parse_day, unknown_schedule
from habits.schedules.inputs import NumberInput


@dataclass(frozen=True, slots=True)
class Interval(DueDays):
    """Every `every` days, counted from `anchor` in both directions."""

    every: int
    anchor: date

    frequency = "custom"
    kind = "interval"
    keys = ("every", "from")
    option = "interval"
    title = _("며칠마다")
    inputs = (NumberInput("every", "every", _("며칠마다"), low=2, high=365, default=2, unit=_("일마다")),)

    def __post_init__(self) -> None:
        check_whole("every", self.every, 2, 365, _("2일부터 365일까지 고를 수 있어요."))

    def is_due(self, day: date) -> bool:
        return (day - self.anchor).days % self.every == 0

    @property
    def pace(self) -> tuple[int, int]:
        return 1, self.every

    def __str__(self) -> str:
        return ngettext("%(every)d일마다", "%(every)d일마다", self.every) % {"every": self.every}

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "every": self.every, "from": self.anchor.isoformat()}

    @classmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        if not isinstance(schedule["from"], str):
            raise unknown_schedule()
        return cls(schedule["every"], parse_day(schedule["from"]))

    @classmethod
    def from_form(cls, values: Mapping[str, Any], *, before: Schedule, day: date) -> Self:
        """The same interval keeps its anchor; another one begins on `day`."""
        every = cls.read_inputs(values)["every"]
        return before if isinstance(before, cls) and before.every == every else cls(every, day)
