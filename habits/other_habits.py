"""The person's other habits, which a check-in of one habit depends on.

They decide perfect days, sums and days away.

Only the columns that these facts need are read, as JSON, in the statement that reads the habit itself.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.db.models import Sum
from django.db.models.expressions import RawSQL

from habits import schedules
from habits.models import HabitLog, HabitRest, UserHabit, UserHabitQuerySet
from habits.schedules import Rule

_OTHERS = """
    (SELECT json_agg(json_build_array(
        id, status, target_frequency, schedule::text, target_count, unit, direction, counted_on, counted,
        total_completions))
    FROM user_habits AS other WHERE other.user_id = user_habits.user_id AND other.id <> user_habits.id)
"""


class OtherHabit(NamedTuple):
    """Another habit of the person, as its row was last written."""

    user_id: UUID
    key: str
    status: str
    frequency: str
    schedule: str
    target: int
    unit: str | None
    direction: str
    counted_on: dt.date | None
    counted: int
    total_completions: int

    @classmethod
    def from_row(cls, user_id: UUID, row: list[Any]) -> Self:
        """From a row of `_OTHERS`."""
        *before, counted_on, counted, total = row
        day = dt.date.fromisoformat(counted_on) if counted_on else None
        return cls._make([user_id, *before, day, counted, total])

    @property
    def pk(self) -> UUID:
        return UUID(self.key)

    @property
    def is_active(self) -> bool:
        return self.status == UserHabit.Status.ACTIVE

    @property
    def rule(self) -> Rule:
        return schedules.known(
            self.frequency, self.schedule, target=self.target, unit=self.unit or "", direction=self.direction
        )

    def was_logged_on(self, day: dt.date) -> bool:
        return self.counted_on == day and self.counted > 0

    def is_done_on(self, day: dt.date) -> bool:
        return self.rule.met(self.counted if self.counted_on == day else 0)

    def is_due_on(self, day: dt.date) -> bool:
        """A habit that is judged by the week is never due on a day."""
        return self.rule.schedule.judged == "day" and self.rule.is_due(day)


def with_others(found: UserHabitQuerySet) -> UserHabitQuerySet:
    """Adds the person's other habits to the statement that reads a habit.

    `others_of` returns them.
    """
    return found.annotate(others=RawSQL(_OTHERS, []))  # noqa: S611 -- a constant of this module


def others_of(user_habit: Any) -> list[OtherHabit]:
    """The other habits, of a habit that was read `with_others`."""
    return [OtherHabit.from_row(user_habit.user_id, row) for row in user_habit.others or []]


def any_done_on(others: Collection[OtherHabit], *, day: dt.date, today: dt.date) -> bool:
    """Whether another habit was done on `day`.

    The rows know only the latest day; for earlier days the logs are read.
    """
    if day == today:
        return any(other.is_done_on(day) for other in others if other.was_logged_on(day))
    logs = HabitLog.objects.filter(user_habit__in=[other.pk for other in others], local_date=day)
    counts = dict(logs.values_list("user_habit").annotate(Sum("completed_count")))
    return any(other.rule.met(counts[other.pk]) for other in others if other.pk in counts)


def all_done_on(others: Collection[OtherHabit], *, day: dt.date, rests: Collection[HabitRest]) -> bool:
    """Whether every active habit that is due on `day` and does not rest is done."""
    left = [one for one in others if one.is_active and one.is_due_on(day) and not one.is_done_on(day)]
    return all(any(rest.covers(day) and rest.concerns(one) for rest in rests) for one in left)
