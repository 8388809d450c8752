"""A reader of Redis can neither read a session nor take it over."""

import pytest

from core import redis
from core.crypto.session_store import SessionStore
from core.redis import circuit_breaker


def in_redis():
    return {name: redis.client().get(name) for name in redis.client().scan_iter()}


@pytest.fixture
def session() -> SessionStore:
    session = SessionStore()
    session["account_verified_email"] = "jiwoo@example.com"
    session.save()
    return session


def test_a_session_is_read_by_its_key(session):
    assert dict(SessionStore(session.session_key).items()) == {"account_verified_email": "jiwoo@example.com"}


def test_redis_holds_neither_what_is_in_it_nor_the_key(session):
    ((name, value),) = in_redis().items()

    assert session.session_key.encode() not in name + value
    assert b"jiwoo" not in value


def test_a_session_put_in_anothers_place_is_none(session):
    other = SessionStore()
    other.save()
    mine, others = sorted(in_redis(), key=lambda name: -len(redis.client().get(name)))
    redis.client().copy(mine, others, replace=True)

    assert dict(SessionStore(other.session_key).items()) == {}


def test_a_session_that_does_not_open_is_none(session):
    (name,) = in_redis()
    redis.client().set(name, "k9:AAAA")

    stale = SessionStore(session.session_key)

    assert (dict(stale.items()), stale.session_key) == ({}, None)


def test_signing_in_gives_the_session_another_key(session):
    before = session.session_key

    session.cycle_key()

    assert dict(SessionStore(session.session_key).items()) == {"account_verified_email": "jiwoo@example.com"}
    assert dict(SessionStore(before).items()) == {}
    assert len(in_redis()) == 1


def test_a_session_begun_while_redis_was_away_is_kept_once_it_is_back(monkeypatch):
    session = SessionStore()
    with monkeypatch.context() as away:
        away.setattr(circuit_breaker, "open_until", float("inf"))
        session.create()
    assert session.session_key

    session["account_verified_email"] = "jiwoo@example.com"
    session.save()

    assert dict(SessionStore(session.session_key).items()) == {"account_verified_email": "jiwoo@example.com"}


def test_ending_a_session_leaves_nothing(session):
    session.flush()

    assert in_redis() == {}


def test_a_session_lasts_as_long_as_it_says(session):
    session.set_expiry(60)
    session.save()

    (name,) = in_redis()
    assert 50 < redis.client().ttl(name) <= 60
