"""Pausing a habit, putting it away, taking it up again. History stays; a pause is written down as rest."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.days import ONE_DAY
from accounts.models import User
from billing import entitlements
from habits import standing
from habits.adopting import PlanFull
from habits.models import HabitRest, UserHabit

Status = UserHabit.Status


def change(user: User, user_habit_id: UUID, *, status: str, at: dt.datetime) -> UserHabit:
    """Moves a habit to `status` from the person's day at `at` on; the same status again changes nothing.

    Raises UserHabit.DoesNotExist, and PlanFull when taking one up again is more than the plan allows.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        user_habit = UserHabit.objects.select_for_update().get(user=user, pk=user_habit_id)
        if user_habit.status == status:
            return user_habit
        _make_room(user, user_habit, status, at=at)
        if status == Status.ACTIVE:
            _end_rest(user_habit, today=today)
        elif user_habit.status == Status.ACTIVE:
            HabitRest.objects.create(user=user, user_habit=user_habit, kind=HabitRest.Kind.PAUSE, starts_on=today)
        user_habit.status = status
        user_habit.paused_at = at if status == Status.PAUSED else None
        user_habit.completed_at = at if status == Status.COMPLETED else None
        # The rests of closed days may have changed: the next look replays.
        user_habit.streak_state = None
        now_stands = standing.stand(user_habit, today=today, calendar=user.calendar, rests=[])
        columns = standing.keep(user_habit, now_stands)
        user_habit.save(update_fields=["status", "paused_at", "completed_at", *columns])
    return user_habit


def _make_room(user: User, user_habit: UserHabit, status: str, *, at: dt.datetime) -> None:
    counts_already = user_habit.status in (Status.ACTIVE, Status.PAUSED)
    if counts_already or status not in (Status.ACTIVE, Status.PAUSED):
        return
    limit = entitlements.limit(user, "max_habits", at=at)
    if not limit.allows(user.habits.counted().count()):
        raise PlanFull(limit.most or 0)


def _end_rest(user_habit: UserHabit, *, today: dt.date) -> None:
    """The rest ends with yesterday; one that began today was none."""
    open_rests = HabitRest.objects.filter(user_habit=user_habit, ends_on=None)
    open_rests.filter(starts_on__gte=today).delete()
    open_rests.update(ends_on=today - ONE_DAY)
