"""Who reads Redis can neither read a session nor take it over."""

import pytest
from django.core.cache import cache

from wellness.crypto.sessions import SessionStore


def in_redis() -> dict[bytes, bytes]:
    redis = cache._cache.get_client()
    return {key: redis.get(key) for key in redis.keys("*")}


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
    mine, others = sorted(in_redis(), key=lambda name: -len(cache._cache.get_client().get(name)))
    cache._cache.get_client().copy(mine, others, replace=True)

    assert dict(SessionStore(other.session_key).items()) == {}


def test_a_session_that_does_not_open_is_none(session):
    (name,) = in_redis()
    cache._cache.get_client().delete(name)
    cache.set(name.decode().partition(":1:")[2], "k9:AAAA")

    stale = SessionStore(session.session_key)

    assert (dict(stale.items()), stale.session_key) == ({}, None)


def test_signing_in_gives_the_session_another_key(session):
    before = session.session_key

    session.cycle_key()

    assert dict(SessionStore(session.session_key).items()) == {"account_verified_email": "jiwoo@example.com"}
    assert dict(SessionStore(before).items()) == {}
    assert len(in_redis()) == 1


def test_ending_a_session_leaves_nothing(session):
    session.flush()

    assert in_redis() == {}


def test_a_session_lasts_as_long_as_it_says(session):
    session.set_expiry(60)
    session.save()

    (name,) = in_redis()
    assert 50 < cache._cache.get_client().ttl(name) <= 60
