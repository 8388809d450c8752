"""Key rotation.

Reseals every value under the newest key of the ring while the service is running.

All processes run with the new key first in PII_KEYS and the old one behind it: they read both and write the new one.
Then each value under another key is opened and sealed again, in batches of rows by key order. A row is written only if
it still holds the value that was read, and a locked row is left for the next round: no edit is lost, and no request
waits. Each batch is committed, so a run that was killed can be run again.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from psycopg import sql

from core.audit import actor_signature
from core.crypto import keyring, sealing
from core.crypto.fields import BlindIndexField, FindableMixin, SealedJSONMixin, SealedMixin, SealedTextField

BATCH = 500
# Stop after this many rounds in a row that moved nothing although values are left: their rows are locked.
MAX_IDLE_ROUNDS = 10
PAUSE = 0.5  # seconds before a locked row is tried again


@dataclasses.dataclass(frozen=True)
class SealedColumn:
    """One sealed column.

    `reseal` takes a row's key and token and returns the token under the newest key.
    """

    table: str
    key: str
    name: str
    is_json: bool
    reseal: Callable[[Any, str], str]
    # Copies made by the database itself (a materialized view) are read, not written.
    is_copy: bool = False

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def token(self) -> sql.Composable:
        """The SQL of the stored token."""
        name = sql.Identifier(self.name)
        return sql.SQL("{}->>'sealed'").format(name) if self.is_json else name


@dataclasses.dataclass
class RotationResult:
    """How many values of a column were moved, are still under another key, and cannot be opened."""

    column: SealedColumn
    moved: int = 0
    left: int = 0
    unreadable: int = 0


def columns() -> Iterator[SealedColumn]:
    """Every sealed column of every model, library models included."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if column := _column(model, field):
                yield column


def _column(model: type[models.Model], field: models.Field) -> SealedColumn | None:
    table, key, name = model._meta.db_table, str(model._meta.pk.column), str(field.column)
    if isinstance(field, SealedTextField):
        return SealedColumn(table, key, name, False, _bound_to_row(table, name))  # noqa: FBT003
    if isinstance(field, FindableMixin):
        return SealedColumn(table, key, name, False, _findable(field.bound_to))  # noqa: FBT003
    if isinstance(field, (SealedJSONMixin, SealedMixin)):
        is_json = isinstance(field, SealedJSONMixin)
        return SealedColumn(table, key, name, is_json, _bound_to_column(field.bound_to))
    if source := getattr(field, "sealed_copy_of", None):
        return SealedColumn(table, key, name, False, _bound_to_row(*source), is_copy=True)  # noqa: FBT003
    return None


def _bound_to_row(table: str, column: str) -> Callable[[Any, str], str]:
    def reseal(key: Any, token: str) -> str:
        place = sealing.place(table, column, key)
        return sealing.seal(sealing.unseal(token, bound_to=place), bound_to=place)

    return reseal


def _bound_to_column(place: str) -> Callable[[Any, str], str]:
    return lambda _key, token: sealing.seal(sealing.unseal(token, bound_to=place), bound_to=place)


def _findable(place: str) -> Callable[[Any, str], str]:
    return lambda _key, token: sealing.seal_findable(sealing.unseal_findable(token, bound_to=place), bound_to=place)


# ── Moving ──────────────────────────────────────────────────────────────────


def rotate(*, batch: int = BATCH, tell: Callable[[RotationResult], None] = lambda result: None) -> list[RotationResult]:
    """Moves all values to the newest key; calls `tell` after each batch.

    Leaves values that cannot be opened.
    """
    return [_rotate(column, batch, tell) for column in columns() if not column.is_copy]


