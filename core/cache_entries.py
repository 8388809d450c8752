"""The cached values: each key, its lifetime and the rows that it is made of.

    PROFILE DASHBOARD HABITS    of one person, sealed; PLANS FEATURED of everybody
    CLOSED_DAYS                 of one person's habits, sealed

    DASHBOARD.get(user.pk, day=today, make=…)
    PLANS.get(make=…)           PLANS.forget() after a change

A value is stored with a stamp: the versions (xmin, ctid) of the rows that it is made of, read before them. A value of a person
is compared with the stamp of now at each use, which costs one short statement. So no path that changes a row can forget the
cache, a lost or late deletion in Redis shows nobody an old value, and of two writers the later one wins. The digest of the
code is part of every stamp: a new release does not read what an older one has made. Check-ins are not among the rows: every
change of one changes its habit's row too. Values of everybody are deleted by who changes them and
compared once a minute, for changes that Redis did not hear of.

Stamps and values of everybody are read from the primary, also while a replica is read.

Without Redis, or with one that takes longer than 0.3 seconds, values are made as if nothing were cached.
"""

import base64
import datetime as dt
import hashlib
import json
import time
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import get_language

from core import cache_metrics, redis, release
from core.crypto import sealing
from core.db import prepared_statements, replica

# Seconds after which a value of everybody is compared with the database again.
RECHECKED_AFTER = 60


def _versions(table: str, condition: str = "") -> str:
    """The statement for the versions of rows, in the order of their place: a text that differs after every change."""
    where = f" WHERE {condition}" if condition else ""
    return f"SELECT string_agg(xmin::text || ctid::text, '' ORDER BY ctid) FROM {table}{where}"  # noqa: S608 - our names


_OF_PERSON = "user_id = %(person)s"
_PERSON = _versions("users", "id = %(person)s")
_HABITS = (
    _versions("user_habits", _OF_PERSON),
    _versions("habit_rests", _OF_PERSON),
    """SELECT string_agg(h.xmin::text || h.ctid::text || c.xmin::text || c.ctid::text, '' ORDER BY h.ctid)
        FROM user_habits AS chosen JOIN habits AS h ON h.id = chosen.habit_id
        JOIN habit_categories AS c ON c.id = h.category_id WHERE chosen.user_id = %(person)s""",
)
_GOALS = _versions("month_goals", _OF_PERSON)
_PLANS = _versions("subscription_plans")
_PLAN = (_versions("user_subscriptions", _OF_PERSON), _PLANS)
_ACCOUNT = (
    _versions("user_social_accounts", _OF_PERSON),
    _versions("user_consents", _OF_PERSON),
    _versions("mfa_authenticator", _OF_PERSON),
    # A session that expires drops out.
    _versions("user_sessions", f"{_OF_PERSON} AND expires_at > now()"),
)


class Stored(NamedTuple):
    stamp: str
    value: Any
    # When it was last compared with the database, in seconds since 1970.
    checked_at: float


class PersonalEntry:
    """A value of one person, in one language and, where it has one, of one day."""

    def __init__(self, key: str, *, lifetime: dt.timedelta, rows: tuple[str, ...]):
        self.key, self.lifetime = key, lifetime
        self._statement = _statement_of(rows)

    def get(self, person: UUID, *, make: Callable[[], Any], day: dt.date | None = None) -> Any:
        """The value that `make` gave when the same rows were there; JSON."""
        place = self.key.format(user_id=person)
        stored: Any = redis.call(lambda: redis.client().get(place), fallback=lambda: None)
        # Before the rows that it stands for: a change in between makes the value old, not the stamp new.
        stamp = f"{get_language()} {day} {_stamp(self._statement, {'person': person})}"
        if (known := _if_current(self.key, stored, place, stamp)) is not None:
            return known[1]
        value = make()
        sealed = _sealed([stamp, value], place)
        redis.call(lambda: redis.client().set(place, sealed, ex=self.lifetime), fallback=lambda: None)
        return value

    def forget(self, person: UUID) -> None:
        """Deletes the value, of a person who leaves."""
        place = self.key.format(user_id=person)
        redis.call(lambda: redis.client().delete(place), fallback=lambda: 0)


class PersonalEntries:
    """Values of one person by name, such as by habit; the caller reads their stamps from rows."""

    def __init__(self, key: str, *, lifetime: dt.timedelta):
        self.key, self.lifetime = key, lifetime

    def get(self, person: UUID, name: str, *, stamp: str) -> Any:
        """The value that was kept with this stamp; None without one."""
        place = self.key.format(user_id=person)
        stored: Any = redis.call(lambda: redis.client().hget(place, name), fallback=lambda: None)
        known = _if_current(self.key, stored, f"{place} {name}", _of_release(stamp))
        return None if known is None else known[1]

    def keep(self, person: UUID, name: str, value: Any, *, stamp: str) -> None:
        """`stamp` was read before the rows that the value stands for."""
        place = self.key.format(user_id=person)
        sealed = _sealed([_of_release(stamp), value], f"{place} {name}")
        redis.call(lambda: self._store(place, name, sealed), fallback=lambda: None)

    def _store(self, place: str, name: str, sealed: str) -> None:
        commands = redis.client().pipeline(transaction=False)
        commands.hset(place, name, sealed)
        commands.expire(place, self.lifetime)
        commands.execute()

    def forget(self, person: UUID) -> None:
        """Deletes all values of a person."""
        place = self.key.format(user_id=person)
        redis.call(lambda: redis.client().delete(place), fallback=lambda: 0)


