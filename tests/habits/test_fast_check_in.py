"""The fast path of a check-in writes what the plain path writes, or nothing if the rows it read have changed."""

import datetime as dt

import pytest
from django.db import transaction
from uuid6 import uuid7

from analytics.models import AppEvent
from core.db import prepared_statements
from gamification import achievements
from gamification.models import Achievement, ProgressDay, UserAchievement, UserProgress
from habits import archiving, check_in_locks, checkins, editing, fast_check_in, pauses
from habits.check_in_details import Details
from habits.checkins import CheckInRequest
from habits.enrollment import Choice
from habits.models import CheckInKey, Habit, HabitLog, UserHabit
from tests.clock import NOON
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.usefixtures("committed")

DAY = dt.timedelta(days=1)
TODAY = NOON.date()


@pytest.fixture
def habits(committed):
    """Two habits of a person who has nothing left to unlock and has checked in before."""
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


def read(habit):
    return fast_check_in.read(asked(habit))


def asked(habit, key=None, **how) -> CheckInRequest:
    return CheckInRequest(habit.user, habit.pk, key or uuid7(), NOON, TODAY, TODAY, prompt=True, **how)


def write(snapshot, key=None, **how):
    request = asked(snapshot.context.user_habit, key, **how)
    return fast_check_in.write(snapshot, request, decide=checkins.decide)


def fast(request):
    return fast_check_in.attempt(request, decide=checkins.decide)


def plain(request):
    context = check_in_locks.lock_context(request.user, request.user_habit_id, day=request.day)
    return checkins.write(request, context)


def record() -> tuple:
    """Everything that a check-in writes."""
    return (
        *(
            list(model.objects.order_by("pk").values())
            for model in (HabitLog, CheckInKey, UserHabit, UserProgress, ProgressDay)
        ),
        AppEvent.objects.count(),
    )


def test_what_is_as_it_was_seen_is_written_without_a_transaction(habits, django_assert_num_queries):
    with django_assert_num_queries(2):
        outcome = check_in(habits[0])

    assert (outcome.standing.count, outcome.repeated) == (2, False)
    assert HabitLog.objects.filter(pk=outcome.log_id).exists()


def test_the_rows_of_today_are_read_with_the_check_in(habits, django_assert_num_queries):
    with django_assert_num_queries(2):
        outcome = check_in(habits[0], wants_rows=True)

    assert [row.pk for row in outcome.context.rows.habits] == [habit.pk for habit in habits]


def written(check_in, request) -> tuple:
    """The outcome of a check-in and the rows after it, without their ids and times of writing.

    Rolled back.
    """
    with transaction.atomic():
        outcome = check_in(request)
        habit = UserHabit.objects.values().get(pk=request.user_habit_id)
        log = HabitLog.objects.values().get(pk=request.key)
        log["notes"] = HabitLog.objects.get(pk=request.key).notes  # unsealed
        event = AppEvent.objects.values("user_id", "event_type", "event_data", "occurred_at").latest("pk")
        progress = UserProgress.objects.values().get(user=request.user)
        days = list(ProgressDay.objects.filter(user=request.user).values("day", "counters"))
        keys = set(CheckInKey.objects.values_list("pk", "made_at"))
        transaction.set_rollback(True)
    for row in (habit, log):
        row.pop("created_at")
    del habit["updated_at"]
    told = (outcome.log_id, outcome.standing, outcome.unlocked, outcome.repeated)
    return told, habit, log, event, progress, days, keys


DETAILS = Details(mood=7, energy=3, note="좋았어요", place="gym", weather="rain")


@pytest.mark.parametrize(
    "how",
    [{"count": 2}, {"count": 4, "wants_rows": True}, {"count": 4}, {"count": 4, "details": DETAILS}, {"timed": False}],
)
def test_the_fast_path_writes_what_the_plain_path_writes(habits, how):
    request = asked(habits[0], **how)

    assert written(fast, request) == written(plain, request)


def test_a_repeated_key_has_the_same_outcome_on_both_paths(habits):
    request = asked(habits[0])
    fast(request)

    assert written(fast, request) == written(plain, request)


CHANGES = {
    "another check-in": lambda habit, _other: check_in(habit),
    "a check-in on another habit": lambda _habit, other: check_in(other),
    "an undo": lambda habit, _other: checkins.undo(habit.user, habit.pk, now=NOON),
    "a habit archived": lambda habit, _other: archiving.change_status(habit.user, habit.pk, status="archived", at=NOON),
    "another rule": lambda habit, _other: editing.edit_habit(
        habit.user, habit.pk, name="", choice=Choice("daily", {}, 2, None), at=NOON
    ),
    "a day skipped": lambda habit, _other: pauses.skip(habit.user, habit.pk, day=TODAY - DAY, at=NOON),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_since_writes_nothing(habits, change):
    snapshot = read(habits[0])
    CHANGES[change](*habits)
    before = record()

    with pytest.raises(fast_check_in.StaleSnapshot):
        write(snapshot)

    assert record() == before


def test_a_known_key_writes_nothing_and_is_no_change(habits):
    key = uuid7()
    write(read(habits[0]), key)
    before = record()

    again = write(read(habits[0]), key)

    assert (again.repeated, record()) == (True, before)


def test_an_achievement_is_given_under_the_lock(habits):
    Achievement.objects.filter(pk=Achievement.objects.first().pk).update(
        is_active=True, criteria={"kind": "habit_total", "need": 1}
    )
    achievements.forget_catalogue()
    snapshot = read(habits[0])

    with pytest.raises(fast_check_in.NeedsLock):
        write(snapshot, count=4)
    outcome = check_in(habits[0], count=4)

    assert [badge.pk for badge in outcome.unlocked] == list(
        UserAchievement.objects.values_list("achievement_id", flat=True)
    )
    assert len(outcome.unlocked) == 1


def test_somebody_without_progress_begins_it_under_the_lock(committed):
    habit = UserHabitFactory(started_at=NOON - 3 * DAY)

    with pytest.raises(fast_check_in.NeedsLock):
        read(habit)
    check_in(habit)

    assert prepared_statements.fetch("SELECT count(*) FROM user_progress", []) == [(1,)]
