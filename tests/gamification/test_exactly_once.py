"""An achievement is granted once, however many grant it at the same moment."""

import datetime as dt

import pytest
from django.db import connection, transaction

from gamification import achievements, criteria
from gamification.achievements import EarnableAchievement
from gamification.criteria import Progress
from gamification.models import Achievement, UserAchievement
from tests.at_once import at_once
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.usefixtures("committed")

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
AT_ONCE = 16


def race(rounds: int, *, schema: str = "public") -> tuple[list[int], list[int]]:
    """Rounds in which 16 grant one achievement at once: rows, and how many say they wrote it."""
    entry = EarnableAchievement(Achievement.objects.get(pk="first_check"), criteria.parse({"kind": "total", "need": 1}))
    rows, wrote = [], []
    for _round in range(rounds):
        person = UserFactory()

        def grant(_number: int, person=person) -> bool:
            with transaction.atomic():
                connection.cursor().execute(f"SET LOCAL search_path TO {schema}, public")
                return achievements.insert_earned(person.pk, entry, Progress(), at=NOW, act="check_in")

        wrote.append(sum(at_once(AT_ONCE, grant)))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {schema}.user_achievements WHERE user_id = %s", [person.pk])
            rows.append(cursor.fetchone()[0])
    return rows, wrote


@pytest.fixture
def scratch():
    """A schema with a copy of the table without its unique constraint."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA scratch")
        cursor.execute("CREATE TABLE scratch.user_achievements (LIKE public.user_achievements INCLUDING DEFAULTS)")
    yield "scratch"
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA scratch CASCADE")


def test_sixteen_at_once_grant_it_once():
    assert race(3) == ([1] * 3, [1] * 3)
    assert UserAchievement.objects.count() == 3


def test_without_the_constraint_the_same_race_grants_it_sixteen_times(scratch):
    assert race(1, schema=scratch) == ([AT_ONCE], [AT_ONCE])
