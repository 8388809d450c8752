"""Screen views: buffered sealed in Redis, written by a job, never in the way of a page."""

import datetime as dt
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics import event_writer
from analytics.models import AppEvent
from core import event_buffer, redis
from tests.at_once import at_once
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 3, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _empty_buffer():
    redis.client().delete(event_buffer.KEY)


def waiting() -> int:
    return redis.client().llen(event_buffer.KEY)


def views() -> list[tuple[str, int]]:
    """The written views with their minutes after NOW."""
    rows = AppEvent.objects.order_by("occurred_at").values_list("event_type", "occurred_at")
    return [(event_type, round((at - NOW).total_seconds() / 60)) for event_type, at in rows]


def push_at(person, *minutes: int) -> None:
    for minute in minutes:
        event_buffer.push(user_id=person.pk, at=NOW + dt.timedelta(minutes=minute))


def test_a_page_waits_sealed_and_is_written_once(signed_in, person):
    page = reverse("analytics:insights")
    signed_in.get(page, headers={"user-agent": "Mozilla/5.0 (Linux)"}, REMOTE_ADDR="203.0.113.77")
    assert not AppEvent.objects.exists()
    [sealed] = redis.client().lrange(event_buffer.KEY, 0, -1)
    assert not any(text in sealed for text in (str(person.pk).encode(), b"203.0.113", b"insights", b"Mozilla"))

    assert event_writer.write() == 1
    assert event_writer.write() == 0

    event = AppEvent.objects.get()
    assert (event.user, event.event_type, event.event_data) == (person, "app_open", {})
    assert (event.screen_name, event.user_agent) == ("analytics:insights", "Mozilla/5.0 (Linux)")
    assert event.ip_address == "203.0.113.0"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/insights/", {"HX-Request": "true"}, HTTPStatus.OK),
        ("/insights/", {"Sec-Purpose": "prefetch"}, HTTPStatus.OK),
        ("/insights/0190a7f4-3c6e-7a11-9b0a-5c1d2e3f4a5b/", {}, HTTPStatus.NOT_FOUND),
        ("/healthz", {}, HTTPStatus.OK),
    ],
)
def test_what_is_no_page_of_a_person_is_no_view(signed_in, path, headers, status):
    path = path.replace("/insights/", reverse("analytics:insights"))

    assert signed_in.get(path, headers=headers).status_code == status
    assert waiting() == 0


def test_a_stranger_leaves_no_view(client):
    client.get(reverse("account_login"))

    assert waiting() == 0


def test_a_page_writes_no_event_by_itself(signed_in):
    with CaptureQueriesContext(connection) as statements:
        assert signed_in.get(reverse("analytics:insights")).status_code == HTTPStatus.OK

    assert len(statements) > 0
    assert not any("app_events" in statement["sql"] for statement in statements)
    assert waiting() == 1


def test_without_redis_a_view_is_lost_and_nothing_fails(db, settings, request, caplog):
    settings.REDIS_URL = "unix:///nowhere/at/all"
    redis.client.cache_clear()
    request.addfinalizer(redis.client.cache_clear)
    request.addfinalizer(redis.circuit_breaker.record_success)
    redis.circuit_breaker.record_success()

    event_buffer.push(user_id=UserFactory().pk, at=NOW)

    assert "screen view lost" in [line.msg["event"] for line in caplog.records if isinstance(line.msg, dict)]


def test_the_first_view_after_half_an_hour_opens_the_app(person):
    push_at(person, 0, 10, 39, 70, 71)
    event_writer.write()
    push_at(person, 90, 130)
    event_writer.write()

    assert views() == [
        ("app_open", 0), ("screen_view", 10), ("screen_view", 39), ("app_open", 70), ("screen_view", 71),
        ("screen_view", 90), ("app_open", 130),
    ]  # fmt: skip


def test_each_person_opens_the_app_for_themselves(person, stranger):
    push_at(person, 0)
    push_at(stranger, 1)

    event_writer.write()

    assert views() == [("app_open", 0), ("app_open", 1)]


def test_a_writer_killed_before_it_forgets_writes_nothing_twice(person, monkeypatch):
    push_at(person, 0, 5)
    with monkeypatch.context() as patched:
        patched.setattr(event_buffer, "forget", lambda _n: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            event_writer.write()

    event_writer.write()

    assert views() == [("app_open", 0), ("screen_view", 5)]
    assert waiting() == 0


def test_two_writers_at_once_write_each_view_once_and_lose_none(committed, monkeypatch):
    person = UserFactory()
    monkeypatch.setattr(event_writer, "BATCH", 7)
    push_at(person, *range(40))

    written = at_once(4, lambda _number: event_writer.write())

    assert [minute for _type, minute in views()] == list(range(40))
    assert [kind for kind, _minute in views()] == ["app_open", *["screen_view"] * 39]
    assert sum(written) >= 40
    assert waiting() == 0


def test_more_than_a_batch_is_written_and_an_erased_person_is_left_out(person, monkeypatch):
    monkeypatch.setattr(event_writer, "BATCH", 3)
    gone = UserFactory()
    push_at(gone, 0, 1)
    push_at(person, 2, 3, 4, 5, 6)
    gone.delete()

    event_writer.write()

    assert [minute for _type, minute in views()] == [2, 3, 4, 5, 6]
    assert waiting() == 0


def test_the_buffer_keeps_the_newest_when_nobody_writes(person, monkeypatch):
    monkeypatch.setattr(event_buffer, "MOST", 3)
    push_at(person, 0, 1, 2, 3, 4)

    event_writer.write()

    assert [minute for _type, minute in views()] == [2, 3, 4]


def test_a_view_sealed_with_a_removed_key_is_skipped(person):
    redis.client().rpush(event_buffer.KEY, "k9:" + "A" * 40)
    push_at(person, 1)

    event_writer.write()

    assert views() == [("app_open", 1)]
    assert waiting() == 0
