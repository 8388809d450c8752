"""Writes the buffered screen views into app_events, in batches.

The first view of a session after half an hour without one becomes an `app_open`, so a page costs one row at most. A writer that
is killed leaves its views in the buffer, and the next writes those that are missing. Two writers at once write each view once,
because it has an id.
"""

import datetime as dt
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


def write() -> int:
    """Writes everything that waits.

    Returns how many views. Raises redis.RedisError.
    """
    written, has_more = 0, True
    while has_more:
        taken = event_buffer.take(BATCH)
        _insert(taken.views)
        event_buffer.forget(taken)
        written, has_more = written + len(taken.views), taken.number == BATCH
    return written


def _insert(views: list[View]) -> None:
    if views:
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, _with_opens(views))


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
