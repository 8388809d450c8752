"""Runs statements of every request, prepared once for each connection.

PostgreSQL does not plan them again. Parameters are bound by the server: write casts where their type is not evident.

    rows = prepared_statements.fetch("SELECT …", [pk])
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from core.db import audit_context


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Runs one statement on Django's connection, in its transaction.

    Returns its rows, if it has any.
    """
    # Looked up once: Django's `connection` proxy looks it up for each attribute.
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged or audit_context.is_audited(sql):
        # Queries are being logged, or the actor must be sent: Django's own cursor does both.
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        try:
            cursor.execute(sql, params, prepare=True)
        except psycopg.errors.FeatureNotSupported:
            # A migration changed a column's type, and this connection rejects statements prepared before it. After a
            # rollback psycopg prepares them again by itself.
            if connection.in_atomic_block:
                raise
            cursor.connection.execute("DEALLOCATE ALL")
            cursor.execute(sql, params, prepare=True)
        # `description` would be slower: it describes each column.
        return cursor.fetchall() if cursor.rownumber is not None else []
