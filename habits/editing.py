"""Changing a habit that is under way: its name, how often and how much, when in the day, after what, in which group.

A changed schedule counts from the day of the change; the days before it keep the rule they were done under.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.models import User
from habits import acts
from habits.enrollment import Choice
from habits.models import HabitCategory, UserHabit


def change(
    user: User,
    user_habit_id: UUID,
    *,
    name: str,
    choice: Choice,
    category: HabitCategory | None = None,
    at: dt.datetime,
) -> UserHabit:
    """All of it is as given from the person's day at `at` on. A category can be chosen for a habit of one's own.

    Raises UserHabit.DoesNotExist, RuleError.
    """
    calendar = user.calendar
    today = calendar.day_of(at)
    with transaction.atomic():
        user_habit = acts.locked(user, user_habit_id)
        _name(user_habit, name, category)
        user_habit.part_of_day = choice.part_of_day
        user_habit.anchor, user_habit.group_name = choice.anchor or None, choice.group_name or None
        if choice.rule != user_habit.rule:
            user_habit.ask(choice.rule, day=today)
        user_habit.save()
        acts.replayed(user_habit, today=today, calendar=calendar)
    return user_habit


def _name(user_habit: UserHabit, name: str, category: HabitCategory | None) -> None:
    habit = user_habit.habit
    if not user_habit.is_own:
        user_habit.custom_name = name if name != habit.text("name") else None
        return
    user_habit.custom_name = None
    habit.name, habit.category = name, category or habit.category
    if category:
        habit.icon = category.icon
    habit.save(update_fields=["name", "category", "icon", "updated_at"])
