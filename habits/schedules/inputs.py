"""The inputs of schedule kinds. `habits.forms` makes form fields from them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class NumberInput:
    """A whole number from `low` to `high`.

    `part` is the attribute of the schedule and the field of its RuleError.
    """

    name: str
    part: str
    label: Promise
    low: int
    high: int
    default: int
    unit: Promise
    message: Promise | None = None

    def read(self, value: int | None) -> int:
        return value or self.default


@dataclass(frozen=True, slots=True)
class WeekdaysInput:
    """ISO weekdays, Monday 1 to Sunday 7."""

    name: str
    part: str
    label: Promise

    @property
    def default(self) -> tuple[int, ...]:
        return ()

    def read(self, value: Iterable[int] | None) -> tuple[int, ...]:
        return tuple(sorted(value or ()))


type Input = NumberInput | WeekdaysInput
