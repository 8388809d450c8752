"""Rests: with or without an end, of one habit or of all; skipped days; rests that are ended early."""

import datetime as dt

import pytest
from uuid6 import uuid7

from coaching.crisis import flags
from coaching.crisis.words import Danger
from gamification.models import Achievement, UserProgress
from habits import archiving, checkins, pauses, streak_cache, streak_rollover
from habits.models import HabitRest, UserHabit
from habits.pages import today
from tests.clock import NOON
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = NOON.date()


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, started_at=NOON - 30 * DAY)


def check_in(habit, *, days_ago=0):
    at = NOON - days_ago * DAY
    return checkins.check_in(habit.user, habit.pk, key=uuid7(), at=at, now=at)


def on_today(person, *, after=0):
    page = today.page(person, now=NOON + after * DAY)
    return [row.name for group in page["groups"] for row in group["rows"]], page["paused"]


def status(habit):
    return UserHabit.objects.get(pk=habit.pk).status


def test_a_pause_with_dates_begins_and_ends_by_itself(habit, person):
    pauses.pause(person, habit.pk, starts_on=TODAY + DAY, ends_on=TODAY + 2 * DAY, at=NOON)

    waits = [on_today(person, after=days)[1] for days in range(4)]

    assert waits == ["", "쉬는 중 1개", "쉬는 중 1개", ""]
    assert status(habit) == "active"


def test_a_pause_without_an_end_sets_the_status(habit, person):
    pauses.pause(person, habit.pk, starts_on=TODAY, ends_on=None, at=NOON)

    row = UserHabit.objects.get(pk=habit.pk)
    assert (row.status, row.paused_at) == ("paused", NOON)


def test_activating_a_habit_ends_the_pause_with_yesterday(habit, person):
    pauses.pause(person, habit.pk, starts_on=TODAY - 3 * DAY, ends_on=TODAY + 3 * DAY, at=NOON)

    archiving.change_status(person, habit.pk, status="active", at=NOON)

    assert list(HabitRest.objects.values_list("starts_on", "ends_on")) == [(TODAY - 3 * DAY, TODAY - DAY)]
    assert on_today(person)[1] == ""


def test_a_pause_that_began_today_is_deleted(habit, person):
    rest = pauses.pause(person, habit.pk, starts_on=TODAY, ends_on=None, at=NOON)

    pauses.end(person, rest.pk, at=NOON)

    assert HabitRest.objects.count() == 0
    assert status(habit) == "active"


def test_all_habits_rest_together_and_those_chosen_later_too(habit, person):
    pauses.pause(person, None, starts_on=TODAY, ends_on=TODAY + DAY, at=NOON)
    UserHabitFactory(user=person, started_at=NOON)

    assert on_today(person) == ([], "쉬는 중 2개")


def test_resting_days_keep_the_streak_and_add_nothing(habit, person):
    check_in(habit, days_ago=4)
    pauses.pause(person, habit.pk, starts_on=TODAY - 3 * DAY, ends_on=TODAY - DAY, at=NOON)

    outcome = check_in(habit)

    assert (outcome.standing.streak.current, outcome.standing.streak.rested) == (2, 3)


def test_a_rest_of_past_days_repairs_the_streak(habit, person):
    check_in(habit, days_ago=3)
    check_in(habit)
    assert UserHabit.objects.get(pk=habit.pk).current_streak == 1

    for days_ago in (2, 1):
        pauses.skip(person, habit.pk, day=TODAY - days_ago * DAY, at=NOON)

    assert UserHabit.objects.get(pk=habit.pk).current_streak == 2


def test_a_day_skipped_twice_is_skipped_once(habit, person):
    rests = {pauses.skip(person, habit.pk, day=TODAY, at=NOON).pk for _twice in range(2)}

    assert len(rests) == HabitRest.objects.count() == 1


def test_a_skipped_today_stays_on_today_as_rest(habit, person):
    pauses.skip(person, habit.pk, day=TODAY, at=NOON)

    (group,) = today.page(person, now=NOON)["groups"]
    assert [row.state for row in group["rows"]] == ["rest"]


def test_a_resting_habit_is_not_needed_for_a_perfect_day(habit, person):
    Achievement.objects.update(is_active=False)
    other = UserHabitFactory(user=person, started_at=NOON - DAY)
    pauses.skip(person, other.pk, day=TODAY, at=NOON)

    check_in(habit)

    assert UserProgress.objects.get().counters["perfect"] == 1


