"""Statements that every request runs: prepared once for each connection, so that neither Django writes nor
PostgreSQL plans them anew. Parameters are bound by the server: write casts where their type cannot be seen.

    rows = prepared.fetch("SELECT …", [pk])
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from core.db import audit_context


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Runs one statement on Django's connection, within its transaction; gives the rows, if it has any."""
    # Looked up once: Django's `connection` looks it up at each attribute.
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged or audit_context.is_audited(sql):
        # Somebody counts or reads queries, or it has to be said who is acting: Django's own cursor does both.
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        try:
            cursor.execute(sql, params, prepare=True)
        except psycopg.errors.FeatureNotSupported:
            # A migration changed the type of a column, and what was prepared before it is refused for as long as the
            # connection lives. After a rollback psycopg prepares anew by itself.
            if connection.in_atomic_block:
                raise
            cursor.connection.execute("DEALLOCATE ALL")
            cursor.execute(sql, params, prepare=True)
        # Not `description`, which describes each column first.
        return cursor.fetchall() if cursor.rownumber is not None else []
