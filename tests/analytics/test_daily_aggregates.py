"""The daily aggregates equal the slow oracle, whenever and however often they are filled."""

import datetime as dt
import threading
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.days import ONE_DAY
from accounts.models import User
from analytics import daily_aggregates, fill_ledger
from analytics.fill_ledger import USER_ANALYTICS, Zone
from analytics.models import AggregateFill, StaleAggregate, UserAnalytics
from habits import archiving, streak_rollover
from habits.models import HabitLog, HabitRest
from tests.analytics import histories
from tests.analytics.aggregate_oracle import differences, written
from tests.analytics.histories import rng
from tests.at_once import at_once, backend, someone_waits_for
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import AppEventFactory, UserAnalyticsFactory
from tests.waiting import PATIENCE, eventually

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2026, 9, 20), dt.date(2026, 10, 5)


def after(user: User, day: dt.date) -> dt.datetime:
    """An hour after the person's day has ended."""
    return user.calendar.bounds(day)[1] + dt.timedelta(hours=1)


def fill_days(user: User, first: dt.date, last: dt.date) -> None:
    zone = Zone(user.timezone, user.day_start)
    for n in range((last - first).days + 1):
        daily_aggregates.fill(zone, first + n * ONE_DAY)


@pytest.mark.parametrize(
    ("seed", "zone"), [(0, "Asia/Seoul"), (1, "America/New_York"), (2, "Asia/Seoul"), (3, "Asia/Seoul")]
)
def test_every_day_equals_the_oracle_when_nothing_had_been_filled(seed, zone):
    user = histories.person(rng(seed), FIRST, LAST, zone=zone)

    daily_aggregates.catch_up(now=after(user, LAST))

    assert differences(user, FIRST - ONE_DAY, LAST) == {}
    assert not StaleAggregate.objects.exists()


@pytest.mark.parametrize("seed", range(3))
def test_the_nightly_statement_alone_equals_the_oracle_with_the_states_of_the_rows(seed):
    user = histories.person(rng(seed), LAST - 12 * ONE_DAY, LAST)
    StaleAggregate.objects.all().delete()
    streak_rollover.roll_over(now=after(user, LAST))

    fill_days(user, LAST, LAST)

    assert not StaleAggregate.objects.exists()
    assert differences(user, LAST, LAST) == {}


def test_ten_days_without_beat_are_filled_in_order():
    user = histories.person(rng(7), FIRST, LAST)
    daily_aggregates.catch_up(now=after(user, LAST - 10 * ONE_DAY))
    zone = Zone(user.timezone, user.day_start)
    assert fill_ledger.missing(USER_ANALYTICS, zone, now=after(user, LAST)) == [
        LAST - n * ONE_DAY for n in range(9, -1, -1)
    ]

    assert daily_aggregates.fill_zone(zone, now=after(user, LAST)) == 10
    daily_aggregates.redo_stale(now=after(user, LAST))

    assert differences(user, FIRST, LAST) == {}
    done = AggregateFill.objects.filter(state="done", zone=zone.name, day_start=zone.day_start).order_by(
        "done_at", "counted_on"
    )
    assert list(done.values_list("counted_on", flat=True)) == [LAST - n * ONE_DAY for n in range(10, -1, -1)]


class Killed(BaseException):
    """Not caught by `except Exception`, like the end of a process."""


@pytest.mark.parametrize("statement", [3, 6, 8, 10, 13, 22])
def test_killed_at_any_statement_a_second_run_gives_the_same_tables(statement):
    user = histories.person(rng(3), LAST - 8 * ONE_DAY, LAST, habits=2)
    seen = 0

    def kill(execute, *args):
        nonlocal seen
        seen += 1
        if seen == statement:
            raise Killed
        return execute(*args)

    with connection.execute_wrapper(kill), pytest.raises(Killed):
        daily_aggregates.catch_up(now=after(user, LAST - 2 * ONE_DAY))
    daily_aggregates.catch_up(now=after(user, LAST))

    assert differences(user, LAST - 9 * ONE_DAY, LAST) == {}
    assert not AggregateFill.objects.exclude(state="done").exists()
    assert not StaleAggregate.objects.exists()


def add_past(user, habit, day):
    histories.check_in(rng(1), habit, day)


def remove_past(user, habit, day):
    HabitLog.objects.filter(user_habit=habit, local_date__lte=day).latest("local_date").delete()


def change_mood(user, habit, day):
    HabitLog.objects.filter(user_habit=habit, local_date__lte=day).update(mood_score=9, completed_count=3)


def rest_in_the_past(user, habit, day):
    HabitRest.objects.create(user=user, user_habit=habit, kind="skip", starts_on=day, ends_on=day)


def remove_rest(user, habit, day):
    HabitRest.objects.filter(user=user).delete()


