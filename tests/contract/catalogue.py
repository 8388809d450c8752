"""Reads the tables, columns, keys and indexes of a schema from PostgreSQL's catalogue."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.utils import CursorWrapper

type Columns = tuple[str, ...]


@dataclass(frozen=True)
class Column:
    type: str
    required: bool
    default: str | None


@dataclass(frozen=True)
class ForeignKey:
    to: str
    # "a" restricts, "c" cascades, "n" sets NULL.
    on_delete: str
    name: str


@dataclass
class Table:
    columns: dict[str, Column] = field(default_factory=dict)
    key: Columns = ()
    unique: set[Columns] = field(default_factory=set)
    foreign_keys: dict[str, ForeignKey] = field(default_factory=dict)
    checks: set[str] = field(default_factory=set)
    indexes: dict[str, Columns] = field(default_factory=dict)


@dataclass
class Catalogue:
    tables: dict[str, Table]
    # Materialized views' columns, partitioned tables' keys.
    views: dict[str, Columns]
    partitioned: dict[str, str]


def read(cursor: CursorWrapper, schema: str) -> Catalogue:
    """Everything in `schema`. Names omit the schema, so that two schemas can be compared."""
    cursor.execute("SELECT set_config('search_path', %s, true)", [schema])
    tables = {name: _table(cursor, oid) for name, oid in _relations(cursor, schema, "rp")}
    views = {name: tuple(_columns(cursor, oid)) for name, oid in _relations(cursor, schema, "m")}
    partitioned = dict(
        _all(
            cursor,
            "SELECT relname, pg_get_partkeydef(oid) FROM pg_class WHERE relkind = 'p' AND relnamespace = %s::regnamespace",
            schema,
        )
    )
    return Catalogue(tables, views, partitioned)


def _all(cursor: CursorWrapper, sql: str, *values: Any) -> list[tuple]:
    cursor.execute(sql, values)
    return cursor.fetchall()


def _relations(cursor: CursorWrapper, schema: str, kinds: str) -> list[tuple[str, int]]:
    sql = """SELECT relname, oid FROM pg_class
             WHERE relnamespace = %s::regnamespace AND relkind = ANY(%s) AND NOT relispartition"""
    return _all(cursor, sql, schema, list(kinds))


def _columns(cursor: CursorWrapper, oid: int) -> dict[str, Column]:
    sql = """SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
             FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
             WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
    return {name: Column(kind, required, _plain(default)) for name, kind, required, default in _all(cursor, sql, oid)}


def _table(cursor: CursorWrapper, oid: int) -> Table:
    table = Table(_columns(cursor, oid))
    constraints = """SELECT conname, contype::text, confrelid::regclass::text, confdeltype::text, pg_get_constraintdef(oid),
                            (SELECT array_agg(attname::text ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS k(number, place)
                             JOIN pg_attribute ON attrelid = conrelid AND attnum = number)
                     FROM pg_constraint WHERE conrelid = %s"""
    for name, kind, to, on_delete, definition, columns in _all(cursor, constraints, oid):
        match kind:
            case "p":
                table.key = tuple(columns)
            case "f":
                table.foreign_keys[columns[0]] = ForeignKey(to, on_delete, name)
            case "c":
                table.checks.add(definition)
    indexes = """SELECT indexrelid::regclass::text, indisunique AND indpred IS NULL,
                        (SELECT array_agg(pg_get_indexdef(indexrelid, place::int, true) ORDER BY place)
                         FROM generate_series(1, indnkeyatts) AS place)
                 FROM pg_index WHERE indrelid = %s"""
    for name, is_unique, columns in _all(cursor, indexes, oid):
        table.indexes[name] = tuple(columns)
        if is_unique and tuple(columns) != table.key:
            table.unique.add(tuple(columns))
    return table


def _plain(default: str | None) -> str | None:
    """`'0.0'::double precision` and `0.0` are the same default, as are the two names of the clock."""
    if default is None:
        return None
    text = re.sub(r"::[a-z ]+", "", default.lower()).strip("'()")
    return {"statement_timestamp": "now", "0.0": "0"}.get(text, text)