def _rotate(column: SealedColumn, batch: int, tell: Callable[[RotationResult], None]) -> RotationResult:
    result, idle = RotationResult(column), 0
    while idle < MAX_IDLE_ROUNDS:
        moved_before, result.unreadable = result.moved, 0
        for rows in _pages(column, batch):
            _move(column, rows, result)
            tell(result)
        result.left = _count_left(column)
        if result.left == result.unreadable:
            break
        idle = 0 if result.moved > moved_before else idle + 1
        time.sleep(PAUSE)
    return result


def _pages(column: SealedColumn, batch: int) -> Iterator[list[tuple[Any, str]]]:
    """Yields batches of (key, token) of the values under other keys, in key order."""
    query = sql.SQL(
        "SELECT {key}, {token} FROM {table} WHERE {left} AND (%(after)s::text IS NULL OR {key} > %(after)s)"
        " ORDER BY {key} LIMIT %(batch)s"
    ).format(key=sql.Identifier(column.key), token=column.token, table=sql.Identifier(column.table), left=_left(column))
    after = None
    with connection.cursor() as cursor:
        while True:
            cursor.execute(query.as_string(None), {"after": after, "batch": batch})
            rows = cursor.fetchall()
            if not rows:
                return
            yield rows
            after = rows[-1][0]


def _move(column: SealedColumn, rows: list[tuple[Any, str]], result: RotationResult) -> None:
    changes = []
    for key, token in rows:
        try:
            changes.append((key, token, column.reseal(key, token)))
        except sealing.Unreadable:
            result.unreadable += 1
    try:
        result.moved += _write(column, changes)
    except IntegrityError:
        # The same address exists under both keys. Move the others and count this one as unreadable.
        for change in changes:
            try:
                result.moved += _write(column, [change])
            except IntegrityError:
                result.unreadable += 1


def _write(column: SealedColumn, changes: list[tuple[Any, str, str]]) -> int:
    """Writes by compare-and-set.

    Rows that changed in the meantime keep their change, locked rows are skipped.
    """
    if not changes:
        return 0
    value = "jsonb_build_object('sealed', change.new)" if column.is_json else "change.new"
    query = sql.SQL(
        "WITH change AS (SELECT * FROM unnest(%s, %s::text[], %s::text[]) AS change(key, old, new)),"
        " free AS (SELECT {key} AS key FROM {table} JOIN change ON {table}.{key} = change.key"
        "          WHERE {token} = change.old FOR NO KEY UPDATE OF {table} SKIP LOCKED)"
        " UPDATE {table} SET {name} = {value} FROM change JOIN free USING (key)"
        " WHERE {table}.{key} = change.key AND {token} = change.old"
    ).format(
        key=sql.Identifier(column.key),
        table=sql.Identifier(column.table),
        name=sql.Identifier(column.name),
        token=column.token,
        value=sql.SQL(value),
    )
    keys, old, new = (list(part) for part in zip(*changes, strict=True))
    with transaction.atomic(), connection.cursor() as cursor:
        # No content changes, so no audit row is written (core.audit.triggers).
        cursor.execute("SELECT set_config('wellness.resealing', 'on', true)")
        cursor.execute(query.as_string(None), [keys, old, new])
        return cursor.rowcount


# ── Reading ─────────────────────────────────────────────────────────────────


def count() -> list[RotationResult]:
    """Counts the values under other keys than the newest, by column; writes nothing."""
    return [RotationResult(column, left=_count_left(column)) for column in columns()]


def verify(*, batch: int = BATCH) -> list[RotationResult]:
    """Opens every sealed value.

    `left` counts values under other keys, `unreadable` those that do not open.
    """
    results = []
    for column in columns():
        result = RotationResult(column, left=_count_left(column))
        query = sql.SQL("SELECT {key}, {token} FROM {table} WHERE {token} IS NOT NULL AND {token} <> ''").format(
            key=sql.Identifier(column.key), token=column.token, table=sql.Identifier(column.table)
        )
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(query.as_string(None))
            while rows := cursor.fetchmany(batch):
                result.unreadable += sum(not _opens(column, key, token) for key, token in rows)
        results.append(result)
    return results


