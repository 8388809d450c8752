"""Signed-in people with habits and a history written by SQL and replayed."""

import datetime as dt
import random
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from uuid6 import uuid7

from accounts.models import User
from bench import load
from core.crypto.session_store import SessionStore
from core.db import partitions
from gamification import progress_tally
from gamification.models import ProgressDay, UserProgress
from habits import checkins, streak_cache
from habits.models import Habit, HabitLog, UserHabit

HABITS = 10
# A token as long as Django's own; the cookie and the header carry the same one.
CSRF = "a" * 32

_LOGS = """
    INSERT INTO habit_logs (user_habit_id, target_count, completed_at, local_date, streak_count)
    SELECT uh.id, 1, day + interval '9 hours', day::date, 1
    FROM user_habits uh, generate_series(uh.started_on, %(yesterday)s::date, interval '1 day') AS day
    WHERE uh.user_id = ANY(%(people)s) AND extract(doy FROM day)::int %% 3 <> 0
"""


class Group:
    """People whose habits began `days` ago and were done on two of three days."""

    def __init__(self, name: str, *, people: int, days: int, now: dt.datetime, habits: int = HABITS):
        self.name, self.now, self.each = name, now, habits
        self.today = now.date()
        self.people = [self._person(n) for n in range(people)]
        self._create_habits(days)
        self._live_one_day()
        self.cookies = {person.pk: self._sign_in(person) for person in self.people}

    def _person(self, number: int) -> User:
        return User.objects.create(
            email=f"{self.name}{number}@example.com", name="지우", timezone="UTC", is_verified=True
        )

    def _create_habits(self, days: int) -> None:
        began = self.today - dt.timedelta(days=days)
        months = partitions.between(began, self.today)
        partitions.ensure_months("habit_logs", "completed_at", months)
        habits = _templates(self.each)
        UserHabit.objects.bulk_create(
            UserHabit(user=person, habit=habit, started_on=began, started_at=self.now - dt.timedelta(days=days))
            for person in self.people
            for habit in habits
        )
        ids = [person.pk for person in self.people]
        with connection.cursor() as cursor:
            cursor.execute(_LOGS, {"people": ids, "yesterday": self.today - dt.timedelta(days=1)})
            cursor.execute("ANALYZE habit_logs")
        self.habits = list(UserHabit.objects.filter(user__in=ids).select_related("user"))
        for habit in self.habits:
            standing = streak_cache.current(habit, today=self.today, calendar=habit.user.calendar, rests=[])
            habit.save(update_fields=list(streak_cache.set_columns(habit, standing)))

    def _live_one_day(self) -> None:
        """Checks in every habit once, so that its achievements are earned before measuring."""
        for habit in self.habits:
            checkins.check_in(habit.user, habit.pk, key=uuid7(), at=self.now, now=self.now)
        self.progress = list(UserProgress.objects.filter(user__in=self.people))
        for row in self.progress:
            row.points, row.counters = row.points - progress_tally.points_of(row.counters), {}
        self.forget_today()

    def _sign_in(self, person: User) -> str:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"

    def check_ins(self, seed: int, *, alone: bool = False) -> Iterator[bytes]:
        """One tap for each habit, in a random order; each completes its habit's day.

        As Today sends it: the answer brings the ring and the sums along. With `alone` only the row, as for a tap kept
        offline.
        """
        habits = random.Random(seed).sample(self.habits, len(self.habits))
        for habit in habits:
            cookie = self.cookies[habit.user_id]
            body = f"key={uuid7()}&count=1"
            target = f"check-{habit.pk}" if alone else f"row-{habit.pk}"
            yield load.post(f"/today/{habit.pk}/check-in/", cookie, CSRF, body, target=target)

    def check_ins_without_end(self, seed: int) -> Iterator[bytes]:
        """The same again and again: later ones add to a day that is complete."""
        while True:
            yield from self.check_ins(seed)

    def habit_pages(self, seed: int, *, under: str = "/today/") -> Iterator[bytes]:
        """Endless requests for the page of random habits; with `/insights/` their insights."""
        order = random.Random(seed)
        while True:
            habit = order.choice(self.habits)
            yield load.get(f"{under}{habit.pk}/", self.cookies[habit.user_id])

    def pages(self, seed: int, *, path: str = "/today/") -> Iterator[bytes]:
        """Endless requests for Today, or another page, by random people."""
        order = random.Random(seed)
        while True:
            yield load.get(path, self.cookies[order.choice(self.people).pk])

    def forget_today(self) -> None:
        """Deletes every check-in of today, so that the next round starts from the same state."""
        HabitLog.objects.filter(local_date=self.today, user_habit__user__in=self.people).delete()
        ProgressDay.objects.filter(user__in=self.people).delete()
        UserProgress.objects.bulk_update(self.progress, ["counters", "points"])
        columns = ["current_streak", "best_streak", "total_completions", "streak_state", "streak_through"]
        UserHabit.objects.bulk_update(self.habits, [*columns, "counted_on", "counted"], batch_size=500)


def _templates(number: int) -> list[Habit]:
    """Daily templates of the catalogue; beyond those, copies that no page offers."""
    found = list(Habit.objects.in_catalogue().filter(default_frequency="daily").order_by("name")[:number])
    copies = Habit.objects.filter(owner=None, is_active=False, name__startswith="copy ").order_by("name")
    missing = number - len(found) - copies.count()
    category = found[0].category_id
    Habit.objects.bulk_create(
        Habit(name=f"copy {uuid7()}", category_id=category, is_active=False) for _number in range(max(missing, 0))
    )
    return [*found, *copies[: number - len(found)]]
