"""Which habits a member shows to a circle, and habits that are never shown."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from circles import visibility
from circles.models import CircleMember, PrivateHabit, SharedHabit
from habits.models import UserHabit


def shareable(user: User) -> QuerySet[UserHabit]:
    """The habits that a person may show."""
    return user.habits.with_habit().filter(visibility.shareable()).order_by("sort_order", "pk")


def choose(member: CircleMember, chosen: Collection[UserHabit], *, today: dt.date) -> None:
    """Shows these of the shareable habits to the circle, and no others.

    A habit is shown from today on; one that is shown already keeps its day.
    """
    with transaction.atomic():
        CircleMember.objects.select_for_update().get(pk=member.pk)
        # A habit that is paused just now was not offered: it keeps its row, which shows nothing.
        offered = set(member.user.habits.filter(visibility.shareable()).values_list("pk", flat=True))
        asked = {one.pk for one in chosen}
        member.shared.filter(user_habit__in=offered - asked).delete()
        new = (offered & asked).difference(member.shared.values_list("user_habit", flat=True))
        SharedHabit.objects.bulk_create(SharedHabit(member=member, user_habit_id=pk, shared_on=today) for pk in new)


def keep_private(user_habit: UserHabit) -> None:
    """Shows the habit to nobody any more, and lets it be shared with nobody.

    Raises UserHabit.DoesNotExist if it goes meanwhile.
    """
    with transaction.atomic():
        UserHabit.objects.select_for_update(no_key=True).get(pk=user_habit.pk)
        PrivateHabit.objects.get_or_create(user_habit=user_habit)
        SharedHabit.objects.filter(user_habit=user_habit).delete()


def allow(user_habit: UserHabit) -> None:
    """Lets the habit be shared again. Nothing that was shared before comes back."""
    with transaction.atomic():
        # A habit chosen at the moment at which it was made private.
        SharedHabit.objects.filter(user_habit=user_habit).delete()
        PrivateHabit.objects.filter(user_habit=user_habit).delete()
