"""The responses of the health probes, and the reasons in the log."""

import datetime as dt
from http import HTTPStatus

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from core import redis
from core.db import partitions
from habits import user_stats
from tests.factories.rest import AggregateFillFactory
from tests.waiting import eventually

NOWHERE = "/nowhere/at/all"


@pytest.fixture
def reasons(caplog):
    """The parts that the log named as not ready."""

    def named() -> list[str]:
        said = [line.msg for line in caplog.records if isinstance(line.msg, dict)]
        return [line["part"] for line in said if line["event"] == "not ready"]

    return named


def refused(answer) -> bool:
    return (answer.status_code, answer.content) == (HTTPStatus.SERVICE_UNAVAILABLE, b"not ready\n")


@pytest.mark.django_db
def test_a_service_that_is_whole_is_ready(client, reasons):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.content, reasons()) == (HTTPStatus.OK, b"ok\n", [])


@pytest.mark.django_db
def test_probes_need_no_host_name_and_leave_nothing(client):
    for path in ("/healthz", "/readyz"):
        answer = client.get(path, headers={"host": "10.0.0.7"})
        assert (answer.status_code, list(answer.cookies)) == (HTTPStatus.OK, [])


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_carry_the_security_headers_without_tls_too(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get(path, headers={"host": "10.0.0.7"})

    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_readiness_is_checked_once_a_second_however_often_it_is_asked(client, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(0):
        assert {client.get("/readyz").status_code for _time in range(20)} == {HTTPStatus.OK}

    MigrationRecorder.Migration.objects.filter(app="analytics").delete()
    assert eventually(lambda: refused(client.get("/readyz")))


@pytest.mark.django_db
def test_without_redis_it_is_not_ready_but_alive(client, settings, request, reasons):
    settings.REDIS_URL = f"unix://{NOWHERE}"
    redis.client.cache_clear()
    request.addfinalizer(redis.client.cache_clear)

    assert refused(client.get("/readyz"))
    assert reasons() == ["redis"]
    assert client.get("/healthz").status_code == HTTPStatus.OK


@pytest.fixture
def no_database(django_db_blocker):
    """Points the connection at a socket without a listener."""
    at, pool = connection.settings_dict["HOST"], connection.settings_dict["OPTIONS"]["pool"]
    patience = pool["timeout"]
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()
        connection.settings_dict["HOST"], pool["timeout"] = NOWHERE, 0.2
        yield
        connection.close()
        connection.close_pool()
        connection.settings_dict["HOST"], pool["timeout"] = at, patience


def test_without_the_database_it_is_not_ready_but_alive(client, no_database, reasons):
    assert refused(client.get("/readyz"))
    assert reasons() == ["database"]
    assert client.get("/healthz").status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_while_migrations_wait_it_is_not_ready(client, reasons):
    MigrationRecorder.Migration.objects.filter(app="analytics").delete()

    assert refused(client.get("/readyz"))
    assert reasons() == ["migrations"]


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["habit_logs", "app_events"])
def test_when_partitions_end_too_soon_it_is_not_ready(client, reasons, table):
    today = dt.datetime.now(dt.UTC).date()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {partitions.Month.of(today).plus(1).table(table)}")

    assert refused(client.get("/readyz"))
    assert reasons() == ["partitions"]


@pytest.mark.django_db
def test_numbers_that_are_hours_late_are_named_and_stop_nothing(client):
    days = AggregateFillFactory(counted_on=dt.datetime.now(dt.UTC).date() - dt.timedelta(days=4))
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON MATERIALIZED VIEW user_stats_summary IS '2026-01-01 00:00+00'")

    late = lambda: client.get("/readyz").content  # noqa: E731
    assert eventually(lambda: late() == b"ok\nlate: daily numbers\nlate: statistics\n")

    days.delete()
    user_stats.refresh()
    assert eventually(lambda: late() == b"ok\n")
