"""Appends rows to app_events. Any app writes events; only analytics reads them.

    record("habit_add", user_id=…, at=…, habit_id=…)    in the caller's transaction

`TYPES` declares every type and what its `event_data` may hold: ids, codes and numbers, never text written by a person. Where the
event came from (session, screen, agent, network) is taken from the request that is being answered; background work has none.

Written in SQL, because `analytics` owns the model; tests/db/test_events.py holds the columns to its table.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from uuid6 import uuid7

from core.db import prepared_statements

type Value = str | int | None


def _is_id(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _is_code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", value) is not None


def _is_number(value: object) -> bool:
    return type(value) is int and value >= 0


ID, CODE, NUMBER = _is_id, _is_code, _is_number


@dataclass(frozen=True)
class EventType:
    """What `event_data` holds: each name exactly once, with a value of its kind."""

    data: Mapping[str, Callable[[object], bool]] = field(default_factory=dict)
    # The person did it in the app at that moment; counts toward the minutes of a session.
    is_action: bool = True

    def check(self, data: Mapping[str, Any]) -> None:
        """Raises ValueError for anything that is not declared."""
        if data.keys() != self.data.keys():
            raise ValueError(f"declared is {sorted(self.data)}, not {sorted(data)}")
        for name, value in data.items():
            if not self.data[name](value):
                raise ValueError(f"{name} is not of its declared kind")


# All event types; tests/test_architecture.py checks the callers.
TYPES: Mapping[str, EventType] = {
    # The first screen after half an hour without one.
    "app_open": EventType(),
    "screen_view": EventType(),
    "habit_check": EventType({"user_habit_id": ID, "streak": NUMBER}),
    "habit_undo": EventType({"user_habit_id": ID}),
    "habit_add": EventType({"habit_id": ID}),
    "habit_import": EventType({"source": CODE, "days": NUMBER}, is_action=False),
    "ai_message_read": EventType({"message_id": ID}),
    "achievement": EventType({"achievement": CODE}, is_action=False),
}
ACTIONS = frozenset(name for name, event_type in TYPES.items() if event_type.is_action)

MAX_SCREEN, MAX_AGENT = 100, 300


class EventSource(NamedTuple):
    """Where an event came from.

    `network` is the address of the client's network, not of the client.
    """

    session_id: UUID | None = None
    screen: str | None = None
    agent: str | None = None
    network: str | None = None


# Of the request that is being answered. A function, because most requests record nothing.
source: ContextVar[Callable[[], EventSource]] = ContextVar("event_source", default=EventSource)

# A WHERE may follow: a check-in writes its event in the same statement as its log, and only if it writes a log.
INSERT = """
    INSERT INTO app_events (id, user_id, event_type, event_data, session_id, screen_name, user_agent, ip_address,
                            occurred_at)
    SELECT %(event)s::uuid, %(person)s::uuid, %(type)s::text, %(data)s::jsonb, %(session)s::uuid, %(screen)s::text,
           %(agent)s::text, %(network)s::inet, %(occurred_at)s::timestamptz
"""


def record(event_type: str, *, user_id: Any, at: dt.datetime, **data: Value) -> None:
    """Writes the event in the caller's transaction. Raises ValueError for what is not declared."""
    prepared_statements.fetch(INSERT, values(event_type, user_id=user_id, at=at, **data))


def values(event_type: str, *, user_id: Any, at: dt.datetime, **data: Value) -> dict[str, Any]:
    """The parameters of `INSERT` for one event. Raises ValueError for what is not declared."""
    if event_type not in TYPES:
        raise ValueError(f"unknown event: {event_type}")
    TYPES[event_type].check(data)
    its = source.get()()
    return {
        "event": uuid7(),
        "person": user_id,
        "type": event_type,
        "data": json.dumps(data),
        "session": its.session_id,
        "screen": its.screen and its.screen[:MAX_SCREEN],
        "agent": its.agent and its.agent[:MAX_AGENT],
        "network": its.network,
        "occurred_at": at,
    }
