"""The rollover stores a streak that broke overnight as broken."""

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from analytics.pages import insights
from gamification.models import Achievement
from habits import checkins, streak_cache, streak_rollover
from habits.models import Habit, UserHabit
from habits.pages import habit_detail, today
from tests.at_once import at_once
from tests.clock import NOON
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.habits.interleavings import Simulation

DAY = dt.timedelta(days=1)


def done_on(habit: UserHabit, *days_ago: int) -> UserHabit:
    for days in days_ago:
        at = NOON - days * DAY
        checkins.check_in(habit.user, habit.pk, key=uuid7(), at=at, now=at)
    return habit


def kept(habit: UserHabit) -> dict:
    columns = ["current_streak", "best_streak", "total_completions", "streak_state", "streak_through", "updated_at"]
    return UserHabit.objects.values(*columns).get(pk=habit.pk)


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, started_at=NOON - 40 * DAY)


@pytest.mark.django_db
def test_a_broken_streak_is_stored_as_broken(habit):
    done_on(habit, 4, 3)

    settled = streak_rollover.roll_over(now=NOON)

    row = kept(habit)
    assert (settled, row["current_streak"], row["best_streak"], row["total_completions"]) == (1, 0, 2, 2)
    assert row["streak_through"] == NOON.date() - DAY


@pytest.mark.django_db
def test_a_continuing_streak_stays(habit):
    done_on(habit, 3, 2, 1)

    streak_rollover.roll_over(now=NOON)

    assert kept(habit)["current_streak"] == 3


@pytest.mark.django_db
def test_a_second_rollover_changes_nothing(habit):
    done_on(habit, 4, 3)
    streak_rollover.roll_over(now=NOON)
    before = kept(habit)

    settled = streak_rollover.roll_over(now=NOON)

    assert (settled, kept(habit)) == (0, before)


@pytest.mark.django_db
def test_the_stored_streak_equals_the_replay(habit):
    done_on(habit, *range(20, 11, -1), 10, 8, 5)

    streak_rollover.roll_over(now=NOON)

    row = UserHabit.objects.get(pk=habit.pk)
    replay = streak_cache.replay(
        row, today=NOON.date(), calendar=row.user.calendar, counts=streak_cache.counts_by_day(row)
    )
    assert (row.streak_state, row.current_streak) == (replay.state.to_json(), replay.streak.current)


@pytest.mark.django_db
def test_a_freeze_is_spent_overnight(habit):
    done_on(habit, *range(9, 1, -1))

    streak_rollover.roll_over(now=NOON)

    row = UserHabit.objects.get(pk=habit.pk)
    streak = streak_cache.current(row, today=NOON.date(), calendar=row.user.calendar, rests=[]).streak
    assert (row.current_streak, streak.freezes, streak.protected) == (8, 0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["paused", "completed", "archived"])
def test_habits_that_are_not_active_stay(habit, status):
    done_on(habit, 4, 3)
    UserHabit.objects.filter(pk=habit.pk).update(status=status)

    assert streak_rollover.roll_over(now=NOON) == 0


@pytest.mark.django_db
def test_each_habit_rolls_over_at_the_midnight_of_its_persons_zone():
    zones = ["Pacific/Kiritimati", "Asia/Seoul", "Pacific/Pago_Pago"]
    habits = {zone: UserHabitFactory(user=UserFactory(timezone=zone), started_at=NOON - 40 * DAY) for zone in zones}
    for habit in habits.values():
        done_on(habit, 2)
    # Tomorrow in Kiribati, today in Seoul, yesterday in Samoa.
    now = NOON.replace(hour=10, minute=30)

    streak_rollover.roll_over(now=now)

    assert [kept(habits[zone])["streak_through"] - NOON.date() for zone in zones] == [0 * DAY, -DAY, -2 * DAY]


