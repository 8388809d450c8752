"""Starter habits: templates that one check-in finishes on the first day.

Chosen ones are added together.
"""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from habits import enrollment, reminders
from habits.models import Direction, Habit, UserHabit

# Fewer habits last longer; the free plan holds as many.
MOST = 3
# Offered on one page: few enough to choose from without scrolling far.
OFFERED = 6


@dataclasses.dataclass(frozen=True)
class Starter:
    """A template and the part of the day that the person chose for it."""

    habit_id: UUID
    part_of_day: str


def offer(wishes: Sequence[str]) -> list[Habit]:
    """Templates to begin with, in turn from each wished category.

    Categories are given by their English names; no wish means all of them.
    """
    candidates = _easy()
    if wishes:
        candidates = candidates.filter(category__name_en__in=wishes)
    by_category = [list(group) for _, group in itertools.groupby(candidates, key=lambda habit: habit.category_id)]
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(*by_category))
    return [habit for habit in in_turn if habit is not None][:OFFERED]


def _easy() -> QuerySet[Habit]:
    """Done with one check-in on any day, the featured ones of a category first."""
    easy = Habit.objects.in_catalogue().select_related("category").defer("instructions", "tips")
    easy = easy.filter(
        default_frequency__in=["daily", "weekly"], default_target_count=1, default_direction=Direction.AT_LEAST
    )
    easy = easy.exclude(difficulty_level=Habit.Difficulty.ADVANCED)
    return easy.order_by("category__sort_order", "category__name", "-is_featured", "sort_order", "name")


@transaction.atomic
def start(user: User, starters: Sequence[Starter], *, remind_at: dt.time | None, at: dt.datetime) -> list[UserHabit]:
    """Adds the chosen templates and their reminder.

    Those that the person has already stay as they are.

    Raises enrollment.Full before anything is written when the plan has no room for all.
    """
    habits = Habit.objects.in_catalogue().select_related("category").in_bulk([one.habit_id for one in starters])
    chosen = [(habits[one.habit_id], one.part_of_day) for one in starters if one.habit_id in habits]
    added = [one for habit, part in chosen if (one := _add(user, habit, part, at=at))]
    if remind_at:
        for user_habit in added:
            reminders.set_times(user, user_habit.pk, times=[remind_at], days=[], at=at)
    return added


def _add(user: User, habit: Habit, part_of_day: str, *, at: dt.datetime) -> UserHabit | None:
    choice = enrollment.Choice.suggested(habit, day=user.calendar.day_of(at))
    try:
        with transaction.atomic():
            return enrollment.enroll(user, habit, choice=dataclasses.replace(choice, part_of_day=part_of_day), at=at)
    except enrollment.AlreadyChosen:
        return None
