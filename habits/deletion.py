"""Permanent deletion of habits. To hide a habit, archive it."""

import dataclasses
import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import User
from habits import check_in_locks, check_in_rewards, photos, plan_limits
from habits.models import Habit, HabitLog, UserHabit


@dataclasses.dataclass(frozen=True)
class Belongings:
    """The numbers of what is deleted with a habit."""

    days: int
    check_ins: int
    notes: int
    rests: int
    photos: int


def belongings(user_habit: UserHabit) -> Belongings:
    logs = HabitLog.objects.of_habit(user_habit)
    counted = logs.aggregate(
        days=Count("local_date", distinct=True),
        check_ins=Count("pk"),
        notes=Count("pk", filter=Q(notes__isnull=False)),
        photos=Count("pk", filter=~Q(image_urls=[])),
    )
    return Belongings(rests=user_habit.rests.count(), **counted)


def delete_habit(user: User, user_habit_id: UUID, *, at: dt.datetime) -> None:
    """Deletes a habit with its check-ins, photos, rests and trail.

    A template that the person made is deleted too.

    Its days no longer count towards achievements; unlocked ones stay. Raises UserHabit.DoesNotExist.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        tally, user_habit = check_in_locks.lock_progress_and_habit(user, user_habit_id, day=today)
        habit, is_own = user_habit.habit, user_habit.is_own
        with_photos = HabitLog.objects.of_habit(user_habit).exclude(image_urls=[])
        photos.remove_all(list(with_photos.values_list("pk", flat=True)))
        UserHabit.objects.filter(pk=user_habit.pk).delete()
        if is_own:
            Habit.objects.filter(pk=habit.pk, owner=user).delete()
        plan_limits.apply(user, at)
        check_in_rewards.recount_all(user, tally, today=today, at=at)
