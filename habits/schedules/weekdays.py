"""Chosen days of each week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from habits.schedules.base import DueDays, RuleError, check_whole, unknown_schedule
from habits.schedules.inputs import WeekdaysInput


@dataclass(frozen=True, slots=True)
class Weekdays(DueDays):
    """`days` are ISO weekdays, Monday 1 to Sunday 7, ascending."""

    days: tuple[int, ...]

    frequency = "custom"
    kind = "weekdays"
    keys = ("days",)
    # The form has always called it so: the other custom kinds came later.
    option = "custom"
    title = _("요일 고르기")
    inputs = (WeekdaysInput("days", "days", _("어느 날에 할까요?")),)

    def __post_init__(self) -> None:
        check_weekdays(self.days)

    def is_due(self, day: date) -> bool:
        return day.isoweekday() in self.days

    @property
    def pace(self) -> tuple[int, int]:
        return len(self.days), 7

    def __str__(self) -> str:
        named = {
            (1, 2, 3, 4, 5, 6, 7): gettext("매일"),
            (1, 2, 3, 4, 5): gettext("평일마다"),
            (6, 7): gettext("주말마다"),
        }
        return named.get(self.days) or gettext("매주 %(days)s") % {"days": weekday_names(self.days)}

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "days": list(self.days)}

    @classmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        return cls(parse_weekdays(schedule["days"]))


def check_weekdays(days: Sequence[object]) -> None:
    """Raises RuleError unless `days` are ISO weekdays, ascending, at least one."""
    message = _("요일을 하나 이상 골라 주세요.")
    for day in days:
        check_whole("days", day, 1, 7, message)
    if not days or list(days) != sorted(set(days)):  # type: ignore[type-var] # they are ints
        raise RuleError("days", message)


def parse_weekdays(days: object) -> tuple[Any, ...]:
    if not isinstance(days, list):
        raise unknown_schedule()
    return tuple(days)


def weekday_names(days: Sequence[int]) -> str:
    """The short names joined: "월·수·금", "Mon, Wed, Fri"."""
    names = [
        pgettext("weekday", "월"), pgettext("weekday", "화"), pgettext("weekday", "수"), pgettext("weekday", "목"),
        pgettext("weekday", "금"), pgettext("weekday", "토"), pgettext("weekday", "일"),
    ]  # fmt: skip
    return pgettext("between weekdays", "·").join(names[day - 1] for day in days)
