"""Writes the buffered screen views into app_events, in batches.

The first view of a session after half an hour without one becomes an `app_open`, so a page costs one row at most. Only one writer
works at a time; one that is killed leaves its views in the buffer, and the next writes those that are missing.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

from core import event_buffer, events

BATCH = 1_000
# Without a screen for this long, the next one opens the app.
AWAY = dt.timedelta(minutes=30)

type View = dict[str, Any]
type Visit = tuple[UUID, str | None]

_LATEST = """
    SELECT user_id, session_id::text, max(occurred_at) FROM app_events
    WHERE user_id = ANY(%s) AND occurred_at >= %s AND occurred_at <= %s AND event_type IN ('app_open', 'screen_view')
    GROUP BY 1, 2
"""
# An erased person has no row any more.
_INSERT = f"{events.INSERT} WHERE EXISTS (SELECT FROM users WHERE id = %(person)s::uuid) ON CONFLICT DO NOTHING"
_LOCK = "hashtext('event_writer')"


def write() -> int:
    """Writes everything that waits.

    Returns how many views; 0 while another writer works. Raises redis.RedisError.
    """
    written = 0
    with _sole_writer() as is_sole:
        has_more = is_sole
        while has_more:
            read, views = event_buffer.take(BATCH)
            _insert(views)
            event_buffer.forget(read)
            written, has_more = written + len(views), read == BATCH
    return written


def _insert(views: list[View]) -> None:
    if views:
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, _with_opens(views))


@contextmanager
def _sole_writer() -> Iterator[bool]:
    """Whether this process may write. Held by the connection, so that it ends with the process."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_LOCK})")
        [is_sole] = cursor.fetchone() or [False]
        try:
            yield is_sole
        finally:
            if is_sole:
                cursor.execute(f"SELECT pg_advisory_unlock({_LOCK})")


def _with_opens(views: list[View]) -> list[View]:
    """The views in order; those that open the app have that type."""
    views = sorted(views, key=lambda view: view["occurred_at"])
    latest = _latest(views)
    for view in views:
        visit, at = (view["person"], view["session"]), view["occurred_at"]
        if visit not in latest or at - latest[visit] > AWAY:
            view["type"] = "app_open"
        latest[visit] = at
    return views


def _latest(views: list[View]) -> dict[Visit, dt.datetime]:
    """The last known screen of each session, as far as it matters for the first of `views`."""
    first = views[0]["occurred_at"]
    people = list({view["person"] for view in views})
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [people, first - AWAY, first])
        return {(person, session): at for person, session, at in cursor.fetchall()}
