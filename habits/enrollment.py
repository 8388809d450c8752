"""Choosing a habit: within the plan's number, once for each template, starting on the person's own day."""

import dataclasses
import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Max

from accounts.days import ONE_DAY
from accounts.models import User
from billing import entitlements
from core import events
from habits import streak_cache
from habits.models import Direction, Habit, HabitRest, PartOfDay, UserHabit
from habits.schedules import Rule

# Habits of one person, put away or not: more than anybody lives with, fewer than would slow a page.
MOST_HABITS = 500


class Full(Exception):
    """There is no room for another habit; `most` is how many there may be."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


class PlanFull(Full):
    """The plan's number of habits is reached."""


class RecordFull(Full):
    """Even put away there would be more than MOST_HABITS."""


class AlreadyChosen(Exception):
    """This person does this habit already."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """How the person wants to do it; the template's own values where nothing was chosen."""

    target_frequency: str
    schedule: dict[str, Any]
    target_count: int
    unit: str | None
    direction: str = Direction.AT_LEAST
    part_of_day: str = PartOfDay.ANYTIME
    # "양치 후"
    anchor: str | None = None
    group_name: str | None = None

    @property
    def rule(self) -> Rule:
        return Rule.of_columns(self)

    @classmethod
    def suggested(cls, habit: Habit, *, day: dt.date) -> "Choice":
        rule = Rule.of_template(habit, begins_on=day, unit=habit.text("default_unit"))
        return cls(**rule.columns(), part_of_day=habit.default_part_of_day)

    @classmethod
    def made(cls, user_habit: UserHabit) -> "Choice":
        """What was chosen for a habit that is under way."""
        return cls(
            **user_habit.rule.columns(),
            part_of_day=user_habit.part_of_day,
            anchor=user_habit.anchor,
            group_name=user_habit.group_name,
        )


def adopt(user: User, habit: Habit, *, choice: Choice, at: dt.datetime) -> UserHabit:
    """The person does `habit` from now on. One that was put away comes back with its history.

    Raises Full, AlreadyChosen. Two adoptions at once are counted one after the other.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        must_have_room(user, at=at)
        old = user.habits.select_for_update(of=("self",)).with_habit().filter(habit=habit).first()
        if old and old.status in (UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED):
            raise AlreadyChosen
        if old:
            adopted = _brought_back(user, old, choice, at=at)
        else:
            adopted = _started(user, habit, choice, at=at)
        events.record("habit_add", user_id=user.pk, at=at, habit_id=str(habit.pk))
    return adopted


def must_have_room(user: User, *, at: dt.datetime) -> None:
    """For one habit more. Raises PlanFull."""
    limit = entitlements.limit(user, "max_habits", at=at)
    if not limit.allows(user.habits.counted().count()):
        raise PlanFull(limit.most or 0)


def make_own(user: User, habit: Habit, *, choice: Choice, at: dt.datetime) -> UserHabit:
    """A habit of the person's own, seen by nobody else, and done from now on. Raises Full; then it is not kept."""
    with transaction.atomic():
        habit.owner = user
        habit.icon = habit.icon or habit.category.icon
        habit.save()
        return adopt(user, habit, choice=choice, at=at)


def _started(user: User, habit: Habit, choice: Choice, *, at: dt.datetime) -> UserHabit:
    there = user.habits.aggregate(last=Max("sort_order"), number=Count("pk"))
    if there["number"] >= MOST_HABITS:
        raise RecordFull(MOST_HABITS)
    try:
        with transaction.atomic():
            return UserHabit.objects.create(
                user=user,
                habit=habit,
                started_at=at,
                started_on=user.calendar.day_of(at),
                # After those that are there.
                sort_order=(there["last"] or 0) + 1,
                **dataclasses.asdict(choice),
            )
    except IntegrityError as error:
        raise AlreadyChosen from error


def _brought_back(user: User, old: UserHabit, choice: Choice, *, at: dt.datetime) -> UserHabit:
    """Its rule of old holds for the days of old; what it is called and which group it is in stay."""
    today = user.calendar.day_of(at)
    HabitRest.objects.filter(user_habit=old, ends_on=None, starts_on__lt=today).update(ends_on=today - ONE_DAY)
    HabitRest.objects.filter(user_habit=old, ends_on=None, starts_on=today).delete()
    old.ask(choice.rule, day=today)
    old.part_of_day = choice.part_of_day
    old.status, old.completed_at, old.paused_at = UserHabit.Status.ACTIVE, None, None
    old.streak_state = None
    now_stands = streak_cache.stand(old, today=today, calendar=user.calendar, rests=[])
    streak_cache.keep(old, now_stands)
    old.save()
    return old
