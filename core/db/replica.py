"""Reads that go to a streaming replica: reports, dashboards, exports.

    replica.read(lambda: week_review.page(…))             holds everything that was written before
    replica.read(lambda: dashboard.page(…), any_age=True) may be old; `replica.as_of()` says of when it is

Inside, Django's default connection of this thread is that of the replica, for raw SQL too, and a write is an error. `work`
runs again on the primary when the replica fails meanwhile, so it may be run twice. The primary is read when there is no
replica, when it is too far behind, after a failure for some seconds, and inside a transaction, whose own changes only the
primary has.
"""

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import NamedTuple

import prometheus_client
import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.circuit_breaker import CircuitBreaker
from core.db import prepared_statements

log = structlog.get_logger(__name__)

ALIAS = "replica"
# Seconds without another attempt after a failure: one request in a while waits for a dead replica, not each.
PAUSE = 10
_STEP = 0.005
_READS = prometheus_client.Counter(
    "wellness_replica_reads", "Reads meant for the replica: served by it, too far behind for it, failed.", ["outcome"]
)


class ReplicaState(NamedTuple):
    """How the replica is.

    `as_of` is the time up to which it has everything, None if that is unknown.
    """

    has_all: bool
    as_of: dt.datetime | None


class Unusable(OperationalError):
    """The server of DATABASE_REPLICA_URL is no replica: it was promoted, or is another primary."""


circuit_breaker = CircuitBreaker(pause=PAUSE)
_as_of: ContextVar[dt.datetime | None] = ContextVar("as_of", default=None)
_primary: ContextVar[BaseDatabaseWrapper | None] = ContextVar("primary", default=None)


def is_set() -> bool:
    return ALIAS in connections.settings


def read[T](work: Callable[[], T], *, any_age: bool = False, patience: float | None = None) -> T:
    """Runs `work` on the replica if that is right for it, else on the primary.

    `patience`: the seconds to wait until the replica has everything, REPLICA_PATIENCE by default.
    """
    if (
        not is_set()
        or connections[DEFAULT_DB_ALIAS].in_atomic_block
        or not circuit_breaker.allows_call(time.monotonic())
    ):
        return work()
    wanted = _written()
    try:
        with _swapped():
            state = _look(wanted, patience=settings.REPLICA_PATIENCE if patience is None else patience)
            if state.has_all or (any_age and state.as_of):
                with _dated(None if state.has_all else state.as_of):
                    found = work()
                circuit_breaker.record_success()
                _READS.labels("served").inc()
                return found
    except (OperationalError, InterfaceError) as error:
        circuit_breaker.record_failure(time.monotonic())
        _READS.labels("failed").inc()
        log.warning("replica fails, the primary is read", reason=f"{type(error).__name__}: {error}")
    else:
        circuit_breaker.record_success()
        _READS.labels("behind").inc()
    return work()


def as_of() -> dt.datetime | None:
    """The time that the rows being read are of; None when they are of now."""
    return _as_of.get()


@contextlib.contextmanager
def primary() -> Iterator[None]:
    """For what has to be written, or read of now, while `read` runs."""
    here = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = _primary.get() or here
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = here


def state() -> ReplicaState | None:
    """How the replica is now, for `/readyz` and operators; None when it cannot be read."""
    wanted = _written()
    try:
        with _swapped():
            return _look(wanted, patience=settings.REPLICA_PATIENCE)
    except (OperationalError, InterfaceError) as error:
        log.warning("replica fails", reason=f"{type(error).__name__}: {error}")
        return None


def _written() -> str:
    """The place in the primary's log after everything that has been committed.

    A commit is flushed before it is answered, except with `synchronous_commit = off`.
    """
    [(place,)] = prepared_statements.fetch(
        "SELECT (CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()"
        " ELSE pg_current_wal_flush_lsn() END)::text",
        [],
    )
    return str(place)


def _look(wanted: str, *, patience: float) -> ReplicaState:
    """Waits at most `patience` seconds until the replica has `wanted`. Raises Unusable."""
    ends_at = time.monotonic() + patience
    while True:
        [(is_replica, has_all, at)] = prepared_statements.fetch(
            "SELECT pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false),"
            " pg_last_xact_replay_timestamp()",
            [wanted],
        )
        if not is_replica:
            raise Unusable("not in recovery")
        if has_all or time.monotonic() >= ends_at:
            return ReplicaState(has_all, at)
        time.sleep(_STEP)


@contextlib.contextmanager
def _swapped() -> Iterator[None]:
    """The replica's connection is the default one of this thread. It goes back to its pool afterwards."""
    original, copy = connections[DEFAULT_DB_ALIAS], connections[ALIAS]
    token = _primary.set(original)
    connections[DEFAULT_DB_ALIAS] = copy
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = original
        _primary.reset(token)
        copy.close()


@contextlib.contextmanager
def _dated(at: dt.datetime | None) -> Iterator[None]:
    token = _as_of.set(at)
    try:
        yield
    finally:
        _as_of.reset(token)