def test_today_reads_for_each_habit_only_the_rests_that_concern_it(habit, person):
    other = UserHabitFactory(user=person)
    for whose in (habit.pk, other.pk, None):
        pauses.skip(person, whose, day=TODAY, at=NOON)

    [read] = streak_cache.with_rests(UserHabit.objects.filter(pk=habit.pk), day=TODAY)

    assert {rest.user_habit_id for rest in streak_cache.rests_around(read)} == {habit.pk, None}


@pytest.mark.parametrize(
    ("starts", "ends", "refusal"),
    [(0, -1, pauses.EndsBeforeItBegins), (-400, 0, pauses.OutOfReach), (0, 400, pauses.OutOfReach)],
)
def test_invalid_dates_are_refused(habit, person, starts, ends, refusal):
    with pytest.raises(refusal):
        pauses.pause(person, habit.pk, starts_on=TODAY + starts * DAY, ends_on=TODAY + ends * DAY, at=NOON)

    assert HabitRest.objects.count() == 0


def test_nobody_ends_anothers_rest(habit, person, stranger):
    rest = pauses.skip(person, habit.pk, day=TODAY, at=NOON)

    pauses.end(stranger, rest.pk, at=NOON)

    assert HabitRest.objects.filter(pk=rest.pk).exists()


def test_the_day_after_a_freeze_names_the_protected_day(person):
    book = UserHabitFactory(user=person, custom_name="책 읽기", started_at=NOON - 30 * DAY)
    for days_ago in range(9, 1, -1):
        check_in(book, days_ago=days_ago)

    (note,) = today.page(person, now=NOON)["notes"]

    assert note["text"] == "어제 책 읽기는 지킴이가 지켰어요. 8일은 그대로예요."
    assert today.page(person, now=NOON + DAY)["notes"] == []


def test_on_a_quiet_day_nothing_is_said_of_a_freeze(person):
    book = UserHabitFactory(user=person, custom_name="책 읽기", started_at=NOON - 30 * DAY)
    for days_ago in range(9, 1, -1):
        check_in(book, days_ago=days_ago)
    flags.raise_flag(person, Danger.SELF_HARM, at=NOON - dt.timedelta(hours=1))

    assert today.page(person, now=NOON)["notes"] == []


def test_a_stored_state_gives_the_day_without_reading_logs(person, django_assert_num_queries):
    book = UserHabitFactory(user=person, started_at=NOON - 30 * DAY)
    for days_ago in range(9, 1, -1):
        check_in(book, days_ago=days_ago)
    row = UserHabit.objects.select_related("habit__category", "user").get(pk=book.pk)

    with django_assert_num_queries(0):
        standing = streak_cache.current(row, today=TODAY, calendar=person.calendar, rests=[])

    assert standing.streak.protected_on == TODAY - DAY


def test_a_paused_habit_stays_paused_when_another_rest_of_it_ends(habit, person):
    skipped = pauses.skip(person, habit.pk, day=TODAY - 7 * DAY, at=NOON)
    dated = pauses.pause(person, habit.pk, starts_on=TODAY - 9 * DAY, ends_on=TODAY + DAY, at=NOON)
    paused = pauses.pause(person, habit.pk, starts_on=TODAY - 2 * DAY, ends_on=None, at=NOON)

    for rest in (skipped, dated):
        pauses.end(person, rest.pk, at=NOON)
        assert status(habit) == "paused"
        assert on_today(person) == ([], "쉬는 중 1개")

    pauses.end(person, paused.pk, at=NOON)
    assert status(habit) == "active"


def test_a_pause_with_an_end_outlasts_the_one_without(habit, person):
    pauses.pause(person, habit.pk, starts_on=TODAY - DAY, ends_on=TODAY + DAY, at=NOON)
    paused = pauses.pause(person, habit.pk, starts_on=TODAY - 2 * DAY, ends_on=None, at=NOON)

    pauses.end(person, paused.pk, at=NOON)

    assert [on_today(person, after=days)[1] for days in range(3)] == ["쉬는 중 1개", "쉬는 중 1개", ""]


def skip_it(person, habit, day, at):
    pauses.skip(person, habit.pk, day=day, at=at)


def skip_all(person, habit, day, at):
    pauses.skip(person, None, day=day, at=at)


