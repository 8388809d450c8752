"""Corrections: check-ins added, changed and removed later, each with its row in the trail."""

import datetime as dt

import pytest
from uuid6 import uuid7

from gamification.models import Achievement, UserAchievement, UserProgress
from habits import check_in_details, checkins, corrections, streak_cache
from habits.check_in_details import Details
from habits.models import HabitLog, HabitLogEdit, UserHabit
from tests.clock import NOON
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import AchievementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health")]

DAY = dt.timedelta(days=1)
TODAY = NOON.date()


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, started_at=NOON - 30 * DAY)


def add(habit, *, day=TODAY, **kwargs):
    return corrections.add(habit.user, habit.pk, key=uuid7(), day=day, now=NOON, **kwargs)


def kept(habit):
    return UserHabit.objects.values_list("current_streak", "best_streak", "total_completions").get(pk=habit.pk)


def trail(habit):
    return list(habit.edits.order_by("created_at", "id").values_list("kind", "before", "after"))


def test_a_day_filled_in_joins_the_streaks_beside_it(habit):
    for days_ago in (3, 1, 0):
        checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON - days_ago * DAY, now=NOON)

    outcome = add(habit, day=TODAY - 2 * DAY)

    assert outcome.standing.streak.current == 4
    assert kept(habit) == (4, 4, 4)


def test_a_day_before_the_start_begins_an_at_least_habit_earlier(habit):
    add(habit, day=TODAY - 40 * DAY)

    ledger = streak_cache.replay(
        habit, today=TODAY, calendar=habit.user.calendar, counts=streak_cache.counts_by_day(habit)
    ).ledger
    assert ledger[0].day == TODAY - 40 * DAY


def test_a_day_before_the_start_is_refused_for_an_at_most_habit(person):
    coffee = UserHabitFactory(user=person, direction="at_most", target_count=2, started_at=NOON - 3 * DAY)

    with pytest.raises(checkins.TooOld):
        add(coffee, day=TODAY - 4 * DAY)

    assert HabitLog.objects.count() == 0


@pytest.mark.parametrize(
    ("day", "clock"), [(TODAY + DAY, None), (TODAY, dt.time(23, 59))], ids=["tomorrow", "later today"]
)
def test_the_future_is_refused(habit, day, clock):
    with pytest.raises(checkins.InTheFuture):
        add(habit, day=day, clock=clock)


def test_a_day_eleven_years_ago_is_refused(habit):
    with pytest.raises(checkins.TooOld):
        add(habit, day=TODAY - 4000 * DAY)


def test_the_time_is_in_the_persons_zone(habit):
    outcome = add(habit, day=TODAY - DAY, clock=dt.time(22, 10))

    log = HabitLog.objects.get(pk=outcome.log_id)
    assert log.completed_at == NOON - DAY + dt.timedelta(hours=10, minutes=10)
    assert log.local_date == TODAY - DAY


def test_the_same_key_is_added_once(habit):
    key = uuid7()

    again = [corrections.add(habit.user, habit.pk, key=key, day=TODAY - DAY, now=NOON).repeated for _twice in range(2)]

    assert again == [False, True]
    assert (HabitLog.objects.count(), HabitLogEdit.objects.count()) == (1, 1)


def test_an_edit_records_the_values_before_it_and_never_the_text_of_a_note(habit):
    log_id = add(habit, day=TODAY - DAY, clock=dt.time(9), details=Details(mood=4, note="비밀")).log_id

    corrections.edit(
        habit.user,
        habit.pk,
        log_id,
        count=2,
        clock=dt.time(10),
        details=Details(mood=8, note="다른 비밀", place="home"),
        now=NOON,
    )

    (_added, (kind, before, after)) = trail(habit)
    day = (NOON - DAY).date().isoformat()
    assert kind == "changed"
    assert before == {"count": 1, "at": f"{day}T00:00+00:00", "mood": 4, "note": True}
    assert after == {"count": 2, "at": f"{day}T01:00+00:00", "mood": 8, "note": True, "place": "home"}
    assert HabitLog.objects.get(pk=log_id).notes == "다른 비밀"


def test_an_edit_that_changes_nothing_leaves_no_trail(habit):
    log_id = add(habit, clock=dt.time(9)).log_id

    corrections.edit(
        habit.user, habit.pk, log_id, count=1, clock=dt.time(9), details=check_in_details.NO_DETAILS, now=NOON
    )

    assert trail(habit) == []