def count_by_key() -> dict[str, int]:
    """How many values are sealed under each key id.

    A key that is missing here may be removed from the ring.
    """
    ids: dict[str, int] = {}
    for column in columns():
        query = sql.SQL("SELECT split_part({token}, ':', 1), count(*) FROM {table} WHERE {some} GROUP BY 1").format(
            token=column.token, table=sql.Identifier(column.table), some=_some(column)
        )
        with connection.cursor() as cursor:
            cursor.execute(query.as_string(None))
            for key_id, number in cursor.fetchall():
                ids[key_id] = ids.get(key_id, 0) + number
    return ids


def uses_of(key_id: str) -> dict[str, int]:
    """How many values of each column are sealed under this key, without columns that have none."""
    found: dict[str, int] = {}
    for column in columns():
        query = sql.SQL("SELECT count(*) FROM {table} WHERE starts_with({token}, {start})").format(
            table=sql.Identifier(column.table), token=column.token, start=sql.Literal(f"{key_id}:")
        )
        with connection.cursor() as cursor:
            cursor.execute(query.as_string(None))
            [number] = cursor.fetchone()
        if number:
            found[str(column)] = number
    return found


def _opens(column: SealedColumn, key: Any, token: str) -> bool:
    try:
        column.reseal(key, token)
    except sealing.Unreadable:
        return False
    return True


def _count_left(column: SealedColumn) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(column.table), _left(column))
    with connection.cursor() as cursor:
        cursor.execute(query.as_string(None))
        return cursor.fetchone()[0]


def _some(column: SealedColumn) -> sql.Composable:
    return sql.SQL("{token} IS NOT NULL AND {token} <> ''").format(token=column.token)


def _left(column: SealedColumn) -> sql.Composable:
    newest = f"{keyring.current().primary}:"
    return sql.SQL("{some} AND NOT starts_with({token}, {newest})").format(
        some=_some(column), token=column.token, newest=sql.Literal(newest)
    )


# ── The blind index ─────────────────────────────────────────────────────────


def reindex(*, batch: int = 5_000) -> int:
    """Recomputes every blind index under PII_INDEX_KEY and returns the number of rows.

    Runs in one transaction that blocks other writers.

    An index value does not name its key and must stay unique, so two keys cannot be used side by side. Stop the
    service, set the new key, run this, start the service: some seconds for each 100,000 people.
    """
    changed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('wellness.resealing', 'on', true)")
        for model in apps.get_models():
            for field in model._meta.local_concrete_fields:
                if isinstance(field, BlindIndexField):
                    table = connection.ops.quote_name(model._meta.db_table)
                    cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
                    changed += _reindex(model, field, batch)
        # Derived from the same key: the database verifies who acts with it.
        actor_signature.install_key(connection.alias)
    return changed


def _reindex(model: type[models.Model], field: BlindIndexField, batch: int) -> int:
    changed = 0
    read = ["pk", field.source, field.name, *([field.within] if field.within else [])]
    rows = model._default_manager.exclude(**{f"{field.source}__isnull": True}).only(*read)
    waiting = []
    for row in rows.iterator(chunk_size=batch):
        index = field.of_row(row)
        if index != getattr(row, field.attname):
            waiting.append((row.pk, index))
    for start in range(0, len(waiting), batch):
        keys, indexes = (list(part) for part in zip(*waiting[start : start + batch], strict=True))
        query = sql.SQL(
            "UPDATE {table} SET {name} = change.new FROM unnest(%s, %s::text[]) AS change(key, new)"
            " WHERE {table}.{key} = change.key"
        ).format(
            table=sql.Identifier(model._meta.db_table),
            name=sql.Identifier(str(field.column)),
            key=sql.Identifier(str(model._meta.pk.column)),
        )
        with connection.cursor() as cursor:
            cursor.execute(query.as_string(None), [keys, indexes])
            changed += cursor.rowcount
    return changed
