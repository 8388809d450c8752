"""Habits over the plan's number: nothing is taken away, but they can only be looked at.

The person chooses which go on (`keep`); without a choice those highest in the list do. billing calls `change` when a plan
changes, and archiving and deleting a habit make room for the next.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from accounts.days import ONE_DAY
from accounts.models import User
from billing import entitlements, plans
from gamification import progress_tally
from habits import check_in_rewards, streak_cache
from habits.models import HabitRest, UserHabit


class TooMany(Exception):
    """More habits were chosen than the plan allows; `most` is its number."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


def is_limited(user: User, *, at: dt.datetime) -> bool:
    """Whether the person's plan limits the number of habits now."""
    return entitlements.limit(user, "max_habits", at=at).most is not None


def most_after(user: User, *, at: dt.datetime) -> int:
    """The number to choose for: the plan's, or the free plan's while the plan has no limit."""
    free = entitlements.limit_of(plans.FREE_PLAN, "max_habits").most
    most = entitlements.limit(user, "max_habits", at=at).most
    return (free or 0) if most is None else most


def keep(user: User, chosen: Collection[UUID], *, at: dt.datetime) -> None:
    """Chooses the habits that go on.

    Raises TooMany.
    """
    most = most_after(user, at=at)
    if len(chosen) > most:
        raise TooMany(most)
    with transaction.atomic():
        user.habits.filter(is_kept=True).exclude(pk__in=chosen).update(is_kept=False)
        user.habits.counted().filter(pk__in=chosen, is_kept=False).update(is_kept=True)
        change(user, at)


def change(user: User, at: dt.datetime) -> None:
    """Applies the limit of a person's new plan, and counts today again."""
    today = user.calendar.day_of(at)
    with transaction.atomic():
        tally = progress_tally.lock(user.pk, day=today)
        if apply(user, at):
            check_in_rewards.recount(user, tally, [today], today=today, at=at)


def apply(user: User, at: dt.datetime) -> bool:
    """Makes the habits over the plan's number read-only, the others not. True if any changes.

    The caller holds the person's progress and counts today again. A habit rests while it is read-only: its day cannot be
    done, so it is asked of nobody and breaks no streak.
    """
    most, today = entitlements.limit(user, "max_habits", at=at).most, user.calendar.day_of(at)
    order = user.habits.counted().order_by("-is_kept", "sort_order", "pk").values_list("pk", flat=True)
    over = [] if most is None else list(order[most:])
    freed = list(user.habits.with_habit().filter(is_read_only=True).exclude(pk__in=over))
    limited = list(user.habits.with_habit().filter(pk__in=over, is_read_only=False))
    _end_rests(freed, today=today)
    HabitRest.objects.bulk_create(
        HabitRest(user=user, user_habit=one, kind=HabitRest.Kind.LIMIT, starts_on=today) for one in limited
    )
    UserHabit.objects.filter(pk__in=[one.pk for one in freed]).update(is_read_only=False)
    UserHabit.objects.filter(pk__in=[one.pk for one in limited]).update(is_read_only=True)
    for one in [*freed, *limited]:
        if one.streak_through and one.streak_through >= today:
            # After a journey westwards today is in the stored streak already.
            streak_cache.rebuild_and_save(one, today=today, calendar=user.calendar)
    return bool(freed or limited)


def _end_rests(freed: list[UserHabit], *, today: dt.date) -> None:
    rests = HabitRest.objects.filter(user_habit__in=freed, kind=HabitRest.Kind.LIMIT, ends_on=None)
    rests.filter(starts_on__gte=today).delete()
    rests.update(ends_on=today - ONE_DAY)
