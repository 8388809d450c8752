"""Enrollment: a person chooses a habit, within the plan's limit and once per template."""

import dataclasses
import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Max

from accounts.days import ONE_DAY
from accounts.models import User
from billing import entitlements
from core import events
from core.text_format import lasting_unit
from gamification import progress_tally
from habits import check_in_locks, check_in_rewards, streak_cache
from habits.models import Direction, Habit, HabitRest, PartOfDay, UserHabit
from habits.schedules import Rule

# Habits of one person, archived ones included: more than anyone needs, few enough for fast pages.
MOST_HABITS = 500


class Full(Exception):
    """There is no room for another habit; `most` is the limit."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


class PlanFull(Full):
    """The plan's number of habits is reached."""


class RecordFull(Full):
    """There would be more than MOST_HABITS, archived ones included."""


class AlreadyChosen(Exception):
    """The person has this habit already."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """How the person wants to do a habit; what they do not choose comes from the template."""

    target_frequency: str
    schedule: dict[str, Any]
    target_count: int
    unit: str | None
    direction: str = Direction.AT_LEAST
    part_of_day: str = PartOfDay.ANYTIME
    # "양치 후"
    anchor: str | None = None
    group_name: str | None = None
    # "21:30"; none reminds of nothing.
    reminder_times: list[str] = dataclasses.field(default_factory=list)

    @property
    def rule(self) -> Rule:
        return Rule.of_columns(self)

    @classmethod
    def suggested(cls, habit: Habit, *, day: dt.date) -> "Choice":
        english = habit.translations.get("en", {}).get("unit", "")
        rule = Rule.of_template(habit, begins_on=day, unit=lasting_unit(habit.text("default_unit"), english))
        return cls(**rule.columns(), part_of_day=habit.default_part_of_day)

    @classmethod
    def of(cls, user_habit: UserHabit) -> "Choice":
        """The choice that a chosen habit was enrolled or last edited with."""
        return cls(
            **user_habit.rule.columns(),
            part_of_day=user_habit.part_of_day,
            anchor=user_habit.anchor,
            group_name=user_habit.group_name,
        )


def enroll(user: User, habit: Habit, *, choice: Choice, at: dt.datetime) -> UserHabit:
    """Starts `habit` for the person. An archived habit is restored with its history.

    Raises Full, AlreadyChosen. Concurrent enrollments of one person are counted one after the other.
    """
    with transaction.atomic():
        check_in_locks.lock_plan(user)
        today = user.calendar.day_of(at)
        tally = progress_tally.lock(user.pk, day=today)
        must_have_room(user, at=at)
        old = user.habits.select_for_update(of=("self",)).with_habit().filter(habit=habit).first()
        if old and old.status in (UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED):
            raise AlreadyChosen
        if old:
            enrolled = _restore(user, old, choice, at=at)
        else:
            enrolled = _start(user, habit, choice, at=at)
        check_in_rewards.recount(user, tally, [today], today=today, at=at)
        events.record("habit_add", user_id=user.pk, at=at, habit_id=str(habit.pk))
    return enrolled


def must_have_room(user: User, *, at: dt.datetime) -> None:
    """Raises PlanFull unless the plan allows another habit."""
    limit = entitlements.limit(user, "max_habits", at=at)
    if not limit.allows(user.habits.counted().count()):
        raise PlanFull(limit.most or 0)


def create_own(user: User, habit: Habit, *, choice: Choice, at: dt.datetime) -> UserHabit:
    """Creates a habit that only this person has, and enrolls them.

    Raises Full; then nothing is created.
    """
    with transaction.atomic():
        habit.owner = user
        habit.icon = habit.icon or habit.category.icon
        habit.save()
        return enroll(user, habit, choice=choice, at=at)


def _start(user: User, habit: Habit, choice: Choice, *, at: dt.datetime) -> UserHabit:
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
                # Last in the list.
                sort_order=(there["last"] or 0) + 1,
                **dataclasses.asdict(choice),
            )
    except IntegrityError as error:
        raise AlreadyChosen from error


def _restore(user: User, old: UserHabit, choice: Choice, *, at: dt.datetime) -> UserHabit:
    """Activates an archived habit: past days keep the old rule; its name and group stay."""
    today = user.calendar.day_of(at)
    HabitRest.objects.filter(user_habit=old, ends_on=None, starts_on__lt=today).update(ends_on=today - ONE_DAY)
    HabitRest.objects.filter(user_habit=old, ends_on=None, starts_on=today).delete()
    old.set_rule(choice.rule, day=today)
    old.part_of_day = choice.part_of_day
    old.reminder_times = choice.reminder_times or old.reminder_times
    old.status, old.completed_at, old.paused_at = UserHabit.Status.ACTIVE, None, None
    streak_cache.set_columns(old, streak_cache.rebuild_from_logs(old, today=today, calendar=user.calendar))
    old.save()
    return old
