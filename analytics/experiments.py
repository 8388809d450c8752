"""Experiments: two weeks in which a person tries something with a habit.

They are compared with the two weeks before: analytics/experiment_answer.py says what came of it. Nothing of the answer is
stored, so that a corrected check-in corrects it.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.days import ONE_DAY
from accounts.models import User
from analytics.models import Experiment

LENGTH = 14 * ONE_DAY
# Characters of what to try.
LONGEST_IDEA = 200


class AlreadyRunning(Exception):
    """The habit has an experiment that has not ended."""


class HabitNotActive(Exception):
    """The habit rests or is archived: nothing would be compared."""


def start(user: User, user_habit_id: UUID, *, idea: str, at: dt.datetime) -> Experiment:
    """Begins on the person's day at `at`.

    Raises UserHabit.DoesNotExist, HabitNotActive, AlreadyRunning.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        # Two requests of one person wait for each other here.
        user_habit = user.habits.select_for_update(of=("self",)).get(pk=user_habit_id)
        if not user_habit.is_active:
            raise HabitNotActive
        its = user.experiments.filter(user_habit=user_habit, closed_on=None)
        if its.filter(ends_on__gte=today).exists():
            raise AlreadyRunning
        its.update(closed_on=today)
        return Experiment.objects.create(
            user=user, user_habit=user_habit, idea=idea, starts_on=today, ends_on=today + LENGTH - ONE_DAY
        )


def stop(user: User, pk: UUID, *, at: dt.datetime) -> None:
    """Ends a running experiment with the day before. One that has ended stays as it is.

    Raises Experiment.DoesNotExist if it goes meanwhile.
    """
    today = user.calendar.day_of(at)
    with transaction.atomic():
        experiment = user.experiments.select_for_update().get(pk=pk)
        if experiment.closed_on is None and experiment.ends_on >= today:
            experiment.closed_on = today
            experiment.save(update_fields=["closed_on"])


def delete(user: User, pk: UUID) -> None:
    """Raises Experiment.DoesNotExist if it is gone already."""
    deleted, _by_model = user.experiments.filter(pk=pk).delete()
    if not deleted:
        raise Experiment.DoesNotExist