@pytest.mark.django_db
def test_more_than_one_batch_is_rolled_over(monkeypatch):
    monkeypatch.setattr(streak_rollover, "BATCH", 2)
    for _number in range(5):
        done_on(UserHabitFactory(started_at=NOON - 40 * DAY), 3)

    assert streak_rollover.roll_over(now=NOON) == 5


def test_two_concurrent_rollovers_handle_each_habit_once(committed):
    person = UserFactory()
    templates = Habit.objects.in_catalogue()[:12]
    habits = [UserHabitFactory(user=person, habit=habit, started_at=NOON - 40 * DAY) for habit in templates]
    for habit in habits:
        done_on(habit, 4, 3)

    settled = at_once(2, lambda _number: streak_rollover.roll_over(now=NOON))

    assert sum(settled) == 12
    assert {kept(habit)["current_streak"] for habit in habits} == {0}


@pytest.mark.django_db
def test_a_habit_to_reduce_that_is_never_tapped_rolls_over(person):
    never = UserHabitFactory(user=person, started_at=NOON - 30 * DAY, target_count=0, direction="at_most")

    settled = [streak_rollover.roll_over(now=NOON + days * DAY) for days in (0, 0, 1)]

    row = kept(never)
    assert settled == [1, 0, 1]
    assert (row["current_streak"], row["best_streak"], row["total_completions"]) == (31, 31, 31)


@pytest.mark.django_db
@pytest.mark.parametrize("settled", [False, True])
def test_a_habit_that_is_never_tapped_shows_the_same_on_every_page(person, settled):
    UserHabitFactory(user=person, started_at=NOON - 30 * DAY, target_count=0, direction="at_most")
    if settled:
        streak_rollover.roll_over(now=NOON)

    assert shown(person) == ("30일", "30일째", "30일")


@pytest.mark.django_db
def test_no_page_shows_a_day_that_is_not_over_where_the_person_is(habit, person):
    UserHabit.objects.filter(pk=habit.pk).update(target_count=2, direction="at_most", started_on=NOON.date() - 3 * DAY)
    streak_rollover.roll_over(now=NOON)
    assert kept(habit)["best_streak"] == 3

    person.timezone = "Pacific/Pago_Pago"
    person.save()

    assert shown(person) == ("2일", "2일째", "2일")


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_batch_stores_what_each_habit_alone_gives(seed):
    """Random histories: zones, starts of day and week, rules, rests, corrections, states that no longer hold."""
    Achievement.objects.update(is_active=False)
    rng = random.Random(seed)  # noqa: S311 -- reproducible
    lives = [Simulation(1000 * seed + number) for number in range(12)]
    for life in lives:
        for _step in range(8):
            life.step()
    now = max(life.now for life in lives) + rng.randrange(96) * dt.timedelta(minutes=15)
    damaged = rng.sample([life.habit.pk for life in lives], 2)
    UserHabit.objects.filter(pk=damaged[0]).update(streak_state=[0, 1, 2])
    UserHabit.objects.filter(pk=damaged[1]).update(streak_state=None, streak_through=None)
    expected = {life.habit.pk: rolled_over_alone(life.habit.pk, now) for life in lives}

    streak_rollover.roll_over(now=now)

    assert {pk: columns(UserHabit.objects.get(pk=pk)) for pk in expected} == expected


def rolled_over_alone(pk, now) -> dict:
    """The columns that one habit by itself gets: read, judged and saved without a batch."""
    row = UserHabit.objects.select_related("user").get(pk=pk)
    calendar = row.user.calendar
    today = calendar.day_of(now)
    is_due = row.streak_through is None or row.streak_through < today - DAY
    if is_due and row.is_active:
        standing = streak_cache.current(row, today=today, calendar=calendar, rests=streak_cache.rests_of(row))
        streak_cache.set_columns(row, standing)
    return columns(row)


