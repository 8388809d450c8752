"""The order and the groups of a person's habits, as the person arranges them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from accounts.models import User
from core import text_storage
from habits import check_in_locks
from habits.models import UserHabit

type Group = tuple[str, list[UUID]]


def groups_of(user: User) -> list[tuple[str, list[UserHabit]]]:
    """Named groups in the order of their first habit, then the habits without a group under ""."""
    habits = list(user.habits.counted().with_habit().defer("notes").order_by("sort_order", "created_at", "id"))
    names = [*dict.fromkeys(habit.group_name for habit in habits if habit.group_name), ""]
    return [(name, [habit for habit in habits if (habit.group_name or "") == name]) for name in names]


def arrange(user: User, groups: Sequence[Group]) -> set[UUID]:
    """Stores this order and these groups; returns the ids that are the person's.

    Other ids are ignored.
    """
    with transaction.atomic():
        # A change of the number of habits writes several of them too, after its own habit.
        check_in_locks.lock_plan(user)
        # By id: see the lock order in habits/check_in_locks.py.
        found = user.habits.select_for_update().only("pk", "user", "sort_order", "group_name").order_by("pk")
        by_id = {habit.pk: habit for habit in found}
        placed = [(by_id[pk], name) for name, pks in groups for pk in pks if pk in by_id]
        for place, (habit, name) in enumerate(placed, start=1):
            habit.sort_order = place
            _regroup(habit, text_storage.shorten(name, 50) or None)
        UserHabit.objects.bulk_update([habit for habit, _name in placed], ["sort_order"])
    return {habit.pk for habit, _name in placed}


def _regroup(habit: UserHabit, name: str | None) -> None:
    """Saves the group if it is another one: a sealed value is written with its own row."""
    if habit.group_name != name:
        habit.group_name = name
        habit.save(update_fields=["group_name"])


def move(user: User, user_habit_id: UUID, *, by: int) -> None:
    """Moves a habit one step up (-1) or down (1); at the edge of its group into the next group.

    Raises UserHabit.DoesNotExist.
    """
    groups: list[Group] = [(name, [habit.pk for habit in habits]) for name, habits in groups_of(user)]
    here = next((n for n, (_name, pks) in enumerate(groups) if user_habit_id in pks), None)
    if here is None:
        raise UserHabit.DoesNotExist
    pks = groups[here][1]
    place = pks.index(user_habit_id)
    pks.remove(user_habit_id)
    if 0 <= place + by <= len(pks):
        pks.insert(place + by, user_habit_id)
    elif 0 <= here + by < len(groups):
        there = groups[here + by][1]
        there.insert(0 if by > 0 else len(there), user_habit_id)
    else:
        pks.insert(place, user_habit_id)
    if user_habit_id not in arrange(user, groups):
        raise UserHabit.DoesNotExist
