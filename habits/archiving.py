"""Pausing a habit until further notice, archiving it, resuming it. History stays; the time between counts as rest."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.days import ONE_DAY
from accounts.models import User
from habits import acts
from habits.enrollment import must_have_room
from habits.models import HabitRest, UserHabit

Status = UserHabit.Status


def change(user: User, user_habit_id: UUID, *, status: str, at: dt.datetime) -> UserHabit:
    """Moves a habit to `status` from the person's day at `at` on; the same status again changes nothing.

    Taking one up ends the pause it is in, with or without dates.
    Raises UserHabit.DoesNotExist, and PlanFull when taking one up again is more than the plan allows.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        # No key of the row changes: who writes a row that points at the person need not wait, and never in a circle.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        user_habit = acts.locked(user, user_habit_id)
        if status == Status.ACTIVE:
            if user_habit.is_archived:
                must_have_room(user, at=at)
            _end_pauses(user_habit, today=today)
            mark_active(user_habit)
        elif user_habit.status != status:
            if user_habit.is_active:
                HabitRest.objects.create(user=user, user_habit=user_habit, kind=HabitRest.Kind.PAUSE, starts_on=today)
            user_habit.status = status
            user_habit.paused_at = at if status == Status.PAUSED else None
            user_habit.completed_at = at if status == Status.COMPLETED else None
            user_habit.save(update_fields=["status", "paused_at", "completed_at", "updated_at"])
        acts.replayed(user_habit, today=today, calendar=user.calendar)
    return user_habit


def mark_paused(user_habit: UserHabit, *, at: dt.datetime) -> None:
    """Of a locked habit whose rest has no end. An archived one stays archived."""
    if user_habit.is_active:
        user_habit.status, user_habit.paused_at = Status.PAUSED, at
        user_habit.save(update_fields=["status", "paused_at", "updated_at"])


def mark_active(user_habit: UserHabit) -> None:
    """Of a locked habit."""
    user_habit.status, user_habit.paused_at, user_habit.completed_at = Status.ACTIVE, None, None
    user_habit.save(update_fields=["status", "paused_at", "completed_at", "updated_at"])


def _end_pauses(user_habit: UserHabit, *, today: dt.date) -> None:
    """They end with yesterday; one that began today was none."""
    pauses = HabitRest.objects.filter(user_habit=user_habit, kind=HabitRest.Kind.PAUSE).covering(today)
    pauses.filter(starts_on=today).delete()
    pauses.update(ends_on=today - ONE_DAY)
