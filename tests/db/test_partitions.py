"""Partitions are created ahead of time; earlier rows move in from DEFAULT."""

import datetime as dt
import io
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from uuid6 import uuid7

from analytics.models import AppEvent
from core import events
from core.db import partitions
from core.db.partitions import Month
from habits import checkins
from habits.models import HabitLog, UserHabit
from tests.at_once import at_once
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import AppEventFactory
from wellness import health
from wellness.tasks import maintain_partitions

FAR = Month(dt.date(2031, 1, 1))
TODAY = dt.datetime.now(dt.UTC).date()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def run(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def lies_in(row) -> str:
    table = row._meta.db_table
    return run(f"SELECT tableoid::regclass::text FROM {table} WHERE id = '{row.pk}'")[0][0]


def errors(caplog) -> list[dict]:
    said = [line.msg for line in caplog.records if line.levelname == "ERROR" and isinstance(line.msg, dict)]
    return [line for line in said if line["event"] == "rows wait in a default partition"]


def make_far(table: str = "app_events", column: str = "occurred_at") -> list[str]:
    return partitions.ensure_months(table, column, [FAR])


def test_months_are_counted_across_years():
    november = Month.of(dt.date(2026, 11, 22))

    assert [month.table("habit_logs") for month in partitions.around(dt.date(2026, 11, 22), back=1)] == [
        "habit_logs_y2026m10",
        "habit_logs_y2026m11",
        "habit_logs_y2026m12",
        "habit_logs_y2027m01",
        "habit_logs_y2027m02",
    ]
    assert november.plus(-11) == Month(dt.date(2025, 12, 1))
    assert partitions.between(dt.date(2026, 11, 30), dt.date(2027, 1, 1)) == [
        november,
        november.plus(1),
        november.plus(2),
    ]


@pytest.mark.django_db
def test_a_month_is_made_once():
    assert make_far() == ["app_events_y2031m01"]
    assert make_far() == []


@pytest.mark.django_db
def test_who_finds_a_month_locks_nothing():
    held = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'"
    before = run(held)
    partitions.ensure_months("app_events", "occurred_at", [Month.of(TODAY)])

    assert run(held) == before


@pytest.mark.django_db
def test_rows_that_waited_move_into_their_month_as_they_are():
    first, last = (
        AppEventFactory(occurred_at=at("2031-01-01T00:00")),
        AppEventFactory(occurred_at=at("2031-01-31T23:59:59.999")),
    )
    before, after = (
        AppEventFactory(occurred_at=at("2030-12-31T23:59:59.999")),
        AppEventFactory(occurred_at=at("2031-02-01")),
    )
    rows = list(AppEvent.objects.order_by("pk").values())

    make_far()

    assert [lies_in(row) for row in (first, last)] == ["app_events_y2031m01"] * 2
    assert [lies_in(row) for row in (before, after)] == ["app_events_default"] * 2
    assert list(AppEvent.objects.order_by("pk").values()) == rows
    assert partitions.waiting_in_default()["app_events"] == 2


@pytest.mark.django_db
def test_a_month_is_found_by_the_day_in_utc_whatever_the_session_says():
    run("SET LOCAL timezone TO 'Pacific/Kiritimati'")
    make_far()

    event = AppEventFactory(occurred_at=at("2031-01-01T00:00"))

    assert lies_in(event) == "app_events_y2031m01"


@pytest.mark.django_db
def test_a_new_month_keeps_the_rules_of_its_table():
    make_far("habit_logs", "completed_at")
    log = HabitLogFactory(completed_at=at("2031-01-15T12:00"), notes="먼 훗날")

    assert (lies_in(log), HabitLog.objects.get(pk=log.pk).notes) == ("habit_logs_y2031m01", "먼 훗날")
    for wrong in ({"mood_score": 11}, {"completed_count": 0}, {"id": log.pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HabitLogFactory(user_habit=log.user_habit, completed_at=log.completed_at, **wrong)
    indexes = "SELECT count(*) FROM pg_indexes WHERE tablename = '{}'"
    assert run(indexes.format("habit_logs_y2031m01")) == run(indexes.format(Month.of(TODAY).table("habit_logs")))
    log.user_habit.delete()
    assert not HabitLog.objects.exists()


@pytest.mark.django_db
def test_months_pass_and_others_are_made_ahead():
    later = Month.of(TODAY).plus(2).first

    made = partitions.maintain(later)

    assert made == [
        Month.of(later).plus(ahead).table(table) for table, _column in partitions.partitioned() for ahead in (2, 3)
    ]
    assert partitions.months_ahead(later) == {"habit_logs": 3, "app_events": 3}
    assert partitions.maintain(later) == []


@pytest.mark.django_db
@pytest.mark.parametrize("later", [dt.timedelta(days=18), dt.timedelta(days=49), dt.timedelta(days=811)])
def test_rows_of_a_month_that_is_over_move_too(later, caplog):
    """The job did not run in the month of the row; rows of that month and of one long ago waited."""
    missed = Month.of(TODAY).plus(6)
    middle = dt.datetime.combine(missed.first, dt.time(12), tzinfo=dt.UTC) + dt.timedelta(days=14)
    log, event = HabitLogFactory(completed_at=middle), AppEventFactory(occurred_at=at("2011-02-28"))
    assert lies_in(log) == "habit_logs_default"

    partitions.maintain(middle.date() + later)

    assert (lies_in(log), lies_in(event)) == (missed.table("habit_logs"), "app_events_y2011m02")
    assert partitions.waiting_in_default() == {"habit_logs": 0, "app_events": 0}
    assert errors(caplog) == []


@pytest.mark.django_db
def test_an_error_is_logged_each_hour_while_rows_wait(caplog):
    event = AppEventFactory(occurred_at=at("2031-01-01"))
    run(f"UPDATE app_events SET occurred_at = 'infinity' WHERE id = '{event.pk}'")

    maintain_partitions()
    maintain_partitions()

    assert [line["rows"] for line in errors(caplog)] == [{"app_events": 1}] * 2
    run(f"DELETE FROM app_events WHERE id = '{event.pk}'")
    maintain_partitions()
    assert len(errors(caplog)) == 2


@pytest.mark.django_db
def test_one_run_creates_a_limited_number_of_months_and_the_next_continues(monkeypatch):
    monkeypatch.setattr(partitions, "MONTHS_AT_ONCE", 2)
    for month in (1, 2, 3):
        AppEventFactory(occurred_at=at(f"2011-0{month}-10"))

    partitions.maintain(TODAY)
    assert partitions.waiting_in_default()["app_events"] == 1
    partitions.maintain(TODAY)

    assert partitions.waiting_in_default()["app_events"] == 0


@pytest.mark.django_db
def test_months_ahead_are_counted_up_to_the_first_gap():
    run(f"DROP TABLE {Month.of(TODAY).plus(2).table('habit_logs')}, {Month.of(TODAY).table('app_events')}")

    assert partitions.months_ahead(TODAY) == {"habit_logs": 1, "app_events": -1}


@pytest.mark.django_db
def test_the_job_brings_back_what_is_missing():
    run(f"DROP TABLE {Month.of(TODAY).plus(3).table('habit_logs')}")

    maintain_partitions()

    assert partitions.months_ahead(TODAY) == {"habit_logs": 3, "app_events": 3}


@pytest.mark.django_db
def test_by_hand_it_says_what_it_made_and_what_waits():
    run(f"DROP TABLE {Month.of(TODAY).plus(3).table('app_events')}")
    run(f"UPDATE app_events SET occurred_at = 'infinity' WHERE id = '{AppEventFactory().pk}'")
    said = io.StringIO()

    call_command("maintain_partitions", stdout=said)

    made, waiting = said.getvalue().splitlines()
    assert made == f"made: {Month.of(TODAY).plus(3).table('app_events')}"
    assert waiting == "app_events: 1 rows wait in the default partition"


@pytest.fixture
def far(committed):
    yield
    run("DROP TABLE IF EXISTS app_events_y2031m01")


def test_of_many_at_once_one_makes_the_month(far):
    made = at_once(8, lambda _number: make_far())

    assert sorted(made) == [[]] * 7 + [["app_events_y2031m01"]]


def test_who_writes_meanwhile_loses_nothing(far):
    AppEventFactory(user=None, occurred_at=at("2031-01-01"))

    def write_or_make(number: int) -> list[str] | None:
        if number == 0:
            return make_far()
        for minute in range(40):
            events.record("app_open", user_id=None, at=at(f"2031-01-15T{number:02}:{minute:02}"))
        return None

    answers = at_once(9, write_or_make)

    assert answers == [["app_events_y2031m01"]] + [None] * 8
    assert AppEvent.objects.count() == 1 + 8 * 40
    assert partitions.waiting_in_default()["app_events"] == 0


@pytest.mark.parametrize("tries", [1, partitions.TRIES])
def test_it_lets_others_go_on_and_tries_again(far, monkeypatch, tries):
    monkeypatch.setattr(partitions, "TRIES", tries)

    def read_for_long_or_make(number: int) -> list[str]:
        if number == 0:
            with transaction.atomic():
                AppEvent.objects.count()
                run("SELECT pg_sleep(1.5)")
            return []
        run("SELECT pg_sleep(0.2)")
        return make_far()

    _read, made = at_once(2, read_for_long_or_make)

    if tries == 1:
        assert isinstance(made, OperationalError)
        assert run("SELECT to_regclass('app_events_y2031m01')") == [(None,)]
        assert make_far() == ["app_events_y2031m01"]
    else:
        assert made == ["app_events_y2031m01"]


def test_a_writer_is_not_cancelled_by_a_slow_change(committed):
    """The writer holds the habit and wants the logs; ATTACH wants both."""
    user_habit = UserHabitFactory()
    HabitLogFactory(user_habit=user_habit, completed_at=at("2031-01-15"))

    def write_or_make(number: int) -> list[str]:
        if number == 0:
            with transaction.atomic():
                UserHabit.objects.filter(pk=user_habit.pk).update(counted=1)
                run("SELECT pg_sleep(0.4)")
                HabitLogFactory(user_habit=user_habit, completed_at=at("2031-01-16"))
            return []
        run("SELECT pg_sleep(0.2)")
        with connection.execute_wrapper(slow_attach):
            return make_far("habit_logs", "completed_at")

    wrote, _made_or_gave_up = at_once(2, write_or_make)
    run("DROP TABLE IF EXISTS habit_logs_y2031m01")

    assert wrote == []


def slow_attach(execute, sql, params, many, context):
    """A machine that is slow between the first lock and the last statement."""
    if "ATTACH PARTITION" in sql:
        run("SELECT pg_sleep(0.9)")
    return execute(sql, params, many, context)


def test_each_key_is_its_own_row_wherever_it_lies(far):
    key = uuid7()
    AppEventFactory(id=key, user=None, occurred_at=at("2031-01-15"))
    make_far()

    assert AppEvent.objects.get(pk=key).occurred_at == at("2031-01-15")


SEOUL = ZoneInfo("Asia/Seoul")
MONTHS = [Month.of(TODAY).plus(n) for n in range(18)]
# A check-in at the last second of a year in Seoul, and at the first of the next one.
EDGES = [
    dt.datetime(year, month, day, *clock, tzinfo=SEOUL)
    for year in (TODAY.year, TODAY.year + 1)
    for year, month, day, clock in ((year, 12, 31, (23, 59, 59)), (year + 1, 1, 1, (0, 0, 0)))
]


@pytest.mark.django_db
def test_in_each_of_the_next_18_months_the_job_keeps_the_partitions_ahead():
    """The clock moves; the job runs once in each month, on its first day or its last."""
    for n, month in enumerate(MONTHS):
        day = month.first if n % 2 else month.plus(1).first - dt.timedelta(days=1)
        with time_machine.travel(dt.datetime.combine(day, dt.time(0, 30), tzinfo=dt.UTC), tick=False):
            maintain_partitions()
            assert partitions.months_ahead(day) == {"habit_logs": 3, "app_events": 3}, day
            log = HabitLogFactory(completed_at=dt.datetime.now(dt.UTC))
        assert lies_in(log) == month.table("habit_logs")
    assert partitions.waiting_in_default() == {"habit_logs": 0, "app_events": 0}


@pytest.mark.django_db
@pytest.mark.parametrize("at", EDGES, ids=str)
def test_at_the_turn_of_the_year_in_seoul_a_check_in_has_its_month(at, person):
    with time_machine.travel(at, tick=False):
        maintain_partitions()
        user_habit = UserHabitFactory(user=person, started_on=at.date() - dt.timedelta(days=3))
        outcome = checkins.check_in(person, user_habit.pk, key=uuid7(), at=at, now=at)
        event = AppEventFactory(occurred_at=at)

    log = HabitLog.objects.get(pk=outcome.log_id)
    # Nine hours behind, both instants are in December.
    december = Month(dt.date(at.astimezone(dt.UTC).year, 12, 1))
    assert (log.local_date, log.completed_at) == (at.date(), at)
    assert (lies_in(log), lies_in(event)) == (december.table("habit_logs"), december.table("app_events"))


@pytest.mark.django_db
def test_two_months_without_the_job_lose_nothing_and_are_an_alarm(caplog):
    """The last partition made ahead is three months away; the job comes back in the fifth."""
    late = Month.of(TODAY).plus(5)
    with time_machine.travel(dt.datetime.combine(late.first, dt.time(12), tzinfo=dt.UTC), tick=False):
        logs = [
            HabitLogFactory(completed_at=dt.datetime.combine(month.first, dt.time(1), tzinfo=dt.UTC))
            for month in (late.plus(-1), late)
        ]
        assert partitions.waiting_in_default()["habit_logs"] == 2
        assert partitions.months_ahead(late.first)["habit_logs"] == -1
        assert "partitions" in health.failing()

        maintain_partitions()

        assert health.failing() == []
    assert [lies_in(log) for log in logs] == [late.plus(-1).table("habit_logs"), late.table("habit_logs")]
    assert partitions.waiting_in_default() == {"habit_logs": 0, "app_events": 0}
    assert errors(caplog) == []
