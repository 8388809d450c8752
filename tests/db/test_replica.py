"""A real streaming replica: what it serves, and what happens when it is behind, gone, or no replica."""

import csv
import datetime as dt
import io
import json
import time
import zipfile

import prometheus_client
import pytest
from django.db import InternalError, connections, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from analytics import metric_fill
from analytics.models import MetricValue
from core import cache_entries
from core.db import replica
from tests.factories.accounts import StaffFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory
from tests.factories.rest import CoachingMessageFactory, MetricValueFactory
from tests.replica_server import ReplicaServer, as_replica
from tests.waiting import eventually
from wellness import health
from wellness.pages import operations
from wellness.privacy import export_zip, exports

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", replica.ALIAS])

PAGES = ("analytics:insights", "analytics:week")
BEHIND = "복제본이 늦어서"


@pytest.fixture(scope="module", autouse=True)
def server(django_db_setup):
    made = ReplicaServer()
    made.start()
    with as_replica(made):
        yield made
    made.stop()


@pytest.fixture
def copied(content):
    replica.circuit_breaker.record_success()
    assert has_all()


@pytest.fixture
def life(person, copied):
    """A person with three weeks of one habit."""
    today = person.calendar.day_of(timezone.now())
    habit = UserHabitFactory(user=person, started_on=today - dt.timedelta(days=20))
    for back in range(21):
        at = timezone.now() - dt.timedelta(days=back)
        HabitLogFactory(user_habit=habit, completed_at=at, local_date=today - dt.timedelta(days=back))
    assert has_all()
    return habit


def has_all() -> bool:
    return eventually(lambda: (state := replica.state()) is not None and state.has_all)


def served(outcome: str = "served") -> float:
    return prometheus_client.REGISTRY.get_sample_value("wellness_replica_reads_total", {"outcome": outcome}) or 0.0


def exported(person, kind: str) -> bytes:
    export = exports.request(person, kind)
    assert exports.build_waiting(timezone.now) == 1
    export.refresh_from_db()
    with exports.open_file(export) as file:
        return file.read()


# ── What it serves ──────────────────────────────────────────────────────────


def test_reports_are_the_replicas_and_say_what_the_primarys_say(client, person, life):
    client.force_login(person)
    letter = CoachingMessageFactory(user=person, occasion="letter", sent_at=timezone.now())
    addresses = [
        *map(reverse, PAGES),
        reverse("analytics:insights") + "?week=2026-11-02",
        reverse("analytics:habit", args=[life.pk]),
        reverse("coaching:message", args=[letter.pk]),
    ]
    # A letter is new until it is opened.
    client.get(addresses[-1])
    for address in addresses:
        assert has_all()
        before = served()
        of_replica = client.get(address)
        assert (of_replica.status_code, served()) == (200, before + 1), address
        replica.circuit_breaker.record_failure(time.monotonic())
        cache_entries.DASHBOARD.forget(person.pk)
        of_primary = client.get(address)
        assert (of_primary.status_code, served()) == (200, before + 1)
        assert main(of_replica) == main(of_primary)
        replica.circuit_breaker.record_success()


def main(answer) -> str:
    """The part of a page that has no token of its request."""
    text = answer.text.partition("<main")[2]
    return "".join(line for line in text.splitlines(keepends=True) if "csrfmiddlewaretoken" not in line)


@pytest.mark.parametrize("kind", ["everything", "csv", "json", "loop"])
def test_exports_are_the_replicas_and_their_progress_the_primarys(person, life, settings, tmp_path, kind):
    settings.MEDIA_ROOT = tmp_path
    before = served(), served("failed")

    found = exported(person, kind)

    assert (served(), served("failed")) == (before[0] + 1, before[1])
    assert found
    if kind == "csv":
        assert len(found.decode("utf-8-sig").splitlines()) == 22
    if kind == "everything":
        archive = zipfile.ZipFile(io.BytesIO(found))
        assert len(json.loads(archive.read("json/habit_logs.json"))) == 21
        assert f"기준 {timezone.now():%Y-%m-%dT%H}" in archive.read("README.txt").decode()


def test_a_write_is_an_error_there_and_none_on_the_primary(person, copied):
    def write():
        User.objects.filter(pk=person.pk).update(week_start=7)

    assert has_all()
    with pytest.raises(InternalError, match="read-only"):
        replica.read(write)

    def write_on_primary():
        with replica.primary():
            write()

    replica.read(write_on_primary)
    person.refresh_from_db()
    assert person.week_start == 7


def test_raw_statements_and_rows_come_from_it_and_rows_are_saved_on_the_primary(person, copied):
    assert has_all()

    def work():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            [(is_replica,)] = cursor.fetchall()
        return is_replica, User.objects.get(pk=person.pk)

    is_replica, found = replica.read(work)
    found.week_start = 7
    found.save()

    assert is_replica
    assert User.objects.get(pk=person.pk).week_start == 7