def test_a_changed_amount_changes_the_streak(person):
    water = UserHabitFactory(user=person, target_count=8, started_at=NOON - 5 * DAY)
    log_id = add(water, day=TODAY - DAY, count=3).log_id

    outcome = corrections.edit(
        person, water.pk, log_id, count=8, clock=dt.time(12), details=check_in_details.NO_DETAILS, now=NOON
    )

    assert outcome.standing.streak.current == 1


def test_an_edit_moves_a_log_into_the_partition_of_its_time(habit):
    first = TODAY.replace(day=1) - DAY
    log_id = add(habit, day=first.replace(day=1), clock=dt.time(8)).log_id

    # Eight in the morning in Seoul is the evening before in UTC: another month.
    corrections.edit(
        habit.user, habit.pk, log_id, count=1, clock=dt.time(12), details=check_in_details.NO_DETAILS, now=NOON
    )

    log = HabitLog.objects.get(pk=log_id)
    assert (log.completed_at.hour, log.local_date) == (3, first.replace(day=1))


def test_removing_leaves_a_trail_and_takes_the_streak_along(habit):
    log_id = add(habit, day=TODAY - DAY).log_id

    corrections.remove(habit.user, habit.pk, log_id, now=NOON)

    assert kept(habit) == (0, 0, 0)
    assert [kind for kind, _before, _after in trail(habit)] == ["added", "removed"]
    assert corrections.remove(habit.user, habit.pk, log_id, now=NOON) is None


def test_a_typed_total_adds_what_is_missing_and_takes_what_is_too_much(person):
    steps = UserHabitFactory(user=person, target_count=10_000, started_at=NOON - DAY)
    for count in (1000, 3000):
        checkins.check_in(person, steps.pk, key=uuid7(), at=NOON, now=NOON, count=count)

    totals = []
    for total in (10_432, 3500, 0, 0):
        corrections.set_total(person, steps.pk, key=uuid7(), day=TODAY, total=total, now=NOON)
        totals.append(streak_cache.counts_on(steps, day=TODAY))

    assert totals == [10_432, 3500, 0, 0]
    assert HabitLog.objects.count() == 0


def test_corrections_update_the_counters_of_achievements(habit):
    Achievement.objects.update(is_active=False)
    log_id = add(habit, day=TODAY - DAY, details=Details(note="하나", weather="rain")).log_id
    corrections.edit(
        habit.user, habit.pk, log_id, count=1, clock=dt.time(12), details=Details(mood=6, weather="snow"), now=NOON
    )
    said = UserProgress.objects.get().counters

    corrections.remove(habit.user, habit.pk, log_id, now=NOON)

    assert {name: n for name, n in said.items() if name.startswith(("noted", "weather"))} == {
        "noted.mood": 1,
        "weather.snow": 1,
    }
    assert UserProgress.objects.get().counters == {}


def test_unlocked_achievements_stay_when_their_day_is_removed(habit):
    Achievement.objects.update(is_active=False)
    AchievementFactory(id="first", criteria={"kind": "total", "need": 1})
    log_id = add(habit, day=TODAY - DAY).log_id

    corrections.remove(habit.user, habit.pk, log_id, now=NOON)

    assert UserAchievement.objects.count() == 1


def test_without_consent_no_health_data_is_added_and_earlier_details_stay(habit, person):
    log_id = add(habit, day=TODAY - DAY, details=Details(mood=4, note="그대로")).log_id
    person.privacy_settings = {}
    person.save()

    with pytest.raises(check_in_details.NotShared):
        add(habit, details=Details(place="home"))
    corrections.edit(person, habit.pk, log_id, count=2, clock=dt.time(12), details=Details(weather="rain"), now=NOON)

    log = HabitLog.objects.get(pk=log_id)
    assert (log.mood_score, log.notes, log.weather) == (4, "그대로", "rain")


def test_a_check_in_without_consent_stores_no_health_data(stranger):
    habit = UserHabitFactory(user=stranger, started_at=NOON - DAY)

    with pytest.raises(check_in_details.NotShared):
        checkins.check_in(stranger, habit.pk, key=uuid7(), at=NOON, now=NOON, details=Details(mood=8))

    assert HabitLog.objects.count() == 0
    checkins.check_in(stranger, habit.pk, key=uuid7(), at=NOON, now=NOON, details=Details(weather="snow"))
    assert UserProgress.objects.get().counters["weather.snow"] == 1


