"""Appends rows to app_events. Any app writes events; only analytics reads them.

Written in SQL, because `analytics` owns the model; tests/db/test_events.py holds the columns to its table.
"""

import datetime as dt
import json
from typing import Any

from uuid6 import uuid7

from core.db import prepared_statements

# All event types; tests/test_architecture.py checks the callers.
TYPES = frozenset(
    {"app_open", "habit_check", "habit_undo", "habit_add", "habit_import", "ai_message_read", "achievement"}
)

# A WHERE may follow: a check-in writes its event in the same statement as its log, and only if it writes a log.
INSERT = """
    INSERT INTO app_events (id, user_id, event_type, event_data, occurred_at)
    SELECT %(event)s::uuid, %(person)s::uuid, %(type)s::text, %(data)s::jsonb, %(occurred_at)s::timestamptz
"""


def record(event_type: str, *, user_id: Any, at: dt.datetime, **data: str | int | float | bool | None) -> None:
    """Writes the event in the caller's transaction.

    `data` holds ids and numbers, never text written by a person.
    """
    prepared_statements.fetch(INSERT, values(event_type, user_id=user_id, at=at, **data))


def values(
    event_type: str, *, user_id: Any, at: dt.datetime, **data: str | int | float | bool | None
) -> dict[str, Any]:
    """The parameters of `INSERT` for one event. Raises ValueError for an unknown type."""
    if event_type not in TYPES:
        raise ValueError(f"unknown event: {event_type}")
    return {"event": uuid7(), "person": user_id, "type": event_type, "data": json.dumps(data), "occurred_at": at}
