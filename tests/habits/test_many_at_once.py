"""All operations at once on the same habits: no errors, and the stored streaks equal the replay."""

import datetime as dt
import os
import random
import time
from collections import Counter
from uuid import UUID

import pytest
from django.db import connection
from uuid6 import uuid7

from analytics.models import AppEvent
from habits import archiving, checkins, corrections, editing, ordering, pauses, streak_cache, streak_rollover
from habits.check_in_details import NO_DETAILS
from habits.enrollment import Choice
from habits.models import Habit, HabitLog, UserHabit
from tests.at_once import at_once
from tests.clock import NOON
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory

THREADS = 32
SECONDS = float(os.environ.get("AT_ONCE_SECONDS", "3"))
DAY = dt.timedelta(days=1)
TODAY = NOON.date()
RULES = [Choice("daily", {}, 2, None), Choice("weekly", {"times": 3}, 1, None), Choice("daily", {}, 1, None)]


def random_operation(rng, person, pks: list[UUID], keys: list[UUID]) -> tuple[UUID, bool] | None:  # noqa: C901 -- a list of operations
    """Runs a random operation. Returns the key of a check-in and whether it was new."""
    pk = rng.choice(pks)
    match rng.randrange(12):
        case 0 | 1 | 2 | 3:
            at = NOON - rng.randint(0, 3) * DAY
            outcome = checkins.check_in(person, pk, key=rng.choice(keys), at=at, now=NOON)
            return outcome.log_id, not outcome.repeated
        case 4:
            checkins.undo(person, pk, now=NOON)
        case 5:
            outcome = corrections.add(person, pk, key=uuid7(), day=TODAY - rng.randint(1, 20) * DAY, now=NOON)
            return outcome.log_id, True
        case 6:
            log = HabitLog.objects.filter(user_habit=pk).order_by("?").first()
            if log:
                clock = dt.time(rng.randrange(12), 5)
                corrections.edit(person, pk, log.pk, count=2, clock=clock, details=NO_DETAILS, now=NOON)
        case 7:
            pauses.skip(person, rng.choice([pk, None]), day=TODAY - rng.randint(0, 9) * DAY, at=NOON)
        case 8:
            archiving.change_status(person, pk, status=rng.choice(["active", "active", "paused"]), at=NOON)
        case 9:
            editing.edit_habit(person, pk, name="같이", choice=rng.choice(RULES), at=NOON)
        case 10:
            ordering.arrange(person, [("", rng.sample(pks, len(pks)))])
        case 11:
            streak_rollover.roll_over(now=NOON)
    return None


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_concurrent_operations_raise_nothing_and_leave_the_row_equal_to_the_replay():
    person = UserFactory()
    habits = [
        UserHabitFactory(user=person, habit=habit, started_at=NOON - 30 * DAY)
        for habit in Habit.objects.in_catalogue()[:4]
    ]
    pks, keys = [habit.pk for habit in habits], [uuid7() for _key in range(200)]
    until = time.monotonic() + SECONDS

    def live(number: int) -> list[tuple[UUID, bool]]:
        rng, written = random.Random(number), []  # noqa: S311 -- reproducible
        while time.monotonic() < until:
            try:
                done = random_operation(rng, person, pks, keys)
            except (checkins.CheckInRefused, pauses.RestRefused):
                continue
            finally:
                # As after a request: the connection goes back to the pool.
                connection.close()
            if done:
                written.append(done)
        return written

    lives = at_once(THREADS, live)

    assert [life for life in lives if isinstance(life, Exception)] == []
    first_times = Counter(key for life in lives for key, is_first in life if is_first)
    assert set(first_times.values()) == {1}
    assert AppEvent.objects.filter(event_type="habit_check").count() == len(first_times)
    for row in UserHabit.objects.select_related("user").filter(pk__in=pks):
        again = streak_cache.replay(row, today=TODAY, calendar=person.calendar, counts=streak_cache.counts_by_day(row))
        standing = streak_cache.current(row, today=TODAY, calendar=person.calendar, rests=streak_cache.rests_of(row))
        stored = (row.current_streak, row.best_streak, row.total_completions)
        assert stored == (again.streak.current, again.streak.best, again.streak.total)
        assert standing.streak == again.streak