def test_the_last_place_and_weather_are_offered_and_not_stored(habit):
    checkins.check_in(
        habit.user, habit.pk, key=uuid7(), at=NOON - DAY, now=NOON, details=Details(place="gym", weather="cold")
    )
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON, now=NOON)

    assert check_in_details.remembered(habit.user, at=NOON) == Details(place="gym", weather="cold")
    assert HabitLog.objects.filter(location="gym").count() == 1


def test_unknown_values_of_imported_logs_are_ignored(habit):
    log = HabitLogFactory(user_habit=habit, location="🏔️ Halla", weather="sleet", completed_at=NOON)

    assert Details.of(log) == Details()


def test_anothers_habit_does_not_exist(habit, stranger):
    log_id = add(habit).log_id

    for deed in (
        lambda: corrections.add(stranger, habit.pk, key=uuid7(), day=TODAY, now=NOON),
        lambda: corrections.remove(stranger, habit.pk, log_id, now=NOON),
        lambda: corrections.set_total(stranger, habit.pk, key=uuid7(), day=TODAY, total=3, now=NOON),
    ):
        with pytest.raises(UserHabit.DoesNotExist):
            deed()


def hours():
    return list(HabitLog.objects.order_by("created_at", "id").values_list("local_hour", flat=True))


def test_a_check_in_keeps_the_persons_local_hour(habit):
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON, now=NOON)
    habit.user.timezone = "America/New_York"
    habit.user.save()
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON + dt.timedelta(minutes=1), now=NOON + DAY)

    assert hours() == [12, habit.user.calendar.hour_of(NOON)]


def test_an_hour_is_stored_only_if_a_time_was_given(habit):
    log = HabitLog.objects.get(pk=add(habit, day=TODAY - DAY).log_id)
    assert hours() == [None]

    corrections.edit(
        habit.user, habit.pk, log.pk, count=1, clock=dt.time(21, 5), details=check_in_details.NO_DETAILS, now=NOON
    )

    assert hours() == [21]


def streak_counts(habit):
    return list(HabitLog.objects.filter(user_habit=habit).order_by("local_date").values_list("streak_count", flat=True))


def test_a_check_in_stores_the_streak_with_it_on_its_day(habit):
    for days_ago in range(8, 0, -1):
        add(habit, day=TODAY - days_ago * DAY)
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON, now=NOON)

    assert streak_counts(habit) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_a_day_filled_in_stores_the_streak_of_its_own_day(habit):
    for days_ago in (4, 3, 1, 0):
        checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON - days_ago * DAY, now=NOON - days_ago * DAY)

    add(habit, day=TODAY - 2 * DAY)

    # Later logs keep what was known when they were written.
    assert streak_counts(habit) == [1, 2, 3, 1, 2]


def test_a_corrected_check_in_stores_the_streak_with_it(person):
    water = UserHabitFactory(user=person, target_count=2, started_at=NOON - 30 * DAY)
    for days_ago, count in ((3, 2), (2, 1), (1, 2)):
        add(water, day=TODAY - days_ago * DAY, count=count)
    partly = HabitLog.objects.get(user_habit=water, local_date=TODAY - 2 * DAY)
    assert streak_counts(water) == [1, 1, 1]

    corrections.edit(person, water.pk, partly.pk, count=2, clock=dt.time(12), details=Details(), now=NOON)

    assert streak_counts(water) == [1, 2, 1]


def test_the_first_check_in_after_a_journey_west_stores_the_streak_with_it(person):
    person.timezone = "Pacific/Kiritimati"
    person.save()
    habit = UserHabitFactory(user=person, started_at=NOON - 30 * DAY)
    for days_ago in (2, 1, 0):
        checkins.check_in(person, habit.pk, key=uuid7(), at=NOON - days_ago * DAY, now=NOON - days_ago * DAY)

    person.timezone = "Pacific/Pago_Pago"
    person.save()
    outcome = checkins.check_in(person, habit.pk, key=uuid7(), at=NOON, now=NOON)

    log = HabitLog.objects.get(pk=outcome.log_id)
    assert log.streak_count == outcome.standing.streak.current == 2