def pause_it(person, habit, day, at):
    pauses.pause(person, habit.pk, starts_on=day, ends_on=day, at=at)


def pause_and_end_it(person, habit, day, at):
    rest = pauses.pause(person, habit.pk, starts_on=day - DAY, ends_on=day, at=at)
    pauses.end(person, rest.pk, at=at)


def pause_it_by_status(person, habit, day, at):
    archiving.change_status(person, habit.pk, status="paused", at=at)


RESTS = [skip_it, skip_all, pause_it, pause_and_end_it, pause_it_by_status]


@pytest.mark.parametrize("rest", RESTS)
@pytest.mark.parametrize(
    ("east", "west"),
    [
        ({"timezone": "Pacific/Kiritimati"}, {"timezone": "America/New_York"}),
        ({"day_start": 0}, {"day_start": 4}),
    ],
)
def test_a_rest_of_a_day_that_is_closed_elsewhere_replays(person, rest, east, west):
    """The last day is empty and closed; then it is today again, rests, and closes again."""
    change(person, east)
    midnight = person.calendar.at(TODAY, dt.time(0, 30))
    habit = UserHabitFactory(user=person, started_at=midnight - 6 * DAY - dt.timedelta(hours=6))
    for days_ago in range(7, 1, -1):
        at = midnight - days_ago * DAY + dt.timedelta(hours=12)
        checkins.check_in(person, habit.pk, key=uuid7(), at=at, now=at)
    streak_rollover.roll_over(now=midnight)

    change(person, west)
    rest(person, habit, person.calendar.day_of(midnight), midnight)
    change(person, east)

    assert_stored_equals_replay(person, habit, today=person.calendar.day_of(midnight))


@pytest.fixture
def paused_before_a_journey(habit, person):
    """Paused until further notice by its status; then it is one or two days earlier where the person is."""
    change(person, {"timezone": "Pacific/Kiritimati"})
    archiving.change_status(person, habit.pk, status="paused", at=NOON)
    change(person, {"timezone": "Pacific/Pago_Pago"})
    assert habit.rests.get().starts_on > person.calendar.day_of(NOON)
    return habit


def test_activating_after_a_journey_westwards_ends_the_pause_that_began_there(paused_before_a_journey, person):
    archiving.change_status(person, paused_before_a_journey.pk, status="active", at=NOON)

    assert not HabitRest.objects.exists()
    assert status(paused_before_a_journey) == "active"


def test_activating_after_a_journey_westwards_leaves_a_pause_that_is_planned(paused_before_a_journey, person):
    later = TODAY + 5 * DAY
    pauses.pause(person, paused_before_a_journey.pk, starts_on=later, ends_on=None, at=NOON)

    archiving.change_status(person, paused_before_a_journey.pk, status="active", at=NOON)

    assert [rest.starts_on for rest in HabitRest.objects.all()] == [later]


def test_ending_another_rest_after_a_journey_westwards_keeps_the_habit_paused(paused_before_a_journey, person):
    skipped = pauses.skip(person, paused_before_a_journey.pk, day=person.calendar.day_of(NOON), at=NOON)

    pauses.end(person, skipped.pk, at=NOON)

    assert status(paused_before_a_journey) == "paused"
    assert HabitRest.objects.get().ends_on is None


def test_ending_the_pause_of_the_status_leaves_one_that_is_planned(paused_before_a_journey, person):
    rest, later = paused_before_a_journey.rests.get(), TODAY + 5 * DAY
    pauses.pause(person, paused_before_a_journey.pk, starts_on=later, ends_on=None, at=NOON)

    pauses.end(person, rest.pk, at=NOON)

    assert [rest.starts_on for rest in HabitRest.objects.all()] == [later]
    assert status(paused_before_a_journey) == "active"


def change(person, values):
    for name, value in values.items():
        setattr(person, name, value)
    person.save()


def assert_stored_equals_replay(person, habit, *, today):
    row = UserHabit.objects.get(pk=habit.pk)
    rests = streak_cache.rests_of(row, since=row.streak_through)
    stored = streak_cache.current(row, today=today, calendar=person.calendar, rests=rests)
    counts = streak_cache.counts_by_day(row)
    replay = streak_cache.replay(row, today=today, calendar=person.calendar, counts=counts)
    assert stored.streak == replay.streak
    assert stored.state == replay.state