def change_rule(user, habit, day):
    habit.rules, habit.target_count, habit.direction = None, 2, "at_least"
    habit.save()


def begin_another(user, habit, day):
    histories.habit(rng(5), user, day, LAST)


def delete_habit(user, habit, day):
    habit.delete()


def change_week(user, habit, day):
    User.objects.filter(pk=user.pk).update(week_start=8 - user.week_start)


@pytest.mark.parametrize(
    "change",
    [
        add_past,
        remove_past,
        change_mood,
        rest_in_the_past,
        remove_rest,
        change_rule,
        begin_another,
        delete_habit,
        change_week,
    ],
)
def test_after_a_late_change_only_its_person_is_redone(change):
    user, other = (histories.person(rng(seed), FIRST, LAST) for seed in (11, 12))
    User.objects.update(day_start=0)
    daily_aggregates.catch_up(now=after(user, LAST))
    before = written(other)
    habit = user.habits.order_by("pk").first()
    HabitRest.objects.create(user=user, user_habit=habit, kind="skip", starts_on=LAST, ends_on=LAST)
    daily_aggregates.redo_stale(now=after(user, LAST))

    change(user, habit, LAST - 6 * ONE_DAY)
    user = User.objects.get(pk=user.pk)

    assert set(StaleAggregate.objects.values_list("user", flat=True)) == {user.pk}
    assert daily_aggregates.redo_stale(now=after(user, LAST)) == 1
    assert differences(user, FIRST - ONE_DAY, LAST) == {}
    assert written(other) == before


def test_the_planner_leaves_out_the_partitions_of_other_months(person):
    # Otherwise each habit's check-ins would cost a look into all months, and reading everybody's whole day would seem cheaper.
    HabitLogFactory(
        user_habit=UserHabitFactory(user=person), local_date=LAST, completed_at=after(person, LAST - ONE_DAY)
    )

    with CaptureQueriesContext(connection) as queries:
        assert daily_aggregates.redo_stale(now=after(person, LAST)) == 1

    [statement] = [one["sql"] for one in queries if "MERGE" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement[statement.index("WITH asked") :].replace("%", "%%"), [])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "habit_logs" in plan
    assert "Subplans Removed" not in plan


def test_todays_check_in_marks_nothing_and_yesterdays_does(person):
    habit = UserHabitFactory(user=person, started_on=timezone.now().date() - 5 * ONE_DAY)
    StaleAggregate.objects.all().delete()
    today = person.calendar.day_of(timezone.now())

    HabitLogFactory(user_habit=habit, local_date=today + ONE_DAY)
    assert not StaleAggregate.objects.exists()

    HabitLogFactory(user_habit=habit, local_date=today - ONE_DAY)
    assert StaleAggregate.objects.get().begins_on == today - ONE_DAY


def test_a_change_while_the_redo_runs_keeps_its_mark():
    user = histories.person(rng(2), LAST - 5 * ONE_DAY, LAST, habits=1)
    now, habit = after(user, LAST), user.habits.get()
    redo = daily_aggregates._redo_days

    def change_meanwhile(*args):
        redo(*args)
        # Another transaction: its number differs.
        StaleAggregate.objects.filter(user=user).update(marked_in=1, begins_on=LAST)
        histories.check_in(rng(9), habit, LAST)

    mark = StaleAggregate.objects.select_related("user").get(user=user)
    with patch.object(daily_aggregates, "_redo_days", change_meanwhile):
        daily_aggregates._redo(mark, now=now)
    StaleAggregate.objects.filter(user=user, marked_in=1).update(marked_in=2)

    daily_aggregates.redo_stale(now=now)
    assert differences(user, LAST - 6 * ONE_DAY, LAST) == {}


@pytest.mark.parametrize("day_start", [0, 4])
@pytest.mark.parametrize(("month", "hours"), [(3, 23), (11, 25)])
def test_a_check_in_a_day_at_half_past_eleven_is_one_a_day_through_a_clock_change(day_start, month, hours):
    user = UserFactory(timezone="America/New_York", day_start=day_start)
    changed = dt.date(2026, 3, 8) if month == 3 else dt.date(2026, 11, 1)
    first, last = changed - 3 * ONE_DAY, changed + 3 * ONE_DAY
    habit = UserHabitFactory(user=user, started_on=first)
    for n in range(7):
        at = user.calendar.at(first + n * ONE_DAY, dt.time(23, 30))
        HabitLogFactory(user_habit=habit, completed_at=at)
        AppEventFactory(user=user, occurred_at=at)

    daily_aggregates.catch_up(now=after(user, last))

    lengths = {(until - since) for since, until in (user.calendar.bounds(first + n * ONE_DAY) for n in range(7))}
    assert dt.timedelta(hours=hours) in lengths
    rows = UserAnalytics.objects.filter(user=user).order_by("date")
    assert [(one.total_habits, one.completed_habits, one.app_opens) for one in rows] == [(1, 1, 1)] * 7
    assert differences(user, first, last) == {}


