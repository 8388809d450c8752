"""People with a month of habits and the coach on, in the database."""

import datetime as dt

from accounts import consents
from accounts.days import ONE_DAY
from accounts.models import UserConsent
from coaching import preferences
from habits import streak_cache
from habits.models import Habit
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory

DAYS = 30


def give_a_month(user, *, now, habits=3, names=()):
    """Habits of DAYS days, the first done each day, the others with gaps."""
    today = user.calendar.day_of(now)
    for number in range(habits):
        template = Habit.objects.in_catalogue().order_by("name")[number] if not names else HabitFactory()
        habit = UserHabitFactory(
            user=user,
            habit=template,
            custom_name=names[number] if names else None,
            started_on=today - DAYS * ONE_DAY,
            started_at=now - DAYS * ONE_DAY,
        )
        for day in range(1, DAYS + 1):
            if number and day % (number + 2) == 0:
                continue
            at = user.calendar.at(today - day * ONE_DAY, dt.time(8 + number, 10))
            HabitLogFactory(
                user_habit=habit,
                target_count=1,
                completed_at=at,
                local_date=today - day * ONE_DAY,
                local_hour=8 + number,
            )
        streak_cache.rebuild_and_save(habit, today=today, calendar=user.calendar)
    preferences.change(user, at=now, is_on=True, clock=dt.time(8))
    user.refresh_from_db()
    return user


def consent_to_provider(user, *, now, granted=True):
    consents.answer(user, item=UserConsent.Item.AI_ABROAD, granted=granted, at=now)
