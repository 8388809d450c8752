"""A check-in that was judged without a lock writes nothing where the rows it was judged by have changed since."""

import datetime as dt

import pytest
from uuid6 import uuid7

from analytics.models import AppEvent
from core.db import prepared_statements
from gamification.models import Achievement, UserAchievement, UserProgress
from habits import acts, archiving, checkins, editing, pauses
from habits.enrollment import Choice
from habits.models import CheckInKey, Habit, HabitLog, UserHabit
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.usefixtures("committed")

DAY = dt.timedelta(days=1)
NOON = dt.datetime.now(dt.UTC).replace(hour=3, minute=0, second=0, microsecond=0)  # noon in Seoul
TODAY = NOON.date()


@pytest.fixture
def habits(committed):
    """Two of one person who has earned what there is to earn, and has checked in before."""
    Achievement.objects.update(is_active=False)
    person = UserFactory()
    habits = [
        UserHabitFactory(user=person, habit=habit, target_count=5, started_at=NOON - 30 * DAY)
        for habit in Habit.objects.in_catalogue()[:2]
    ]
    for habit in habits:
        check_in(habit)
    return habits


def check_in(habit, **how):
    return checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON, now=NOON, **how)


def seen(habit):
    return acts.look(habit.user, habit.pk, day=TODAY)


def write(held, key=None, **how):
    asked = {"key": key or uuid7(), "day": TODAY, "at": NOON, "today": TODAY, "count": 1} | how
    return checkins.write(held.user_habit.user, held, **asked)


def record() -> tuple:
    """All that a check-in writes."""
    return (
        *(list(model.objects.order_by("pk").values()) for model in (HabitLog, CheckInKey, UserHabit, UserProgress)),
        AppEvent.objects.count(),
    )


def test_what_is_as_it_was_seen_is_written_without_a_transaction(habits, django_assert_num_queries):
    with django_assert_num_queries(2):
        outcome = check_in(habits[0])

    assert (outcome.standing.count, outcome.repeated) == (2, False)
    assert HabitLog.objects.filter(pk=outcome.log_id).exists()


CHANGES = {
    "another check-in": lambda habit, _other: check_in(habit),
    "a check-in on another habit": lambda _habit, other: check_in(other),
    "an undo": lambda habit, _other: checkins.undo(habit.user, habit.pk, now=NOON),
    "an archived habit": lambda habit, _other: archiving.change(habit.user, habit.pk, status="archived", at=NOON),
    "another rule": lambda habit, _other: editing.change(
        habit.user, habit.pk, name="", choice=Choice("daily", {}, 2, None), at=NOON
    ),
    "a day skipped": lambda habit, _other: pauses.skip(habit.user, habit.pk, day=TODAY - DAY, at=NOON),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_since_writes_nothing(habits, change):
    held = seen(habits[0])
    CHANGES[change](*habits)
    before = record()

    with pytest.raises(acts.Moved):
        write(held)

    assert record() == before


def test_a_known_key_writes_nothing_and_is_no_change(habits):
    key = uuid7()
    write(seen(habits[0]), key)
    before = record()

    again = write(seen(habits[0]), key)

    assert (again.repeated, record()) == (True, before)


def test_an_achievement_is_given_under_the_lock(habits):
    Achievement.objects.filter(pk=Achievement.objects.first().pk).update(
        is_active=True, criteria={"kind": "habit_total", "need": 1}
    )
    checkins.achievements.forget_catalogue()
    held = seen(habits[0])

    with pytest.raises(acts.Moved):
        write(held, count=4)
    outcome = check_in(habits[0], count=4)

    assert [badge.pk for badge in outcome.unlocked] == list(
        UserAchievement.objects.values_list("achievement_id", flat=True)
    )
    assert len(outcome.unlocked) == 1


def test_somebody_without_progress_begins_it_under_the_lock(committed):
    habit = UserHabitFactory(started_at=NOON - 3 * DAY)

    with pytest.raises(acts.Moved):
        seen(habit)
    check_in(habit)

    assert prepared_statements.fetch("SELECT count(*) FROM user_progress", []) == [(1,)]