def test_a_transaction_reads_its_own_changes(person, copied):
    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(week_start=7)
        assert replica.read(lambda: User.objects.get(pk=person.pk).week_start) == 7


# ── What one has just written ───────────────────────────────────────────────


@pytest.mark.parametrize("flushed", ["on", "off"])
def test_what_was_just_written_is_always_read(person, copied, flushed):
    """Fifty writes, each read at once, whether or not the replica has it already."""
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SET synchronous_commit = {flushed}")
    before = served() + served("behind")
    for number in range(50):
        User.objects.filter(pk=person.pk).update(sessions_epoch=number)
        assert replica.read(lambda: User.objects.get(pk=person.pk).sessions_epoch) == number
    assert served() + served("behind") == before + 50
    connections["default"].close_pool()


def test_ten_minutes_behind_what_is_ones_own_is_of_now(client, person, life, server, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(person)
    with server.behind():
        before = served("behind")
        other = UserHabitFactory(user=person, habit=HabitFactory(owner=person, name="방금 만든 습관"))
        HabitLogFactory(user_habit=other)
        assert "방금 만든 습관" in client.get(reverse("analytics:insights")).text
        assert "방금 만든 습관" in exported(person, "csv").decode("utf-8-sig")
        assert served("behind") == before + 2


# ── What may be old ─────────────────────────────────────────────────────────


@pytest.fixture
def figure(copied):
    """Yesterday's figure of habits done, as the replica has it."""
    last = metric_fill.last_closed(timezone.now())
    made = MetricValueFactory(metric="habits_done_day", part="", begins_on=last, number=1111, people=100)
    assert has_all()
    return made


def test_ten_minutes_behind_the_dashboard_is_of_then_and_says_so(client, figure, server):
    client.force_login(StaffFactory())
    address, file = (
        reverse("admin:analytics_metricvalue_changelist"),
        reverse("admin:analytics_csv", args=["habits_done_day"]),
    )
    assert has_all()
    fresh = client.get(address).text
    assert "1,111" in fresh
    assert BEHIND not in fresh
    with server.behind():
        MetricValue.objects.filter(pk=figure.pk).update(number=2222)
        old, rows = client.get(address).text, list(csv.reader(client.get(file).text.splitlines()))
    assert "1,111" in old
    assert "2,222" not in old
    assert BEHIND in old
    [line] = [row for row in rows if row[:1] == ["복제본 기준"]]
    assert dt.timedelta() <= timezone.now() - dt.datetime.fromisoformat(line[1]) < dt.timedelta(minutes=5)
    assert has_all()
    caught_up = client.get(address).text
    assert "2,222" in caught_up
    assert BEHIND not in caught_up


def test_a_replica_that_is_behind_is_named_by_the_probe_and_to_operators(person, copied, server):
    with server.behind():
        User.objects.filter(pk=person.pk).update(sessions_epoch=1)
        now = timezone.now()
        state = replica.state()
        assert not state.has_all
        assert not health.is_replica_late(state, now)
        later = state.as_of + dt.timedelta(minutes=10)
        assert health.is_replica_late(state, later)
        row = operations.conditions(now)[-1]
        assert (row.name, row.is_good) == ("복제본", True)
        assert row.text.startswith("기준 ")
    assert has_all()
    assert "replica" not in health.late()


# ── When it is gone ─────────────────────────────────────────────────────────


def test_a_replica_that_is_killed_fails_no_request(client, person, life, server):
    client.force_login(person)
    client.get(reverse("analytics:week"))
    failed = served("failed")
    server.kill()
    try:
        assert [client.get(reverse("analytics:week")).status_code for _time in range(10)] == [200] * 10
        assert served("failed") == failed + 1
        assert health.late() == ["replica"]
        assert not operations.conditions(timezone.now())[-1].is_good
    finally:
        server.start()
    replica.circuit_breaker.record_success()
    assert has_all()
    before = served()
    client.get(reverse("analytics:week"))
    assert served() == before + 1


def test_a_replica_that_is_killed_under_an_export_costs_nothing_but_time(
    person, life, server, settings, tmp_path, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path
    kills = []

    def tables():
        """The first table, a crash, the others."""
        for name in every:
            yield name
            if not kills:
                kills.append(name)
                server.kill()

    every = export_zip.tables()
    monkeypatch.setattr(export_zip, "tables", tables)
    try:
        archive = zipfile.ZipFile(io.BytesIO(exported(person, "everything")))
    finally:
        server.start()
    assert kills
    assert len(json.loads(archive.read("json/habit_logs.json"))) == 21


def test_a_server_that_is_no_replica_is_not_read(person, copied):
    its, failed = connections[replica.ALIAS], served("failed")
    its.close_pool()
    options = its.settings_dict["OPTIONS"]
    address, options["host"] = options["host"], connections["default"].settings_dict["OPTIONS"]["host"]
    try:
        assert replica.read(lambda: User.objects.get().pk) == person.pk
    finally:
        its.close_pool()
        options["host"] = address
    assert served("failed") == failed + 1
