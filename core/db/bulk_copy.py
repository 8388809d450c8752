"""Bulk inserts with COPY in PostgreSQL's binary format."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Writes `rows`, with values in the order of `columns`, into the model's table.

    Returns their number.

    Rows are consumed one by one while the server processes earlier ones. A UUID is given as its 16 bytes, JSON as
    objects. Columns that are not named take their defaults.
    """
    table, written = model._meta.db_table, 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    types = _types(table)
    with connection.cursor() as cursor, cursor.copy(statement) as writer:
        writer.set_types([types[column] for column in columns])
        for row in rows:
            writer.write_row(row)
            written += 1
    return written


@functools.cache
def _types(table: str) -> dict[str, int]:
    """The PostgreSQL type oid that each column is written as; a UUID is written as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, CASE atttypid WHEN 'uuid'::regtype THEN 'bytea'::regtype ELSE atttypid END::int"
            " FROM pg_attribute WHERE attrelid = %s::regclass",
            [table],
        )
        return dict(cursor.fetchall())
