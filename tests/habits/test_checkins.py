"""Check-ins: once per key; undo; refusals."""

import datetime as dt

import pytest
from django.db import connection
from uuid6 import uuid7

from analytics.models import AppEvent
from gamification.models import Achievement, UserAchievement, UserProgress
from habits import check_in_details, checkins, streak_cache
from habits.check_in_details import Details
from habits.models import HabitLog, UserHabit
from habits.person_record import habit_key
from tests.clock import NOON
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import AchievementFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, started_at=NOON - 40 * DAY)


@pytest.fixture
def no_achievements(db):
    """Deactivates all achievements but those that the test creates."""
    Achievement.objects.update(is_active=False)


def check_in(habit, *, at=NOON, now=None, key=None, **kwargs):
    return checkins.check_in(habit.user, habit.pk, key=key or uuid7(), at=at, now=now or at, **kwargs)


def streak_columns(habit):
    return UserHabit.objects.values_list("current_streak", "best_streak", "total_completions").get(pk=habit.pk)


def test_a_check_in_writes_one_log_in_the_partition_of_its_month(habit):
    outcome = check_in(habit)

    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM habit_logs WHERE id = %s", [outcome.log_id])
        assert cursor.fetchall() == [(f"habit_logs_y{NOON:%Y}m{NOON:%m}",)]


def test_a_check_in_keeps_the_day_of_the_person(habit):
    late_evening_in_utc = NOON.replace(hour=16)  # one in the morning in Seoul

    outcome = check_in(habit, at=late_evening_in_utc)

    assert HabitLog.objects.get(pk=outcome.log_id).local_date == NOON.date() + DAY


def test_check_ins_on_following_days_make_a_streak(habit):
    for days_ago in (2, 1, 0):
        outcome = check_in(habit, at=NOON - days_ago * DAY)

    assert outcome.standing.streak.current == 3
    assert streak_columns(habit) == (3, 3, 3)


def test_a_missed_day_ends_the_streak(habit):
    check_in(habit, at=NOON - 3 * DAY)
    check_in(habit, at=NOON - 2 * DAY)

    check_in(habit)

    assert streak_columns(habit) == (1, 2, 3)


def test_the_same_key_is_one_check_in(habit):
    key = uuid7()
    first = check_in(habit, key=key)

    second = check_in(habit, key=key, at=NOON + dt.timedelta(minutes=1))

    assert (first.repeated, second.repeated) == (False, True)
    assert second.standing.streak.current == 1
    assert HabitLog.objects.count() == 1
    assert AppEvent.objects.filter(event_type="habit_check").count() == 1


def test_counts_reach_the_target_in_several_taps(person):
    water = UserHabitFactory(user=person, target_count=3, unit="잔", started_at=NOON - DAY)

    streaks = [check_in(water).standing.streak.current for _tap in range(4)]

    assert streaks == [0, 0, 1, 1]
    assert UserHabit.objects.get(pk=water.pk).counted == 4


def test_undo_restores_the_day(habit):
    check_in(habit, at=NOON - DAY)
    before = UserHabit.objects.values().get(pk=habit.pk)
    outcome = check_in(habit)

    checkins.undo(habit.user, habit.pk, now=NOON, log_id=outcome.log_id)

    after = UserHabit.objects.values().get(pk=habit.pk)
    assert (after["current_streak"], after["best_streak"], after["total_completions"]) == (
        before["current_streak"],
        before["best_streak"],
        before["total_completions"],
    )
    assert HabitLog.objects.filter(user_habit=habit).count() == 1


def test_undo_without_a_log_id_takes_the_latest_of_today(person):
    water = UserHabitFactory(user=person, target_count=8, started_at=NOON - DAY)
    check_in(water, count=2)
    latest = check_in(water, at=NOON + dt.timedelta(hours=1), count=3)

    undone = checkins.undo(person, water.pk, now=NOON + dt.timedelta(hours=2))

    assert undone.log_id == latest.log_id
    assert undone.standing.count == 2


def test_undoing_twice_takes_back_once(habit):
    outcome = check_in(habit)
    checkins.undo(habit.user, habit.pk, now=NOON, log_id=outcome.log_id)

    assert checkins.undo(habit.user, habit.pk, now=NOON, log_id=outcome.log_id) is None


def test_undone_and_done_again_it_is_one_achievement_and_the_points_of_one_check_in(habit, no_achievements):
    AchievementFactory(id="first", criteria={"kind": "total", "need": 1}, points=10)
    outcome = check_in(habit)
    again = []
    for _time in range(4):
        checkins.undo(habit.user, habit.pk, now=NOON)
        # The achievement stays, and so do its points.
        assert UserProgress.objects.get().points == 10
        again += check_in(habit).unlocked

    assert [badge.pk for badge in outcome.unlocked] == ["first"]
    assert again == []
    assert UserAchievement.objects.get().points_earned == 10
    assert UserProgress.objects.get().points == 10 + 1


def test_a_tap_made_offline_counts_for_its_own_day(habit):
    check_in(habit, at=NOON - 2 * DAY)
    check_in(habit, at=NOON)

    check_in(habit, at=NOON - DAY, now=NOON + dt.timedelta(hours=1))

    assert streak_columns(habit) == (3, 3, 3)


def test_the_stored_streak_equals_the_replay(habit):
    for days_ago in (20, 19, 18, 16, 9, 8, 3, 2, 1, 0):
        check_in(habit, at=NOON - days_ago * DAY)
    kept = UserHabit.objects.get(pk=habit.pk)

    replayed = streak_cache.replay(
        kept, today=NOON.date(), calendar=habit.user.calendar, counts=streak_cache.counts_by_day(kept)
    )

    assert kept.streak_state == replayed.state.to_json()
    assert (kept.current_streak, kept.best_streak) == (replayed.streak.current, replayed.streak.best)


