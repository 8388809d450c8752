"""The status of a habit: paused until further notice, archived, active again.

History stays; the days between are recorded as a pause.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.days import ONE_DAY
from accounts.models import User
from habits import check_in_locks, check_in_rewards, plan_limits, streak_cache
from habits.enrollment import must_have_room
from habits.models import HabitRest, HabitRestQuerySet, UserHabit

Status = UserHabit.Status


def change_status(user: User, user_habit_id: UUID, *, status: str, at: dt.datetime) -> UserHabit:
    """Sets the status of a habit from the person's day at `at` on.

    The same status again changes nothing.

    Activating a habit ends its current pause, with or without an end date.
    Raises UserHabit.DoesNotExist, and PlanFull if activating an archived habit exceeds the plan.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        check_in_locks.lock_plan(user)
        tally, user_habit = check_in_locks.lock_progress_and_habit(user, user_habit_id, day=today)
        if status == Status.ACTIVE:
            if user_habit.is_archived:
                must_have_room(user, at=at)
            _end_pauses(user_habit, today=today)
            mark_active(user_habit)
        elif user_habit.status != status:
            _deactivate(user_habit, status=status, at=at, today=today)
        streak_cache.rebuild_and_save(user_habit, today=today, calendar=user.calendar)
        plan_limits.apply(user, at)
        check_in_rewards.recount(user, tally, [today], today=today, at=at)
    return user_habit


def _deactivate(user_habit: UserHabit, *, status: str, at: dt.datetime, today: dt.date) -> None:
    if user_habit.is_active:
        HabitRest.objects.create(
            user=user_habit.user, user_habit=user_habit, kind=HabitRest.Kind.PAUSE, starts_on=today
        )
    user_habit.status = status
    user_habit.paused_at = at if status == Status.PAUSED else None
    user_habit.completed_at = at if status == Status.COMPLETED else None
    user_habit.save(update_fields=["status", "paused_at", "completed_at", "updated_at"])


def mark_paused(user_habit: UserHabit, *, at: dt.datetime) -> None:
    """Pauses a locked habit whose pause has no end. An archived habit stays archived."""
    if user_habit.is_active:
        user_habit.status, user_habit.paused_at = Status.PAUSED, at
        user_habit.save(update_fields=["status", "paused_at", "updated_at"])


def begun_pauses(user_habit: UserHabit, *, today: dt.date) -> HabitRestQuerySet:
    """The habit's own pauses that have begun and not ended.

    The one that its status stands for began on a day that had come, and after a journey westwards that day is still
    to come: of those without an end it is the first. One that was planned for a later day has not begun.
    """
    pauses = HabitRest.objects.filter(user_habit=user_habit, kind=HabitRest.Kind.PAUSE)
    endless = pauses.filter(ends_on=None).order_by("starts_on").values_list("starts_on", flat=True)
    begun = max(today, (not user_habit.is_active and endless.first()) or today)
    return pauses.since(today).filter(Q(starts_on__lte=today) | Q(ends_on=None, starts_on__lte=begun))


def mark_active(user_habit: UserHabit) -> None:
    """Activates a locked habit."""
    user_habit.status, user_habit.paused_at, user_habit.completed_at = Status.ACTIVE, None, None
    user_habit.save(update_fields=["status", "paused_at", "completed_at", "updated_at"])


def _end_pauses(user_habit: UserHabit, *, today: dt.date) -> None:
    """Ends the begun pauses with yesterday, and deletes those that began today or later elsewhere."""
    pauses = begun_pauses(user_habit, today=today)
    pauses.filter(starts_on__gte=today).delete()
    pauses.update(ends_on=today - ONE_DAY)
