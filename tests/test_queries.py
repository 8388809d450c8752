"""A page makes as many queries for ten habits as for one."""

import datetime as dt
from collections.abc import Callable, Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from habits import checkins
from habits.models import Habit, UserHabit
from tests.clock import NOW
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
DAY = dt.timedelta(days=1)

PAGES: dict[str, Callable] = {
    "Today": lambda client, habits: client.get("/today/"),
    "what changes around a check-in": lambda client, habits: client.get("/today/around/", headers=HTMX),
    "one habit": lambda client, habits: client.get(f"/today/{habits[0].pk}/"),
    "all insights": lambda client, habits: client.get("/insights/"),
    "another year": lambda client, habits: client.get(f"/insights/?year={NOW.year}"),
    "insights of one": lambda client, habits: client.get(f"/insights/{habits[0].pk}/"),
    "the catalogue": lambda client, habits: client.get("/habits/"),
    "a search": lambda client, habits: client.get("/habits/?q=물"),
    "achievements": lambda client, habits: client.get("/achievements/"),
    "the circles": lambda client, habits: client.get("/circles/"),
    "the coach": lambda client, habits: client.get("/coach/"),
    "notes": lambda client, habits: client.get("/habits/notes/"),
    "the week": lambda client, habits: client.get("/insights/week/"),
    "a check-in": lambda client, habits: client.post(
        f"/today/{habits[0].pk}/check-in/", {"key": uuid7(), "count": "1"}, headers=HTMX
    ),
    "an undo": lambda client, habits: client.post(f"/today/{habits[0].pk}/undo/", headers=HTMX),
}
# Raise a number only on purpose. The coach asks what is left of the day, and for the message that was asked for. What would show
# a streak asks whether it may (notifications/holds.py).
AT_MOST = {"a check-in": 10, "an undo": 21, "another year": 7, "insights of one": 11, "achievements": 7, "the coach": 8}
ELSEWHERE = 6


def lived(person, *, habits: int) -> Sequence[UserHabit]:
    """Habits with some past days, including a rest."""
    templates = Habit.objects.in_catalogue().select_related("category")[:habits]
    chosen = [UserHabitFactory(user=person, habit=habit, started_at=NOW - 8 * DAY) for habit in templates]
    for habit in chosen:
        for days_ago in (2, 0, 0):
            at = NOW - days_ago * DAY
            checkins.check_in(person, habit.pk, key=uuid7(), at=at, now=at)
        person.rests.create(
            user_habit=habit, kind="skip", starts_on=(NOW - 4 * DAY).date(), ends_on=(NOW - 3 * DAY).date()
        )
    return chosen


@pytest.mark.usefixtures("shares_health")
@pytest.mark.parametrize("asked", PAGES)
def test_queries_do_not_grow_with_the_habits(signed_in, person, asked):
    counts = []
    for number in (1, 3, 10):
        UserHabit.objects.filter(user=person).delete()
        habits = lived(person, habits=number)
        PAGES[asked](signed_in, habits)
        with CaptureQueriesContext(connection) as queries:
            answer = PAGES[asked](signed_in, habits)
        assert answer.status_code == 200
        counts.append(len(queries))

    assert len(set(counts)) == 1, counts
    assert counts[0] <= AT_MOST.get(asked, ELSEWHERE)
