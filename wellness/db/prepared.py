"""Statements that every request runs: prepared once for each connection, so that neither Django writes nor
PostgreSQL plans them anew. Parameters are bound by the server: write casts where their type cannot be seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

from wellness.db import acting


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Runs one statement on Django's connection, within its transaction; gives the rows, if it has any."""
    if connection.queries_logged or acting.is_audited(sql):
        # Somebody counts or reads queries, or it has to be said who is acting: Django's own cursor does both.
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, params, prepare=True)
        return cursor.fetchall() if cursor.description else []
