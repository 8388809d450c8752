"""A person's history written at once: habits of the catalogue, done on two of three days, mood on every second."""

import datetime as dt

from core.db import partitions
from habits import streak_cache
from habits.models import Habit, HabitLog, UserHabit
from tests.factories.habits import UserHabitFactory

DAY = dt.timedelta(days=1)


def give_history(person, *, habits: int, days: int, now: dt.datetime) -> list[UserHabit]:
    """Habits that began `days` ago, with their logs until yesterday and the streaks that follow from them."""
    today = person.calendar.day_of(now)
    partitions.ensure_months("habit_logs", "completed_at", partitions.between(today - days * DAY, today))
    templates = Habit.objects.in_catalogue().select_related("category").order_by("sort_order", "name")[:habits]
    given: list[UserHabit] = [
        UserHabitFactory(user=person, habit=habit, started_at=now - days * DAY) for habit in templates
    ]
    HabitLog.objects.bulk_create(
        HabitLog(
            user_habit=habit,
            target_count=1,
            completed_at=now - ago * DAY,
            local_date=today - ago * DAY,
            local_hour=(place + ago) % 24,
            mood_score=1 + ago % 10 if ago % 2 else None,
        )
        for place, habit in enumerate(given)
        for ago in range(1, days + 1)
        if (ago + place) % 3
    )
    for habit in given:
        streak_cache.rebuild_and_save(habit, today=today, calendar=person.calendar)
    return given
