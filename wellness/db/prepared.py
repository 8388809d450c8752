"""Statements that every request runs: prepared once for each connection, so that neither Django writes nor
PostgreSQL plans them anew. Parameters are bound by the server: write casts where their type cannot be seen.

    rows = prepared.fetch("SELECT …", [pk])
    with prepared.together():                   what is written inside goes to PostgreSQL in one statement
        prepared.write("INSERT …", {"id": pk})
        prepared.write("UPDATE …", {"total": 1})
"""

import contextvars
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from wellness.db import acting


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Runs one statement on Django's connection, within its transaction; gives the rows, if it has any."""
    # Looked up once: Django's `connection` looks it up at each attribute.
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged or acting.is_audited(sql):
        # Somebody counts or reads queries, or it has to be said who is acting: Django's own cursor does both.
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, params, prepare=True)
        # Not `description`, which describes each column first.
        return cursor.fetchall() if cursor.rownumber is not None else []


type _Waiting = dict[str, Mapping[str, Any]]

_waiting: contextvars.ContextVar[_Waiting | None] = contextvars.ContextVar("waiting", default=None)


def write(sql: str, params: Mapping[str, Any]) -> None:
    """Runs one INSERT, UPDATE or DELETE whose result nobody reads: now, or with the others at the end of `together`."""
    waiting = _waiting.get()
    if waiting is None or sql in waiting:
        fetch(sql, params)
    else:
        waiting[sql] = params


@contextmanager
def together() -> Iterator[None]:
    """Inside a transaction: what is written meanwhile waits, and is one statement at the end. Its parts see the same
    rows, so they must not change the same one. A second run of a statement that waits already is not held back.
    """
    waiting: _Waiting = {}
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        values = {
            f"_{number}_{name}": value
            for number, params in enumerate(waiting.values())
            for name, value in params.items()
        }
        fetch(_joined(tuple(waiting)), values)


@lru_cache(maxsize=64)
def _joined(statements: tuple[str, ...]) -> str:
    """`WITH _0 AS (…) …`, the names of each one's parameters apart from the others'."""
    *first, last = [re.sub(r"%\((\w+)\)", rf"%(_{number}_\1)", sql) for number, sql in enumerate(statements)]
    parts = ", ".join(f"_{number} AS ({sql})" for number, sql in enumerate(first))
    return f"WITH {parts} {last}" if parts else last
