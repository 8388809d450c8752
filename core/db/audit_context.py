"""Sends the acting user and address to PostgreSQL with each audited statement.

The triggers (`core.audit.triggers`) read one signed setting that lasts as long as the transaction. It is sent in the
same round trip as every such statement, so that a pooled connection, another thread or a rolled back savepoint can never
attribute a change to another user. Statements that touch no audited table are sent unchanged.

Server-side binding must stay off (Django's default): PostgreSQL cannot prepare two statements at once. COPY bypasses
Django's wrappers: call `set_actor()` before it, inside the transaction.
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

# The tables with audit triggers; tests compare this list with the models' triggers.
AUDITED = (
    "users",
    "user_subscriptions",
    "payment_transactions",
    "payment_methods",
    "subscription_plans",
    "habits",
    "habit_categories",
    "achievements",
    "challenges",
    "ai_prompt_templates",
    "coaching_controls",
    "announcements",
)
_CHANGES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH|CALL|DO|TRUNCATE)\b", re.IGNORECASE)
_AUDITED = re.compile(rf"\b(?:{'|'.join(AUDITED)})\b", re.IGNORECASE)


@functools.lru_cache(maxsize=2048)
def is_audited(sql: str) -> bool:
    """Whether the statement may change an audited table.

    Cached: the same few texts are asked about at each request.
    """
    return bool(_CHANGES.match(sql) and _AUDITED.search(sql))


@dataclass(frozen=True)
class Actor:
    """Who acts and from where. Both fields are None when the service acts by itself."""

    user_id: UUID | None = None
    address: IPv4Address | IPv6Address | None = None

    @property
    def sql(self) -> str:
        """The statement that sets the transaction's actor, empty for nobody.

        Ids, addresses and signatures need no escaping: they hold no quotes.
        """
        known = self.user_id or self.address
        signed = actor_signature.sign(str(self.user_id or ""), str(self.address or "")) if known else ""
        # In hexadecimal, which needs no escaping either.
        why = _why.get().replace("\0", "").encode(errors="replace").hex()
        return f"SELECT set_config('{actor_signature.SETTING}', '{signed}', true), set_config('wellness.why', '{why}', true); "


NOBODY = Actor()
_actor: contextvars.ContextVar[Callable[[], Actor]] = contextvars.ContextVar("actor")
# The reason that staff give for what they do.
_why: contextvars.ContextVar[str] = contextvars.ContextVar("why", default="")


@contextmanager
def acting(user_id: UUID | None, *, address: IPv4Address | IPv6Address | None = None) -> Iterator[None]:
    """Attributes what is written inside to this person.

    For tasks and commands that act on behalf of a person.
    """
    actor = Actor(user_id, address)
    with acting_as(lambda: actor):
        yield


@contextmanager
def acting_as(who: Callable[[], Actor]) -> Iterator[None]:
    """Like `acting`, for an actor who may change: `who` is called at each statement."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


@contextmanager
def because(why: str) -> Iterator[None]:
    """Gives this reason for everything that is written or read inside."""
    token = _why.set(why)
    try:
        yield
    finally:
        _why.reset(token)


def current() -> Actor:
    who = _actor.get(None)
    return who() if who else NOBODY


def set_actor(connection: Any) -> None:
    """Sets the actor in PostgreSQL for the rest of the transaction."""
    connection.connection.execute(current().sql)


def execute_with_actor(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001 - Django's signature
    """The execute wrapper of our database backend."""
    text = sql.as_string(None) if isinstance(sql, Composable) else sql
    cursor, connection = context["cursor"], context["connection"]
    # Long texts, which write thousands of rows, do not repeat and are not worth caching.
    asks = is_audited if len(text) < 5_000 else is_audited.__wrapped__
    if not asks(text) or getattr(cursor, "name", None):
        return execute(sql, params, many, context)
    if many:
        # Sent as a stream of statements, each in its own transaction unless there is one around them.
        with transaction.atomic(using=connection.alias, savepoint=False):
            set_actor(connection)
            return execute(sql, params, many, context)
    result = execute(current().sql + text, params, many, context)
    while cursor.nextset():  # psycopg stays at the first statement's result
        pass
    return result
