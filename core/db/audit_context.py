"""Who is acting, and from where: told to PostgreSQL together with each statement that changes an audited table.

The triggers (`core.audit.triggers`) read one signed setting that lives as long as the transaction. It is sent in the
same round trip as the statement itself, each time anew: a pooled connection, another thread or a rolled back savepoint
can never lend somebody else's name to a change. Statements that touch no audited table are sent as they are.

Server-side binding must stay off (Django's default): PostgreSQL prepares no two statements at once. COPY passes
Django's wrappers by: call `stamp()` before it, inside the transaction.
"""

import contextvars
import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg.sql import Composable

from core.audit import actor_signature

# The tables whose changes are kept; tests hold this list and the models' triggers to each other.
AUDITED = (
    "users",
    "user_subscriptions",
    "payment_transactions",
    "subscription_plans",
    "habits",
    "habit_categories",
    "achievements",
    "ai_prompt_templates",
)
_CHANGES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH|CALL|DO|TRUNCATE)\b", re.IGNORECASE)
_AUDITED = re.compile(rf"\b(?:{'|'.join(AUDITED)})\b", re.IGNORECASE)


@functools.lru_cache(maxsize=2048)
def is_audited(sql: str) -> bool:
    """May this statement change an audited table? Texts repeat, and the check-in asks for each of its own."""
    return bool(_CHANGES.match(sql) and _AUDITED.search(sql))


@dataclass(frozen=True)
class Actor:
    """Nobody, when the service acts by itself."""

    user_id: UUID | None = None
    address: IPv4Address | IPv6Address | None = None

    @property
    def sql(self) -> str:
        """Sets this transaction's actor; empty for nobody. Ids, addresses and signatures cannot hold a quote."""
        known = self.user_id or self.address
        signed = actor_signature.sign(str(self.user_id or ""), str(self.address or "")) if known else ""
        return f"SELECT set_config('{actor_signature.SETTING}', '{signed}', true); "


NOBODY = Actor()
_actor: contextvars.ContextVar[Callable[[], Actor]] = contextvars.ContextVar("actor")


@contextmanager
def acting(user_id: UUID | None, *, address: IPv4Address | IPv6Address | None = None) -> Iterator[None]:
    """What is written inside was done by this person. Tasks and commands that act for somebody use it."""
    actor = Actor(user_id, address)
    with acting_as(lambda: actor):
        yield


@contextmanager
def acting_as(who: Callable[[], Actor]) -> Iterator[None]:
    """As `acting`, for somebody who may change on the way: `who` is asked at each statement."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


def current() -> Actor:
    who = _actor.get(None)
    return who() if who else NOBODY


def stamp(connection: Any) -> None:
    """Tells PostgreSQL who acts, for the rest of the transaction."""
    connection.connection.execute(current().sql)


def named(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001 - Django's signature
    """The execute wrapper of our database backend."""
    text = sql.as_string(None) if isinstance(sql, Composable) else sql
    cursor, connection = context["cursor"], context["connection"]
    # Long texts, rows written by the thousand, do not come twice.
    asks = is_audited if len(text) < 5_000 else is_audited.__wrapped__
    if not asks(text) or getattr(cursor, "name", None):
        return execute(sql, params, many, context)
    if many:
        # Sent as a stream of statements, one transaction each unless there is one around them.
        with transaction.atomic(using=connection.alias, savepoint=False):
            stamp(connection)
            return execute(sql, params, many, context)
    result = execute(current().sql + text, params, many, context)
    while cursor.nextset():  # psycopg stays at the first statement's result
        pass
    return result
