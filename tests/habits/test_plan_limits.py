"""Habits over the plan's number rest: they keep no day from being perfect and break no streak."""

import datetime as dt

import pytest
from uuid6 import uuid7

from gamification.models import UserProgress
from habits import checkins, pauses, plan_limits, streak_cache
from habits.models import HabitRest, UserHabit
from tests.clock import NOW
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
# What the free plan allows.
MOST = 3


@pytest.fixture
def habits(person):
    return [UserHabitFactory(user=person, sort_order=number) for number in range(MOST + 1)]


def tick(habit, at=NOW):
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=at, now=at)


def perfect_days(person) -> int:
    return UserProgress.objects.get(user=person).counters.get("perfect", 0)


def test_a_habit_over_the_limit_keeps_no_day_from_being_perfect(person, habits):
    plan_limits.change(person, NOW)
    for habit in habits[:MOST]:
        tick(habit)

    assert UserHabit.objects.get(is_read_only=True) == habits[MOST]
    assert perfect_days(person) == 1


def test_a_smaller_plan_makes_a_day_perfect_that_waited_for_what_nobody_can_do(person, habits):
    for habit in habits[:MOST]:
        tick(habit)
    assert perfect_days(person) == 0

    plan_limits.change(person, NOW)

    assert perfect_days(person) == 1


def test_days_before_the_limit_and_after_it_ask_for_it(person, habits):
    before, after = NOW - 5 * DAY, NOW - 2 * DAY
    plan_limits.change(person, before)
    UserHabit.objects.filter(pk=habits[0].pk).update(status="archived")
    plan_limits.change(person, after)

    [rest] = HabitRest.objects.filter(kind="limit")
    calendar = person.calendar
    assert (rest.user_habit, rest.starts_on, rest.ends_on) == (
        habits[MOST],
        calendar.day_of(before),
        calendar.day_of(after) - DAY,
    )


def test_it_breaks_no_streak(person, habits):
    limited = habits[MOST]
    for ago in (6, 5):
        tick(limited, NOW - ago * DAY)
    plan_limits.change(person, NOW - 4 * DAY)

    limited.refresh_from_db()
    today = person.calendar.day_of(NOW)
    rests = streak_cache.rests_of(limited)
    assert streak_cache.current(limited, today=today, calendar=person.calendar, rests=rests).streak.current == 2


def test_the_person_cannot_end_it(person, habits):
    plan_limits.change(person, NOW)
    rest = HabitRest.objects.get(kind="limit")

    pauses.end(person, rest.pk, at=NOW)

    assert HabitRest.objects.get() == rest


def test_pages_say_which_habits_are_over_the_limit(signed_in, person, habits):
    plan_limits.change(person, NOW)
    over = str(habits[MOST].pk)

    today = signed_in.get("/today/").content.decode()
    assert "요금제의 한도를 넘은 습관 1개는" in today
    assert 'href="/habits/keep/"' in today
    assert today.count("<span>볼 수만 있어요</span>") == 1
    assert "볼 수만 있어요" in signed_in.get(f"/today/{over}/").content.decode()
    assert "볼 수만 있어요" in signed_in.get("/habits/mine/").content.decode().replace("\xa0", " ")


def test_a_refused_choice_stays_on_the_page(signed_in, person, habits):
    answer = signed_in.post("/habits/keep/", {"habit": [str(habit.pk) for habit in habits]})

    assert answer.status_code == 422
    assert answer.content.decode().count(" checked") == len(habits)
