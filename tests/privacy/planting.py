"""Puts a text into any column of any table, without knowing the table: constraints and triggers are off until it is undone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import sql

# Types that hold neither an id nor an address as text.
_OTHERS = (
    "integer",
    "bigint",
    "smallint",
    "numeric",
    "double precision",
    "real",
    "boolean",
    "date",
    "timestamp with time zone",
    "time without time zone",
    "interval",
    "inet",
)


def columns(shortest: int) -> dict[str, dict[str, str]]:
    """Table → column → type, of every column that holds a text of this length."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, column_name, format_type(a.atttypid, a.atttypmod) FROM information_schema.columns c"
            " JOIN pg_class r ON r.relname = c.table_name AND r.relnamespace = 'public'::regnamespace"
            " JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = column_name"
            " WHERE table_schema = 'public' AND relkind IN ('r', 'p') AND NOT relispartition"
            " AND data_type <> ALL(%s) AND is_generated = 'NEVER'"
            " AND coalesce(character_maximum_length, 1000) >= %s ORDER BY 1, 2",
            [list(_OTHERS), shortest],
        )
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in cursor.fetchall():
            found.setdefault(table, {})[column] = kind
        return found


def spelled(text: str, kind: str) -> str:
    """The text as a value of the type, inside another text where there is room."""
    if kind.startswith("json"):
        return f'{{"deep": ["{text}"]}}'
    return f"{{{text}}}" if kind.endswith("[]") else text


@contextmanager
def planted(table: str, values: dict[str, str]) -> Iterator[None]:
    """A row of `table` with these texts and as little else as possible."""
    with transaction.atomic(), connection.cursor() as cursor:
        loosen(table)
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Literal, values.values())),
        )
        cursor.execute(query.as_string(None))
        yield
        transaction.set_rollback(True)


def loosen(table: str, *, keep_triggers: bool = False) -> None:
    """Takes what a row must hold, and the triggers, from a table; for a transaction that is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f', 'p', 'u', 'x')",
            [table],
        )
        changes = [] if keep_triggers else ["DISABLE TRIGGER USER"]
        changes += [f'DROP CONSTRAINT "{name}" CASCADE' for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attnotnull AND attidentity = ''",
            [table],
        )
        changes += [f'ALTER "{name}" DROP NOT NULL' for (name,) in cursor.fetchall()]
        cursor.execute(f'ALTER TABLE "{table}" {", ".join(changes)}')
