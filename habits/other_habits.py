"""The person's other habits, which a check-in of one habit depends on.

They decide perfect days.

Only the columns that these facts need are read, as JSON, in the statement that reads the habit itself.
"""

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from uuid import UUID

from django.db.models.expressions import RawSQL

from habits import schedules
from habits.models import Direction, HabitRest, UserHabit, UserHabitQuerySet
from habits.schedules import Rule

if TYPE_CHECKING:
    from habits.check_in_locks import CheckInContext

_OTHERS = """
    (SELECT json_agg(json_build_array(
        id, status, target_frequency, schedule::text, target_count, unit, direction, started_on, counted_on, counted))
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
    started_on: dt.date | None
    counted_on: dt.date | None
    counted: int

    @classmethod
    def from_row(cls, user_id: UUID, row: list[Any]) -> Self:
        """From a row of `_OTHERS`."""
        *before, started_on, counted_on, counted = row
        return cls._make([user_id, *before, _date(started_on), _date(counted_on), counted])

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

    @property
    def reduces(self) -> bool:
        return self.is_active and self.direction == Direction.AT_MOST

    def is_logged_after(self, day: dt.date) -> bool:
        """After a journey westwards: then the row does not say what was done on `day`."""
        return bool(self.counted_on and self.counted_on > day)

    def has_begun(self, day: dt.date) -> bool:
        return any(first is not None and first <= day for first in (self.started_on, self.counted_on))

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


def all_done_on(context: "CheckInContext", day: dt.date, count: int) -> bool:
    """Whether the day asks for something, and all of it is done.

    `count` is the day's amount of the habit that is being checked in.
    """
    habit, rule = context.user_habit, context.user_habit.timeline.on(day)
    met = []
    if rule.schedule.judged == "day" and rule.is_due(day) and not _rests(habit, context.rests, day):
        met.append(rule.met(count))
    met += [
        one.is_done_on(day)
        for one in context.others
        if one.is_active and one.has_begun(day) and one.is_due_on(day) and not _rests(one, context.rests, day)
    ]
    return bool(met) and all(met)


def _rests(habit: "OtherHabit | UserHabit", rests: Collection[HabitRest], day: dt.date) -> bool:
    return any(rest.covers(day) and rest.concerns(habit) for rest in rests)


def _date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None
