"""A schedule with its amount. The five columns of a rule are read and written here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, Self

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.text_format import amount
from habits.schedules.base import Frequency, RuleError, Schedule, check_whole
from habits.schedules.kinds import parse_schedule

type Direction = Literal["at_least", "at_most"]

MAX_TARGET = 1_000_000
MAX_UNIT = 20
# One tap adds 1 to a target up to this one, and a tenth of a larger one (10,000 steps, 20 pages by two).
SMALL_TARGET = 12

# The columns of a person's habit, and those of a template.
COLUMNS = ("target_frequency", "schedule", "target_count", "unit", "direction")
TEMPLATE_COLUMNS = (
    "default_frequency",
    "default_schedule",
    "default_target_count",
    "default_unit",
    "default_direction",
)
_read, _read_template = attrgetter(*COLUMNS), attrgetter(*TEMPLATE_COLUMNS)


@dataclass(frozen=True, slots=True)
class Rule:
    """A schedule and the amount of one due day, or of the period for `totals`.

    `at_most` with target 0 is a habit to leave alone altogether.
    """

    schedule: Schedule
    target: int = 1
    unit: str = ""
    direction: Direction = "at_least"

    def __post_init__(self) -> None:
        if self.direction not in ("at_least", "at_most"):
            raise RuleError("direction", _("이상 또는 이하를 골라 주세요."))
        lowest = 1 if self.direction == "at_least" else 0
        check_whole("target", self.target, lowest, MAX_TARGET, _("목표는 1부터 1,000,000까지 쓸 수 있어요."))
        if not isinstance(self.unit, str) or len(self.unit) > MAX_UNIT or not self.unit.isprintable():
            raise RuleError("unit", _("단위는 20자까지 쓸 수 있어요."))

    @property
    def frequency(self) -> Frequency:
        return self.schedule.frequency

    def is_due(self, day: date) -> bool:
        return self.schedule.is_due(day)

    def met(self, count: int) -> bool:
        """A day with this amount is done. Toward a total any amount is."""
        if self.schedule.totals and self.direction == "at_least":
            return count > 0
        return count >= self.target if self.direction == "at_least" else count <= self.target

    def completes(self, count: int) -> bool:
        """Whether `count` reaches an at-least target.

        Nothing completes "at most" before its day is over.
        """
        return self.direction == "at_least" and self.met(count)

    @property
    def step(self) -> int:
        """What one tap adds."""
        return 1 if self.target <= SMALL_TARGET else max(self.target // 10, 1)

    def amount(self) -> str:
        """ "8잔", "2잔 이하", and nothing for a plain yes or no."""
        if self.target == 0:
            return gettext("하지 않기")
        if self.unit or self.schedule.totals:
            asked = amount(self.target, self.unit)
        else:
            asked = ngettext("하루 %(n)d번", "하루 %(n)d번", self.target) % {"n": self.target}
        if self.direction == "at_most":
            return gettext("%(amount)s 이하") % {"amount": asked}
        return asked if self.unit or self.schedule.totals or self.target > 1 else ""

    def progress(self, tally: int) -> str:
        """ "이번 주 3번 중 1번", "이번 주 12/20쪽", and nothing for kinds that count no period."""
        if not self.schedule.totals:
            return self.schedule.progress(tally)
        return self.schedule.so_far % {"sum": f"{tally:,}", "target": amount(self.target, self.unit)}

    def is_full(self, tally: int) -> bool:
        """Toward a total: the period's amounts have reached the target, or passed the limit."""
        return tally >= self.target if self.direction == "at_least" else tally > self.target

    def sentence(self, thing: str = "") -> str:
        """What was chosen, in words: "매일", "매주 월·수·금, 물 8잔", "10일에 3번, 커피 2잔 이하"."""
        parts = [str(self.schedule), f"{thing} {self.amount()}".strip()]
        return ", ".join(part for part in parts if part)

    @classmethod
    def of_columns(cls, row: object) -> "Rule":
        """The rule of a row with COLUMNS. Raises RuleError."""
        return cls.of_values(*_read(row))

    @staticmethod
    def of_values(
        frequency: str, schedule: Mapping[str, Any] | None, target: int, unit: str | None, direction: str
    ) -> "Rule":
        """The rule of the values of COLUMNS. Raises RuleError."""
        stored = json.dumps(schedule) if schedule else "{}"
        return known(frequency, stored, target=target, unit=unit or "", direction=direction)

    @classmethod
    def of_template(cls, row: object, *, begins_on: date = date.min, unit: str | None = None) -> Self:
        """The rule of a row with TEMPLATE_COLUMNS, for somebody who begins on that day.

        `unit`: in another language.
        """
        frequency, schedule, target, own_unit, direction = _read_template(row)
        unit = own_unit if unit is None else unit
        return cls(parse_schedule(frequency, schedule, begins_on=begins_on), target, unit or "", direction)

    def columns(self, names: tuple[str, ...] = COLUMNS) -> dict[str, Any]:
        """The values of COLUMNS or TEMPLATE_COLUMNS."""
        schedule = self.schedule
        values = (schedule.frequency, schedule.to_json(), self.target, self.unit or None, self.direction)
        return dict(zip(names, values, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {
            "frequency": self.schedule.frequency,
            "schedule": self.schedule.to_json(),
            "target": self.target,
            "unit": self.unit,
            "direction": self.direction,
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Rule":
        """Other keys of `entry` are ignored. Raises RuleError, and KeyError for a missing part."""
        return parse(
            entry["frequency"],
            entry["schedule"],
            target=entry["target"],
            unit=entry["unit"],
            direction=entry["direction"],
        )


def parse(
    frequency: str, schedule: Mapping[str, Any], *, target: int = 1, unit: str = "", direction: str = "at_least"
) -> Rule:
    """The rule that these values describe. Raises RuleError."""
    return Rule(parse_schedule(frequency, schedule), target, unit, direction)  # type: ignore[arg-type] # Rule checks it


@lru_cache(maxsize=4096)
def known(frequency: str, schedule: str, *, target: int, unit: str, direction: str) -> Rule:
    """`parse` of a schedule as JSON text, cached: pages read the same few rules again and again."""
    return parse(frequency, json.loads(schedule), target=target, unit=unit, direction=direction)
