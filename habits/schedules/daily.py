"""Every day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from habits.schedules.base import DueDays


@dataclass(frozen=True, slots=True)
class Daily(DueDays):
    frequency = "daily"
    option = "daily"
    title = _("매일")

    def is_due(self, day: date) -> bool:
        return True

    @property
    def pace(self) -> tuple[int, int]:
        return 1, 1

    def __str__(self) -> str:
        return gettext("매일")

    def to_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, schedule: Mapping[str, Any]) -> Self:
        return cls()
