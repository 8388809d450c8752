"""What is kept of closed days is what a replay says, sealed, and gone when it holds no more."""

import datetime as dt
import re
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import cache_entries, redis
from core.cache_entries import CLOSED_DAYS
from habits import checkins, closed_days, corrections, streak_cache, streaks
from habits.check_in_details import Details
from habits.models import HabitLog, UserHabit
from habits.streaks import Reason
from tests.history import give_history

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_answers")]

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 6, 10, 12, tzinfo=dt.UTC)


@pytest.fixture
def habit(person):
    [made] = give_history(person, habits=1, days=400, now=NOW)
    return made


def past(habit: UserHabit, now: dt.datetime = NOW) -> closed_days.PastDays:
    row = UserHabit.objects.select_related("habit__category", "user").get(pk=habit.pk)
    calendar = row.user.calendar
    return closed_days.read(row, today=calendar.day_of(now), calendar=calendar, rests=streak_cache.rests_of(row))


def same_as_the_replay(habit: UserHabit, now: dt.datetime = NOW) -> bool:
    row = UserHabit.objects.select_related("habit__category", "user").get(pk=habit.pk)
    calendar, found = row.user.calendar, past(habit, now)
    counts = streak_cache.counts_by_day(row)
    ledger = streak_cache.replay(row, today=calendar.day_of(now), calendar=calendar, counts=counts).ledger
    return found.longest() == streaks.longest(ledger, most=closed_days.MOST_RUNS) and found.reasons_since(
        dt.date.min
    ) == {entry.day: entry.reason for entry in ledger}


def first_month_read(habit: UserHabit) -> dt.date:
    with CaptureQueriesContext(connection) as captured:
        past(habit)
    [read] = [query["sql"] for query in captured if "sum(completed_count)" in query["sql"]]
    return dt.date.fromisoformat(re.search(r"completed_at >= '([\d-]+)", read)[1])


def kept(person):
    return redis.client().hgetall(CLOSED_DAYS.key.format(user_id=person.pk))


def test_a_second_view_reads_only_the_last_days(habit):
    whole = first_month_read(habit)
    again = first_month_read(habit)

    assert NOW.date() - whole > 390 * DAY
    assert NOW.date() - again < 7 * DAY
    assert same_as_the_replay(habit)


def test_the_days_that_close_meanwhile_are_added(person, habit):
    past(habit)
    before = kept(person)

    assert same_as_the_replay(habit, NOW + 20 * DAY)
    assert kept(person) != before


def test_a_correction_of_a_kept_day_is_seen(person, habit):
    found = past(habit)
    missed = max(day for day, reason in found.reasons_since(dt.date.min).items() if reason is Reason.MISSED)

    corrections.set_total(person, habit.pk, key=UUID(int=1), day=missed, total=1, now=NOW)

    assert past(habit).reason_on(missed) is Reason.DONE
    assert same_as_the_replay(habit)


def test_a_day_that_a_journey_opens_again_is_not_kept(person, habit):
    found, calendar = past(habit), person.calendar
    kept_through = streaks.State.from_json(found.to_json()[0]).through

    assert calendar.day_of(NOW) - kept_through >= closed_days.SETTLED_AFTER


def test_a_check_in_of_today_leaves_them_as_they_are(person, habit):
    HabitLog.objects.filter(user_habit=habit, local_date=NOW.date()).delete()
    version = UserHabit.objects.get(pk=habit.pk).closed_version
    past(habit)
    before = kept(person)

    checkins.check_in(person, habit.pk, key=UUID(int=2), at=NOW, now=NOW, details=Details())

    assert UserHabit.objects.get(pk=habit.pk).closed_version == version
    past(habit)
    assert kept(person) == before


def test_without_redis_the_days_are_the_same(habit):
    redis.circuit_breaker.open_until = float("inf")

    assert same_as_the_replay(habit)


def test_they_are_sealed_for_the_habit(person, habit):
    past(habit)
    [(name, sealed)] = kept(person).items()

    assert name.decode() == str(habit.pk)
    stamp = f"{UserHabit.objects.get(pk=habit.pk).closed_version} {habit.begins_on(person.calendar)} monday"
    assert CLOSED_DAYS.get(person.pk, str(habit.pk), stamp=stamp)
    redis.client().hset(CLOSED_DAYS.key.format(user_id=person.pk), "another", sealed)
    assert CLOSED_DAYS.get(person.pk, "another", stamp=stamp) is None


def test_nothing_is_left_of_a_person_who_leaves(person, habit):
    past(habit)

    cache_entries.forget_person(person.pk)

    assert not kept(person)