def columns(row) -> dict:
    names = ["current_streak", "best_streak", "total_completions", "streak_state", "streak_through"]
    return {name: getattr(row, name) for name in [*names, "counted_on", "counted"]}


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 6])
def test_a_batch_is_a_constant_number_of_statements(number):
    for days_ago in (None, 4):
        for _each in range(number):
            habit = UserHabitFactory(started_at=NOON - 40 * DAY)
            done_on(habit, *([days_ago] if days_ago else []))

    with CaptureQueriesContext(connection) as queries:
        assert streak_rollover.roll_over(now=NOON) == 2 * number

    # The savepoint, what is due, the logs and rests of those without a state, the write; who has habits to
    # reduce, whose days are closed; then that nothing is due.
    assert len(queries) == 10, [query["sql"] for query in queries]


@pytest.mark.django_db
def test_a_habit_is_due_at_the_end_of_its_persons_day():
    habit = UserHabitFactory(user=UserFactory(timezone="Asia/Seoul", day_start=4), started_at=NOON - 40 * DAY)
    done_on(habit, 2)
    streak_rollover.roll_over(now=NOON)

    habit.refresh_from_db()

    # 04:00 in Seoul.
    assert habit.next_rollover_at == NOON.replace(hour=19)
    assert streak_rollover.roll_over(now=habit.next_rollover_at - dt.timedelta(seconds=1)) == 0
    assert streak_rollover.roll_over(now=habit.next_rollover_at) == 1


@pytest.mark.django_db
def test_who_moves_east_is_due_at_once(habit, person):
    done_on(habit, 2)
    now = NOON.replace(hour=12)
    streak_rollover.roll_over(now=now)

    person.timezone = "Pacific/Kiritimati"
    person.save()

    assert (streak_rollover.roll_over(now=now), kept(habit)["streak_through"]) == (1, NOON.date())


@pytest.mark.django_db
def test_the_longest_due_come_first(monkeypatch):
    monkeypatch.setattr(streak_rollover, "BATCH", 1)
    late, later = (done_on(UserHabitFactory(started_at=NOON - 40 * DAY), 3) for _number in range(2))
    streak_rollover.roll_over(now=NOON)
    UserHabit.objects.filter(pk=later.pk).update(next_rollover_at=NOON)
    UserHabit.objects.filter(pk=late.pk).update(next_rollover_at=NOON - DAY)
    stops = iter([False, True])

    streak_rollover.roll_over(now=NOON + DAY, is_over=lambda: next(stops))

    assert [kept(one)["streak_through"] == NOON.date() for one in (late, later)] == [True, False]


@pytest.mark.django_db
def test_a_habit_that_cannot_be_judged_holds_up_nobody(monkeypatch):
    monkeypatch.setattr(streak_rollover, "BATCH", 1)
    broken, whole = (done_on(UserHabitFactory(started_at=NOON - 40 * DAY), 3) for _number in range(2))
    UserHabit.objects.filter(pk=broken.pk).update(schedule={"kind": "no such kind"}, target_frequency="custom")

    assert streak_rollover.roll_over(now=NOON) == 1

    assert kept(whole)["streak_through"] == NOON.date() - DAY
    assert UserHabit.objects.get(pk=broken.pk).next_rollover_at == NOON + streak_rollover.RETRY


@pytest.mark.django_db
def test_a_run_finds_what_is_due_by_its_index(habit):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = streak_rollover.due(NOON).explain()

    assert "idx_user_habits_next_rollover_at" in plan
    assert "Filter" not in plan


def shown(person) -> tuple[str, ...]:
    """The streak of the person's only habit on its page, on Today and in the insights."""
    user_habit = person.habits.with_habit().get()
    [group] = today.page(person, now=NOON)["groups"]
    [row] = group["rows"]
    [listed] = insights.page_of_all(person, now=NOON)["habits"]
    page = habit_detail.page(person, user_habit, now=NOON)
    return f"{page['streak']['length']}{page['streak']['unit']}", row.streak_text, listed["best"]
