"""`record`: one row for each thing that happened. Everyone writes here; only analytics reads."""

import datetime as dt
import json
from typing import Any

from uuid6 import uuid7

from core.db import prepared_statements

# The vocabulary; a test holds callers to it.
TYPES = frozenset(
    {"app_open", "habit_check", "habit_undo", "habit_add", "habit_import", "ai_message_read", "achievement"}
)

# Takes a WHERE behind it: a check-in writes its event in one statement with its log, if it writes one.
INSERT = """
    INSERT INTO app_events (id, user_id, event_type, event_data, occurred_at)
    SELECT %(event)s::uuid, %(person)s::uuid, %(type)s::text, %(data)s::jsonb, %(occurred_at)s::timestamptz
"""


def record(event_type: str, *, user_id: Any, at: dt.datetime, **data: str | int | float | bool | None) -> None:
    """Writes the event in the caller's transaction. `data` holds ids and numbers, never words a person wrote."""
    prepared_statements.fetch(INSERT, values(event_type, user_id=user_id, at=at, **data))


def values(
    event_type: str, *, user_id: Any, at: dt.datetime, **data: str | int | float | bool | None
) -> dict[str, Any]:
    """What `INSERT` is given for it."""
    if event_type not in TYPES:
        raise ValueError(f"unknown event: {event_type}")
    return {"event": uuid7(), "person": user_id, "type": event_type, "data": json.dumps(data), "occurred_at": at}
