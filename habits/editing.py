"""Edits a chosen habit: name, rule, part of the day, anchor, group.

A new rule counts from the day of the change; earlier days keep the rule that they were done under.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.models import User
from habits import check_in_locks, check_in_rewards, streak_cache
from habits.enrollment import Choice
from habits.models import HabitCategory, UserHabit


def edit_habit(
    user: User,
    user_habit_id: UUID,
    *,
    name: str,
    choice: Choice,
    category: HabitCategory | None = None,
    at: dt.datetime,
) -> UserHabit:
    """Applies the given values from the person's day at `at` on.

    `category` is for a habit that the person made.
    Raises UserHabit.DoesNotExist, RuleError.
    """
    calendar = user.calendar
    today = calendar.day_of(at)
    with transaction.atomic():
        tally, user_habit = check_in_locks.lock_progress_and_habit(user, user_habit_id, day=today)
        moves = bool(category and user_habit.is_own and category != user_habit.habit.category)
        _rename(user_habit, name, category)
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


def _rename(user_habit: UserHabit, name: str, category: HabitCategory | None) -> None:
    habit = user_habit.habit
    if not user_habit.is_own:
        user_habit.custom_name = name if name != habit.text("name") else None
        return
    user_habit.custom_name = None
    habit.own_name, habit.category = name, category or habit.category
    if category:
        habit.icon = category.icon
    habit.save(update_fields=["own_name", "category", "icon", "updated_at"])
