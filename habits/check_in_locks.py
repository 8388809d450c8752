"""Locks a person's habit for one transaction, and reads what its check-ins are judged by.

Lock order: the person's plan lock (only where a number of habits is counted), the person's progress row, then the habit
rows by id. Transactions that keep to this order never wait for each other in a circle.

A check-in may also be judged without a lock (habits/fast_check_in.py). It compares the versions of two rows afterwards,
so whatever changes the facts that check-ins are judged by also writes one of them: the habit's row or, for check-ins of
the person's other habits, the progress row.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Self
from uuid import UUID, uuid4

from accounts.models import User
from core.db.compiled_queries import Compiled
from gamification import progress_tally
from gamification.progress_tally import ProgressTally
from habits import other_habits, streak_cache
from habits.models import HabitRest, UserHabit, UserHabitQuerySet
from habits.other_habits import OtherHabits, OtherRows


@dataclasses.dataclass(frozen=True)
class CheckInContext:
    """One habit and the facts that its check-ins are judged by."""

    user_habit: UserHabit
    tally: ProgressTally
    others: OtherHabits
    # The person's rests that reach into the days after the stored streak, or to the day of the check-in.
    rests: list[HabitRest]
    # None where the answer does not show them, or they are too many for it.
    rows: OtherRows | None = None

    @classmethod
    def of(cls, user_habit: UserHabit, tally: ProgressTally, *, day: dt.date) -> Self:
        """Of a habit that was read with `with_facts` of `day`."""
        rests = streak_cache.rests_around(user_habit)
        others, rows = other_habits.read_others(user_habit, day=day, rests=rests)
        return cls(user_habit, tally, others, rests, rows)


def with_facts(found: UserHabitQuerySet, *, day: dt.date) -> UserHabitQuerySet:
    """Adds the facts for a check-in on `day` to the statement that reads the habit.

    They are the person's other habits and rests.
    """
    return with_rests(other_habits.with_others(found, day=day), day=day)


def with_rests(found: UserHabitQuerySet, *, day: dt.date) -> UserHabitQuerySet:
    """Adds the person's rests to the statement that reads the habit."""
    return streak_cache.with_rests(found, day=day, of_others=True)


_LOCKED = Compiled(
    lambda person, habit: (
        UserHabit.objects.select_for_update(of=("self",)).filter(user=person, pk=habit).for_check_in()
    ),
    person=uuid4(),
    habit=uuid4(),
)
_LOCKED_WITH_FACTS = Compiled(
    lambda person, habit, day: with_facts(
        UserHabit.objects.select_for_update(of=("self",)).filter(user=person, pk=habit), day=day
    ).for_check_in(),
    person=uuid4(),
    habit=uuid4(),
    day=dt.date(1970, 1, 2),
)


def lock_plan(user: User) -> User:
    """Locks the person, where a number that the plan limits is counted.

    Returns them with their current privacy settings. No key of the row changes, so writers of rows that point at
    the person do not wait.
    """
    return User.objects.select_for_update(no_key=True).only("privacy_settings").get(pk=user.pk)


def lock_habit(user: User, user_habit_id: UUID) -> UserHabit:
    """The person's habit, locked for this transaction. Raises UserHabit.DoesNotExist."""
    return require_one(_LOCKED(person=user.pk, habit=user_habit_id), user)


def lock_progress_and_habit(user: User, user_habit_id: UUID, *, day: dt.date) -> tuple[ProgressTally, UserHabit]:
    """The person's progress and habit, locked for a change that counts towards achievements.

    Raises UserHabit.DoesNotExist.
    """
    return progress_tally.lock(user.pk, day=day), lock_habit(user, user_habit_id)


def lock_context(user: User, user_habit_id: UUID, *, day: dt.date) -> CheckInContext:
    """The person's progress and habit, locked for this transaction, with the facts of `day`.

    Raises UserHabit.DoesNotExist.
    """
    # A separate statement, and the first: the next one then sees everything that the person's earlier check-ins wrote.
    tally = progress_tally.lock(user.pk, day=day)
    found = require_one(_LOCKED_WITH_FACTS(person=user.pk, habit=user_habit_id, day=day), user)
    return CheckInContext.of(found, tally, day=day)


def require_one(found: Sequence[UserHabit], user: User) -> UserHabit:
    """The one habit that was found, with `user` as its person. Raises UserHabit.DoesNotExist."""
    if not found:
        raise UserHabit.DoesNotExist
    # Saves reading the person again.
    found[0].user = user
    return found[0]
