"""Search of every column of every table for the ids and addresses of erased people.

The columns come from the database, so tables without a model are searched too. Which columns may keep an id, and why, is
declared in the classification; an address may stay nowhere. One pass reads every table once for all people of a run.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

from wellness.privacy.classification import TABLES

# All but numbers, times, booleans and network addresses. Partitions are read with their table, and materialized views are
# calculated from tables.
_COLUMNS = """
SELECT c.relname, a.attname, t.typname
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND t.typcategory NOT IN ('N', 'D', 'T', 'B', 'I')
ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True)
class PersonColumn:
    table: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def may_name(self) -> bool:
        """Whether an erased person's id may stay in it."""
        return self.table in TABLES and self.name in TABLES[self.table].named.split()

    def holds(self, people: Collection[UUID], texts: Collection[str]) -> sql.Composable | None:
        """The condition that it names one of the people; None where it cannot or may."""
        name = sql.Identifier(self.name)
        if self.kind == "uuid":
            return None if self.may_name else sql.SQL("{} = ANY({})").format(name, sql.Literal(list(people)))
        spellings = [*texts, *([] if self.may_name else [text for one in people for text in (str(one), one.hex)])]
        text = sql.SQL("encode({}, 'escape')" if self.kind == "bytea" else "{}::text").format(name)
        pattern = "|".join(re.escape(spelling) for spelling in spellings)
        return sql.SQL("{} ~* {}").format(text, sql.Literal(pattern)) if spellings else None


def columns() -> list[PersonColumn]:
    """Every column that can hold an id or an address."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        return [PersonColumn(*row) for row in cursor.fetchall()]


def find(people: Collection[UUID], texts: Collection[str] = ()) -> dict[str, int]:
    """Rows that name one of the people where they may not, as `table.column` → number.

    `texts` are their addresses.
    """
    by_table: dict[str, list[PersonColumn]] = {}
    for column in columns():
        by_table.setdefault(column.table, []).append(column)
    found: dict[str, int] = {}
    for table, searched in by_table.items():
        conditions = {
            str(column): condition for column in searched if (condition := column.holds(people, texts)) is not None
        }
        conditions |= _network_addresses(table, searched, people)
        found |= {name: number for name, number in _count(table, conditions) if number}
    return found


def _network_addresses(table: str, searched: list[PersonColumn], people: Collection[UUID]) -> dict[str, sql.Composable]:
    """Network addresses of anonymous requests, in rows that may name the person."""
    entry = TABLES.get(table)
    if entry is None or "ip_address" not in entry.emptied.split():
        return {}
    named = [column for column in searched if column.may_name and column.kind == "uuid" and column.name != entry.owner]
    is_named = sql.SQL(" OR ").join(
        sql.SQL("{} = ANY({})").format(sql.Identifier(column.name), sql.Literal(list(people))) for column in named
    )
    condition = sql.SQL("ip_address IS NOT NULL AND {} IS NULL AND ({})").format(sql.Identifier(entry.owner), is_named)
    return {f"{table}.ip_address": condition}


def _count(table: str, conditions: dict[str, sql.Composable]) -> Iterator[tuple[str, int]]:
    if not conditions:
        return
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE {})").format(condition) for condition in conditions.values()
    )
    query = sql.SQL("SELECT {} FROM {}").format(counts, sql.Identifier(table))
    with connection.cursor() as cursor:
        # Without parameters, so that a % in a pattern is no placeholder.
        cursor.execute(query.as_string(None))
        yield from zip(conditions, cursor.fetchone(), strict=True)
