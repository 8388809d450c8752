"""Concurrent taps with one key on the real database: one check-in and no deadlock."""

import datetime as dt
from uuid import UUID

import pytest
from uuid6 import uuid7

from gamification.models import UserAchievement, UserProgress
from gamification.progress_tally import POINTS_PER_COMPLETION
from habits import checkins, streak_cache
from habits.checkins import Outcome
from habits.models import Habit, HabitLog, UserHabit
from tests.at_once import at_once
from tests.clock import NOON
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.usefixtures("committed")

CLIENTS = 16
ROUNDS = 100


def chosen(habits: int) -> list[UserHabit]:
    """Habits of one person, from the catalogue."""
    person = UserFactory()
    templates = Habit.objects.in_catalogue()[:habits]
    return [
        UserHabitFactory(user=person, habit=habit, target_count=4, started_at=NOON - dt.timedelta(days=30))
        for habit in templates
    ]


def check_in(habit: UserHabit, key: UUID) -> Outcome:
    return checkins.check_in(habit.user, habit.pk, key=key, at=NOON, now=NOON)


def replayed(habit: UserHabit) -> streak_cache.HabitStanding:
    stored = UserHabit.objects.get(pk=habit.pk)
    stored.streak_state = None
    return streak_cache.current(stored, today=NOON.date(), calendar=habit.user.calendar, rests=[])


@pytest.mark.slow
def test_a_key_sent_by_sixteen_clients_at_once_is_one_check_in():
    (habit,) = chosen(1)

    for round_number in range(1, ROUNDS + 1):
        key = uuid7()
        outcomes = at_once(CLIENTS, lambda _client, key=key: check_in(habit, key))

        assert sorted(outcome.repeated for outcome in outcomes) == [False] + [True] * (CLIENTS - 1)
        assert {outcome.log_id for outcome in outcomes} == {key}
        assert {outcome.standing.count for outcome in outcomes} == {round_number}
    assert HabitLog.objects.filter(user_habit=habit).count() == ROUNDS
    assert UserHabit.objects.get(pk=habit.pk).total_completions == 1


def test_concurrent_taps_on_several_habits_all_count_and_unlock_once():
    habits = chosen(4)

    outcomes = at_once(CLIENTS, lambda client: check_in(habits[client % 4], uuid7()))

    assert [type(outcome) for outcome in outcomes] == [Outcome] * CLIENTS
    assert list(UserHabit.objects.values_list("counted", flat=True)) == [4] * 4
    earned = list(UserAchievement.objects.values_list("achievement_id", flat=True))
    assert sorted(badge.pk for outcome in outcomes for badge in outcome.unlocked) == sorted(earned)
    badges = sum(badge.points for outcome in outcomes for badge in outcome.unlocked)
    assert UserProgress.objects.get().points == badges + 4 * POINTS_PER_COMPLETION


def test_concurrent_taps_and_undos_leave_the_row_equal_to_the_logs():
    (habit,) = chosen(1)
    keys = [uuid7() for _client in range(CLIENTS)]

    def tap_or_take_back(client: int) -> Outcome | None:
        if client % 2:
            return checkins.undo(habit.user, habit.pk, now=NOON)
        return check_in(habit, keys[client])

    outcomes = at_once(CLIENTS, tap_or_take_back)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    stored, again = UserHabit.objects.get(pk=habit.pk), replayed(habit)
    left = HabitLog.objects.filter(user_habit=habit).count()
    assert (stored.counted, stored.current_streak, stored.total_completions) == (
        left,
        again.streak.current,
        again.streak.total,
    )
