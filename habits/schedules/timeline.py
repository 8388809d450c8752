"""A habit's rules over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from habits.schedules.base import RuleError, parse_day
from habits.schedules.rule import Rule


@dataclass(frozen=True, slots=True)
class Timeline:
    """(first day, rule) in ascending order. The first rule also holds for the days before it."""

    rules: tuple[tuple[date, Rule], ...]

    def __post_init__(self) -> None:
        days = [day for day, _rule in self.rules]
        if not days or days != sorted(set(days)):
            raise RuleError("from", _("날짜를 다시 골라 주세요."))

    @classmethod
    @lru_cache(maxsize=4096)
    def always(cls, rule: Rule) -> Self:
        return cls(((date.min, rule),))

    def on(self, day: date) -> Rule:
        if len(self.rules) == 1:
            # The usual case. A replay asks for each of its days.
            return self.rules[0][1]
        return next((rule for first, rule in reversed(self.rules) if first <= day), self.rules[0][1])

    def turns_on(self, day: date) -> bool:
        """Another rule begins on this day."""
        return len(self.rules) > 1 and any(day == first for first, _rule in self.rules[1:])

    def change(self, day: date, rule: Rule) -> Self:
        """The same history with `rule` from `day` on."""
        kept = tuple(entry for entry in self.rules if entry[0] < day)
        if kept and kept[-1][1] == rule:
            return type(self)(kept)
        return type(self)((*kept, (day, rule)))

    def to_json(self) -> list[dict[str, Any]]:
        return [{"from": day.isoformat(), **rule.to_json()} for day, rule in self.rules]

    @classmethod
    def from_json(cls, entries: Sequence[Mapping[str, Any]]) -> Self:
        """Raises RuleError, and KeyError for a missing part."""
        return cls(tuple((parse_day(entry["from"]), Rule.from_json(entry)) for entry in entries))