def test_a_rest_is_seen_by_the_check_in_after_it(habit, person):
    check_in(habit, at=NOON - 3 * DAY)
    person.rests.create(kind="pause", starts_on=NOON.date() - 2 * DAY, ends_on=NOON.date() - DAY)

    outcome = check_in(habit)

    assert (outcome.standing.streak.current, outcome.standing.streak.rested) == (2, 2)


@pytest.mark.usefixtures("shares_health")
def test_a_note_is_sealed_in_the_row_and_readable_through_the_model(habit):
    outcome = check_in(habit, details=Details(mood=8, energy=6, note="비가 왔어요"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM habit_logs WHERE id = %s", [outcome.log_id])
        assert "비가" not in cursor.fetchone()[0]
    assert HabitLog.objects.get(pk=outcome.log_id).notes == "비가 왔어요"


@pytest.mark.usefixtures("shares_health")
def test_details_are_added_to_a_check_in_made_before(habit):
    outcome = check_in(habit)

    checkins.describe(habit.user, habit.pk, outcome.log_id, details=Details(mood=8), now=NOON)
    checkins.describe(habit.user, habit.pk, outcome.log_id, details=Details(energy=4), now=NOON)

    log = HabitLog.objects.get(pk=outcome.log_id)
    assert (log.mood_score, log.energy_level) == (8, 4)
    assert UserProgress.objects.get().counters == {
        "logs": 1,
        "noted.mood": 1,
        "noted.energy": 1,
        "times": 1,
        f"habit.{habit_key(habit.pk)}": 1,
        "days": 1,
        "perfect": 1,
        f"hour.{12}": 1,
        f"weekday.{NOON.isoweekday()}": 1,
        "category.health": 1,
        f"month.{NOON.month}": 1,
    }


@pytest.mark.parametrize("status", ["paused", "archived", "completed"])
def test_a_habit_that_is_not_active_refuses(habit, status):
    UserHabit.objects.filter(pk=habit.pk).update(status=status)

    with pytest.raises(checkins.NotActive):
        check_in(habit)

    assert HabitLog.objects.count() == 0


@pytest.mark.parametrize("count", [0, -1, 1_000_001, 2**40, True])
def test_impossible_counts_are_refused(habit, count):
    with pytest.raises(checkins.ImpossibleAmount):
        check_in(habit, count=count)

    assert HabitLog.objects.count() == 0


def test_a_day_holds_no_more_than_a_million(habit):
    check_in(habit, count=1_000_000)

    with pytest.raises(checkins.ImpossibleAmount):
        check_in(habit)

    assert UserHabit.objects.get(pk=habit.pk).counted == 1_000_000


@pytest.mark.parametrize("scores", [{"mood": 0}, {"mood": 11}, {"energy": -1}])
def test_scores_outside_the_scale_are_refused(scores):
    with pytest.raises(check_in_details.OutOfScale):
        Details(**scores)


def test_the_future_is_refused(habit):
    with pytest.raises(checkins.InTheFuture):
        check_in(habit, at=NOON + dt.timedelta(hours=1), now=NOON)


def test_a_phone_clock_that_is_slightly_ahead_is_accepted(habit):
    outcome = check_in(habit, at=NOON + dt.timedelta(minutes=3), now=NOON)

    assert HabitLog.objects.get(pk=outcome.log_id).completed_at == NOON


def test_a_day_before_the_habit_began_is_refused(person):
    habit = UserHabitFactory(user=person, started_at=NOON - 2 * DAY)

    with pytest.raises(checkins.TooOld):
        check_in(habit, at=NOON - 3 * DAY, now=NOON)


def test_a_tap_of_last_month_is_refused(habit):
    with pytest.raises(checkins.TooOld):
        check_in(habit, at=NOON - 8 * DAY, now=NOON)


def test_anothers_habit_does_not_exist(habit, stranger):
    with pytest.raises(UserHabit.DoesNotExist):
        checkins.check_in(stranger, habit.pk, key=uuid7(), at=NOON, now=NOON)


def test_a_perfect_day_is_seen_by_the_check_in_that_completes_it(person, no_achievements):
    AchievementFactory(id="perfect", criteria={"kind": "perfect_days", "need": 1})
    first, second = UserHabitFactory.create_batch(2, user=person, started_at=NOON - DAY)

    unlocked = [check_in(first).unlocked, check_in(second).unlocked]

    assert [[badge.pk for badge in badges] for badges in unlocked] == [[], ["perfect"]]


def test_a_key_is_known_even_if_its_log_is_in_an_older_partition(habit):
    key = uuid7()
    check_in(habit, key=key, at=NOON - 6 * DAY)

    assert check_in(habit, key=key, at=NOON).repeated
    assert HabitLog.objects.count() == 1


def test_a_past_day_counts_once_however_many_habits_were_done_on_it(habit, no_achievements):
    other = UserHabitFactory(user=habit.user, started_at=NOON - 40 * DAY)
    for one in (habit, other):
        check_in(one)

    for one in (habit, other):
        check_in(one, at=NOON - DAY, now=NOON)

    assert UserProgress.objects.get(user=habit.user).counters["days"] == 2
    for one in (habit, other):
        checkins.undo(
            one.user, one.pk, now=NOON, log_id=HabitLog.objects.get(user_habit=one, local_date=NOON.date() - DAY).pk
        )
    assert UserProgress.objects.get(user=habit.user).counters["days"] == 1
