"""Habits over the plan's number: nothing is taken away, but they can only be looked at.

The person chooses which go on (`keep`); without a choice those highest in the list do. billing calls `apply` when a plan
changes, and archiving and deleting a habit make room for the next.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing import entitlements, plans
from habits.models import UserHabit


class TooMany(Exception):
    """More habits were chosen than the plan allows; `most` is its number."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


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
        apply(user, at)


def apply(user: User, at: dt.datetime) -> None:
    """Makes the habits over the plan's number read-only, and the others not."""
    most = entitlements.limit(user, "max_habits", at=at).most
    order = user.habits.counted().order_by("-is_kept", "sort_order", "pk").values_list("pk", flat=True)
    over = [] if most is None else list(order[most:])
    UserHabit.objects.filter(user=user, is_read_only=True).exclude(pk__in=over).update(is_read_only=False)
    UserHabit.objects.filter(pk__in=over, is_read_only=False).update(is_read_only=True)
