"""Chosen weekdays of every N-th week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from habits.schedules.base import DueDays, Schedule, check_whole, parse_day, unknown_schedule
from habits.schedules.inputs import NumberInput, WeekdaysInput
from habits.schedules.weekdays import check_weekdays, parse_weekdays, weekday_names

_OUT_OF_RANGE = _("2주부터 8주까지 고를 수 있어요.")


@dataclass(frozen=True, slots=True)
class AlternateWeeks(DueDays):
    """`days` of every `every`-th week.

    Weeks begin on Monday; `anchor` is the Monday of one of them.
    """

    every: int
    days: tuple[int, ...]
    anchor: date

    frequency = "custom"
    kind = "weeks"
    keys = ("every", "days", "from")
    option = "weeks"
    title = _("몇 주마다")
    inputs = (
        NumberInput(
            "weeks", "every", _("몇 주마다"), low=2, high=8, default=2, unit=_("주마다"), message=_OUT_OF_RANGE
        ),
        WeekdaysInput("week_days", "days", _("어느 날에 할까요?")),
    )

    def __post_init__(self) -> None:
        check_whole("every", self.every, 2, 8, _OUT_OF_RANGE)
        check_weekdays(self.days)
        # Two days of one week are the same schedule.
        object.__setattr__(self, "anchor", self.anchor - timedelta(days=self.anchor.weekday()))

    def is_due(self, day: date) -> bool:
        return day.isoweekday() in self.days and (day - self.anchor).days // 7 % self.every == 0

    @property
    def pace(self) -> tuple[int, int]:
        return len(self.days), 7 * self.every

    def __str__(self) -> str:
        days = weekday_names(self.days)
        if self.every == 2:
            return gettext("격주 %(days)s") % {"days": days}
        words = ngettext("%(every)d주마다 %(days)s", "%(every)d주마다 %(days)s", self.every)
        return words % {"every": self.every, "days": days}

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "every": self.every, "days": list(self.days), "from": self.anchor.isoformat()}

    @classmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        if not isinstance(schedule["from"], str):
            raise unknown_schedule()
        return cls(schedule["every"], parse_weekdays(schedule["days"]), parse_day(schedule["from"]))

    @classmethod
    def from_form(cls, values: Mapping[str, Any], *, before: Schedule, day: date) -> Self:
        """The same interval keeps its weeks.

        Another one begins in the week of the first chosen weekday from `day` on.
        """
        chosen = cls.read_inputs(values)
        if isinstance(before, cls) and before.every == chosen["every"]:
            return cls(**chosen, anchor=before.anchor)
        ahead = (day + timedelta(days=n) for n in range(7))
        return cls(**chosen, anchor=next((one for one in ahead if one.isoweekday() in chosen["days"]), day))
