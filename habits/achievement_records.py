"""Answers what gamification asks of habits (gamification/records.py)."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import batched
from uuid import uuid4

from accounts.days import ONE_DAY
from accounts.models import User
from core.db.compiled_queries import Compiled
from gamification.criteria import Progress
from gamification.records import Vocabulary
from gamification.replays import Act
from habits import person_record, streak_cache
from habits.models import HabitCategory, UserHabit, Weather

# Records are read of so many people at once: fewer would cost more statements, more of them memory.
READ_TOGETHER = 5
_CATEGORIES = Compiled(lambda: HabitCategory.objects.filter(is_active=True).order_by("sort_order", "name"))
_ACTIVE_HABITS = Compiled(
    lambda person, day: streak_cache.with_rests(
        UserHabit.objects.filter(user=person, status=UserHabit.Status.ACTIVE), day=day
    ).for_today(),
    person=uuid4(),
    day=dt.date(1970, 1, 2),
)


class HabitRecords:
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(
            categories={one.name_en: one.text("name") for one in _CATEGORIES()},
            weathers={value: str(label) for value, label in Weather.choices},
        )

    def facts(self, user: User, *, now: dt.datetime) -> list[Progress]:
        calendar, today = user.calendar, user.calendar.day_of(now)
        habits = _ACTIVE_HABITS(person=user.pk, day=today)
        standings = [
            streak_cache.current(
                habit,
                today=today,
                calendar=calendar,
                rests=streak_cache.days_of(streak_cache.rests_around(habit), habit),
            )
            for habit in habits
        ]
        facts = [person_record.progress_of(one.streak) for one in standings]
        return [replace(one, active_habits=len(habits)) for one in facts]

    def acts(self, users: Iterable[User], *, now: dt.datetime) -> Iterator[tuple[User, Iterator[Act]]]:
        for some in batched(users, READ_TOGETHER):
            found = person_record.read(some)
            for user in some:
                record = found.pop(user.pk)
                if any(habit.reduces for habit in record.habits):
                    record.closed_through = user.calendar.day_of(now) - ONE_DAY
                yield user, record.acts()
