"""Edits a chosen habit: name, rule, part of the day, anchor, group.

A new rule counts from the day of the change; earlier days keep the rule that they were done under.
"""

import dataclasses
import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.models import User
from core import colors
from habits import check_in_locks, check_in_rewards, streak_cache
from habits.enrollment import Choice
from habits.models import HabitCategory, UserHabit


@dataclasses.dataclass(frozen=True)
class Appearance:
    """How an own habit is drawn; "" keeps the icon and takes the colour of the category."""

    icon: str = ""
    color: str = ""


def edit_habit(
    user: User,
    user_habit_id: UUID,
    *,
    name: str,
    choice: Choice,
    category: HabitCategory | None = None,
    appearance: Appearance | None = None,
    at: dt.datetime,
) -> UserHabit:
    """Applies the given values from the person's day at `at` on.

    `category` and `appearance` are for a habit that the person made.
    Raises UserHabit.DoesNotExist, RuleError.
    """
    calendar = user.calendar
    today = calendar.day_of(at)
    with transaction.atomic():
        tally, user_habit = check_in_locks.lock_progress_and_habit(user, user_habit_id, day=today)
        moves = bool(category and user_habit.is_own and category != user_habit.habit.category)
        _rename(user_habit, name, category, appearance or Appearance())
        user_habit.part_of_day = choice.part_of_day
        user_habit.anchor, user_habit.group_name = choice.anchor or None, choice.group_name or None
        if choice.rule != user_habit.rule:
            user_habit.set_rule(choice.rule, day=today)
        user_habit.save()
        streak_cache.rebuild_and_save(user_habit, today=today, calendar=calendar)
        if moves:
            check_in_rewards.recount_all(user, tally, today=today, at=at)
        else:
            check_in_rewards.recount(user, tally, [today], today=today, at=at)
    return user_habit


def _rename(user_habit: UserHabit, name: str, category: HabitCategory | None, appearance: Appearance) -> None:
    habit = user_habit.habit
    if not user_habit.is_own:
        user_habit.custom_name = name if name != habit.text("name") else None
        return
    user_habit.custom_name = None
    if category and category != habit.category:
        habit.icon = category.icon
    habit.own_name, habit.category = name, category or habit.category
    habit.icon = appearance.icon or habit.icon
    # The form does not offer every colour that an imported habit may have: such a colour stays until another is chosen.
    if appearance.color or colors.key(habit.color):
        habit.color = appearance.color or None
    habit.save(update_fields=["own_name", "category", "icon", "color", "updated_at"])