class SharedEntry:
    """A value of everybody, read on many pages and changed by staff."""

    def __init__(self, key: str, *, lifetime: dt.timedelta, rows: tuple[str, ...]):
        self.key, self.lifetime = key, lifetime
        self._statement = _statement_of(rows)

    def get(self, *, make: Callable[[], Any]) -> Any:
        """The value that `make` gave; a change elsewhere is seen after a minute at most."""
        stored = cache.get(self.key)
        known = Stored(*stored) if stored else None
        if known and self._holds(known):
            cache_metrics.count(self.key, cache_metrics.HIT)
            return known.value
        cache_metrics.count(self.key, cache_metrics.STALE if known else cache_metrics.MISS)
        stamp = _stamp(self._statement, {})
        with replica.primary():
            value = make()
        self._store(stamp, value)
        # A change after the stamp may have deleted the value before it was stored.
        if _stamp(self._statement, {}) != stamp:
            self.forget()
        return value

    def forget(self) -> None:
        """Deletes the value, once a change of its rows is committed."""
        cache.delete(self.key)

    def _holds(self, known: Stored) -> bool:
        if known.checked_at > time.time() - RECHECKED_AFTER:
            return True
        if _stamp(self._statement, {}) != known.stamp:
            return False
        self._store(known.stamp, known.value)
        return True

    def _store(self, stamp: str, value: Any) -> None:
        cache.set(self.key, tuple(Stored(stamp, value, time.time())), self.lifetime.total_seconds())


def _statement_of(rows: tuple[str, ...]) -> str:
    return "SELECT concat_ws('|', {})".format(", ".join(f"coalesce(({one}), '-')" for one in rows))


def _stamp(statement: str, values: dict[str, Any]) -> str:
    with replica.primary():
        [(versions,)] = prepared_statements.fetch(statement, values)
    return _of_release(hashlib.sha256(versions.encode()).hexdigest())


def _of_release(stamp: str) -> str:
    return f"{release.digest()} {stamp}"


def _if_current(key: str, stored: bytes | None, place: str, stamp: str) -> list[Any] | None:
    """The stored stamp and value, if the stamp is that of now. Counts a hit, a stale value or a miss."""
    known = _opened(stored, place) if stored else None
    if known and known[0] == stamp:
        cache_metrics.count(key, cache_metrics.HIT)
        return known
    cache_metrics.count(key, cache_metrics.STALE if known else cache_metrics.MISS)
    return None


def _sealed(value: Any, place: str) -> str:
    packed = zlib.compress(json.dumps(value, default=str).encode(), level=1)
    return sealing.seal(base64.b64encode(packed).decode(), bound_to=place)


def _opened(sealed: bytes, place: str) -> Any:
    """None for a value that was sealed with a retired key or for another person."""
    try:
        return json.loads(zlib.decompress(base64.b64decode(sealing.unseal(sealed.decode(), bound_to=place))))
    except (sealing.Unreadable, ValueError):
        return None


PROFILE = PersonalEntry("user:{user_id}:profile", lifetime=dt.timedelta(hours=1), rows=(_PERSON, *_ACCOUNT))
HABITS = PersonalEntry("user:{user_id}:habits", lifetime=dt.timedelta(minutes=30), rows=(_PERSON, *_HABITS))
DASHBOARD = PersonalEntry(
    "user:{user_id}:dashboard", lifetime=dt.timedelta(minutes=15), rows=(_PERSON, *_HABITS, _GOALS, *_PLAN)
)
FEATURED = SharedEntry(
    "habits:featured",
    lifetime=dt.timedelta(days=1),
    rows=(_versions("habits", "owner_id IS NULL"), _versions("habit_categories")),
)
PLANS = SharedEntry("plans:active", lifetime=dt.timedelta(days=1), rows=(_PLANS,))
# By habit (habits/closed_days.py).
CLOSED_DAYS = PersonalEntries("user:{user_id}:closed_days", lifetime=dt.timedelta(days=7))
PERSONAL = (PROFILE, HABITS, DASHBOARD)
SHARED = (FEATURED, PLANS)


def forget_person(person: UUID) -> None:
    """Deletes every value of a person who is erased, so that none outlives them."""
    for entry in (*PERSONAL, CLOSED_DAYS):
        entry.forget(person)