@pytest.mark.parametrize(
    ("before", "then"), [("America/Los_Angeles", "Asia/Seoul"), ("Asia/Seoul", "America/Los_Angeles")]
)
def test_days_around_a_move_are_redone_by_the_new_zone_and_older_ones_stay(before, then):
    today = timezone.now().date()
    first, last = today - 12 * ONE_DAY, today - ONE_DAY
    user = histories.person(rng(4), first, last, zone=before)
    now = after(user, last)
    daily_aggregates.catch_up(now=now)
    lived = written(user)
    user.timezone = then
    user.save()
    [mark] = StaleAggregate.objects.all()
    assert differences(user, mark.begins_on, last)

    now = max(now, after(user, last))
    daily_aggregates.catch_up(now=now)

    assert not StaleAggregate.objects.exists()
    assert mark.user_id == user.pk
    assert (today - mark.begins_on).days == 3
    # The person lived those days where they were: they keep what they said.
    older = {day: row for day, row in lived.items() if day < mark.begins_on}
    assert older
    assert {day: row for day, row in written(user).items() if day < mark.begins_on} == older
    assert differences(user, mark.begins_on, last) == {}


def test_an_erased_person_keeps_their_rows_as_they_are(person):
    habit = UserHabitFactory(user=person, started_on=FIRST)
    HabitLogFactory(user_habit=habit, local_date=LAST, completed_at=dt.datetime(2026, 10, 5, 3, tzinfo=dt.UTC))
    daily_aggregates.catch_up(now=after(person, LAST))
    rows = written(person)
    User.objects.filter(pk=person.pk).update(anonymised_at=timezone.now())
    habit.delete()

    daily_aggregates.catch_up(now=after(person, LAST + ONE_DAY))

    assert written(person) == rows
    assert rows[LAST][1] == 1


def test_an_archived_habit_is_asked_for_no_longer(person):
    day = person.calendar.day_of(timezone.now())
    habit = UserHabitFactory(user=person, started_on=day - ONE_DAY)
    archiving.change_status(person, habit.pk, status="archived", at=timezone.now())

    daily_aggregates.catch_up(now=after(person, day))

    assert [row[0] for _day, row in sorted(written(person).items())] == [1]
    assert differences(person, day - ONE_DAY, day) == {}


def test_a_gap_is_named_after_hours_and_gone_when_it_is_filled(person):
    now = after(person, LAST)
    assert fill_ledger.behind(now) == []
    daily_aggregates.catch_up(now=now)

    assert fill_ledger.behind(now + dt.timedelta(hours=24)) == []
    assert fill_ledger.behind(now + dt.timedelta(hours=30)) == ["user_analytics Asia/Seoul 0"]

    daily_aggregates.catch_up(now=now + dt.timedelta(hours=30))
    assert fill_ledger.behind(now + dt.timedelta(hours=30)) == []


def test_what_fails_for_one_stops_no_other(person, stranger):
    broken, whole = (UserHabitFactory(user=user, started_on=LAST) for user in (person, stranger))
    daily_aggregates.catch_up(now=after(person, LAST))
    broken.rules = [
        {"from": "2026-01-01", "frequency": "sometimes", "schedule": {}, "target": 1, "unit": "", "direction": "?"}
    ]
    for habit in (broken, whole):
        habit.target_count = 2
        habit.save()

    assert daily_aggregates.redo_stale(now=after(person, LAST)) == 1
    assert [mark.user_id for mark in StaleAggregate.objects.all()] == [person.pk]


def test_a_zone_that_fails_stops_no_other(person, stranger):
    User.objects.filter(pk=person.pk).update(timezone="Africa/Nowhere")
    UserHabitFactory(user=stranger, started_on=LAST)

    assert daily_aggregates.catch_up(now=after(stranger, LAST))[0] == 1
    assert written(stranger)[LAST][0] == 1


def test_a_row_that_another_run_writes_meanwhile_gets_the_numbers_too(committed):
    user = histories.person(rng(4), LAST - 3 * ONE_DAY, LAST, habits=2)
    streak_rollover.roll_over(now=after(user, LAST))
    written_first = threading.Event()

    def write_and_wait() -> None:
        with transaction.atomic():
            UserAnalyticsFactory(user=user, date=LAST, total_habits=99)
            written_first.set()
            assert eventually(lambda: someone_waits_for(backend()))

    def fill() -> None:
        assert written_first.wait(PATIENCE)
        daily_aggregates.fill(Zone(user.timezone, user.day_start), LAST)

    assert at_once(2, lambda number: (write_and_wait, fill)[number]()) == [None, None]
    assert differences(user, LAST, LAST) == {}
