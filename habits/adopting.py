"""Choosing a habit: within the plan's number, once for each template, starting on the person's own day."""

import dataclasses
import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from accounts.days import ONE_DAY
from accounts.models import User
from analytics import events
from billing import entitlements
from habits.models import Direction, Habit, HabitRest, PartOfDay, UserHabit


class PlanFull(Exception):
    """The plan's number of habits is reached; `most` is that number."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


class AlreadyChosen(Exception):
    """This person does this habit already."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """How the person wants to do it; the template's own values where nothing was chosen."""

    frequency: str
    schedule: dict[str, Any]
    target_count: int
    unit: str | None
    direction: str = Direction.AT_LEAST
    part_of_day: str = PartOfDay.ANYTIME

    @classmethod
    def suggested(cls, habit: Habit, *, day: dt.date) -> "Choice":
        schedule = dict(habit.default_schedule)
        if schedule.get("kind") == "interval":
            schedule.setdefault("from", day.isoformat())
        return cls(
            frequency=habit.default_frequency,
            schedule=schedule,
            target_count=habit.default_target_count,
            unit=habit.text("default_unit") or None,
            direction=habit.default_direction,
            part_of_day=habit.default_part_of_day,
        )


def adopt(user: User, habit: Habit, *, choice: Choice, at: dt.datetime) -> UserHabit:
    """The person does `habit` from now on. One that was put away comes back with its history.

    Raises PlanFull, AlreadyChosen. Two adoptions at once are counted one after the other.
    """
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        limit = entitlements.limit(user, "max_habits", at=at)
        if not limit.allows(user.habits.counted().count()):
            raise PlanFull(limit.most or 0)
        values = dataclasses.asdict(choice)
        values["target_frequency"] = values.pop("frequency")
        old = user.habits.filter(habit=habit).first()
        if old and old.status in (UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED):
            raise AlreadyChosen
        if old:
            adopted = _brought_back(old, values, day=user.calendar.day_of(at))
        else:
            adopted = _started(user, habit, values, at=at)
        events.record("habit_add", user_id=user.pk, at=at, habit_id=str(habit.pk))
    return adopted


def make_own(user: User, habit: Habit, *, choice: Choice, at: dt.datetime) -> UserHabit:
    """A habit of the person's own, seen by nobody else, and done from now on. Raises PlanFull; then it is not kept."""
    with transaction.atomic():
        habit.owner = user
        habit.icon = habit.category.icon
        habit.save()
        return adopt(user, habit, choice=choice, at=at)


def _started(user: User, habit: Habit, values: dict[str, Any], *, at: dt.datetime) -> UserHabit:
    try:
        with transaction.atomic():
            return UserHabit.objects.create(
                user=user, habit=habit, started_at=at, started_on=user.calendar.day_of(at), **values
            )
    except IntegrityError as error:
        raise AlreadyChosen from error


def _brought_back(old: UserHabit, values: dict[str, Any], *, day: dt.date) -> UserHabit:
    HabitRest.objects.filter(user_habit=old, ends_on=None, starts_on__lt=day).update(ends_on=day - ONE_DAY)
    for name, value in {**values, "status": UserHabit.Status.ACTIVE, "completed_at": None}.items():
        setattr(old, name, value)
    # The rule may have changed while it was away: the next look replays it.
    old.streak_state = old.streak_through = None
    old.save()
    return old
