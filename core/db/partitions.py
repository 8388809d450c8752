"""Monthly range partitions for ordinary Django models.

The model's key is `id`, the table's is (id, partition key).

Why not a library: django-postgres-extra forces CompositePrimaryKey, which neither admin nor foreign keys accept.
"""

import dataclasses
import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from functools import partial

import structlog
from django.apps import apps
from django.db import OperationalError, connection, migrations, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg.errors import DeadlockDetected, LockNotAvailable

from core.months import later

log = structlog.get_logger(__name__)

MONTHS_AHEAD = 3
# Months of waiting rows that one run creates: each takes a lock, and the next run continues.
MONTHS_AT_ONCE = 120
# Milliseconds that a change of partitions waits for each of its locks; fewer of them than in a second (`_lock`).
LOCK_WAIT = 200
# How often a change is tried while others hold its locks, and the seconds between two tries, in which writers go on. A
# vacuum of a table with some rows, and most reads, are over after that.
TRIES = 20
PAUSE = 0.5


class CreatePartitionedModel(migrations.CreateModel):
    """CreateModel for a table `PARTITION BY RANGE (partition_by)` with a DEFAULT partition."""

    def __init__(self, name, fields, *, partition_by, **kwargs):
        self.partition_by = partition_by
        super().__init__(name, fields, **kwargs)

    def deconstruct(self):
        name, args, kwargs = super().deconstruct()
        return name, args, {**kwargs, "partition_by": self.partition_by}

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        plain = schema_editor.table_sql
        quote = schema_editor.quote_name

        def table_sql(model):
            sql, params = plain(model)
            key = model._meta.pk.column
            by = model._meta.get_field(self.partition_by).column
            sql, found = re.subn(r" PRIMARY KEY\b", "", sql)
            if found != 1 or not sql.rstrip().endswith(")"):
                raise RuntimeError(f"unexpected CREATE TABLE: {sql}")
            return (
                f"{sql.rstrip()[:-1]}, PRIMARY KEY ({quote(key)}, {quote(by)})) PARTITION BY RANGE ({quote(by)})",
                params,
            )

        schema_editor.table_sql = table_sql
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            del schema_editor.table_sql
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        schema_editor.execute(f"CREATE TABLE {quote(f'{table}_default')} PARTITION OF {quote(table)} DEFAULT")


class MakePartitions(migrations.RunPython):
    """Creates the partitions of a new database: the previous month, this month, and those ahead."""

    reduces_to_sql = False

    def __init__(self, table: str, column: str):
        self.table, self.column = table, column
        super().__init__(self._make, migrations.RunPython.noop)

    def _make(self, _apps, _editor) -> None:
        ensure_months(self.table, self.column, around(timezone.now().date(), back=1))

    def deconstruct(self):
        return (self.__class__.__qualname__, [self.table, self.column], {})


@dataclasses.dataclass(frozen=True)
class Month:
    """A calendar month in UTC, the range of one partition."""

    first: dt.date

    @classmethod
    def of(cls, day: dt.date) -> "Month":
        return cls(day.replace(day=1))

    def plus(self, months: int) -> "Month":
        return Month(later(self.first, months))

    def table(self, parent: str) -> str:
        """The document's name for this month's partition: `habit_logs_y2025m06`."""
        return f"{parent}_y{self.first:%Y}m{self.first:%m}"


def around(day: dt.date, *, back: int = 0, ahead: int = MONTHS_AHEAD) -> list[Month]:
    return [Month.of(day).plus(n) for n in range(-back, ahead + 1)]


def between(first: dt.date, last: dt.date) -> list[Month]:
    months, month = [], Month.of(first)
    while month.first <= last:
        months.append(month)
        month = month.plus(1)
    return months


def partitioned() -> Iterator[tuple[str, str]]:
    """The partitioned tables, each with its partition column: the model's `PARTITION_BY`."""
    return ((model._meta.db_table, model.PARTITION_BY) for model in apps.get_models() if hasattr(model, "PARTITION_BY"))


def maintain(today: dt.date) -> list[str]:
    """Creates partitions: this month, the next three, and months of rows waiting in DEFAULT.

    Returns the created names. Logs an error while rows still wait: an operator has to look at them.
    """
    made = [
        name
        for table, column in partitioned()
        for name in ensure_months(table, column, around(today) + waiting_months(table, column))
    ]
    waiting = {table: rows for table, rows in waiting_in_default().items() if rows}
    if waiting:
        log.error("rows wait in a default partition", rows=waiting)
    return made


def ensure_months(table: str, column: str, months: list[Month]) -> list[str]:
    """Creates missing partitions and moves their rows out of DEFAULT; two runs at once are safe."""
    return [month.table(table) for month in months if retry_locks(partial(_ensure, table, column, month))]


def retry_locks[Result](change: Callable[[], Result]) -> Result:
    """The result of a change, which is tried again while others hold its locks.

    The change is a transaction that waits LOCK_WAIT for each. Raises OperationalError where one is held for longer.
    """
    for _try in range(TRIES - 1):
        try:
            return change()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                raise
        time.sleep(PAUSE)
    return change()


def _ensure(table: str, column: str, month: Month) -> bool:
    quote = connection.ops.quote_name
    name, default, column = month.table(table), quote(f"{table}_default"), quote(column)
    low, high = (f"'{edge.first} 00:00+00'" for edge in (month, month.plus(1)))
    within = f"{column} >= {low} AND {column} < {high}"
    with transaction.atomic(), connection.cursor() as cursor:
        # Most are there: within a longer transaction a lock would make every other run wait for its end.
        if _exists(cursor, name):
            return False
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [table])
        if _exists(cursor, name):
            return False
        # The table cannot be altered while foreign key checks are pending: run those of this transaction now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _lock(cursor, table)
        cursor.execute(f"CREATE TABLE {quote(name)} (LIKE {quote(table)} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(
            f"WITH waited AS (DELETE FROM {default} WHERE {within} RETURNING *)"  # noqa: S608
            f" INSERT INTO {quote(name)} SELECT * FROM waited"
        )
        cursor.execute(f"ALTER TABLE {quote(table)} ATTACH PARTITION {quote(name)} FOR VALUES FROM ({low}) TO ({high})")
    return True


def _exists(cursor: CursorWrapper, name: str) -> bool:
    # to_regclass would remember within the transaction that it was not there.
    cursor.execute("SELECT EXISTS (SELECT FROM pg_class WHERE relname = %s AND pg_table_is_visible(oid))", [name])
    return bool(cursor.fetchone()[0])


def _lock(cursor: CursorWrapper, table: str) -> None:
    """Takes every lock that a new partition needs, before anything is changed.

    Writers lock the same tables in another order, so they and this transaction may wait for each other. PostgreSQL cancels
    a writer that has waited so for a second. This transaction gives up before: at most four waits (LOCK_WAIT), and nothing
    slow between them. It gives up for a long read too, which would queue every writer behind it (`retry_locks`).
    """
    quote = connection.ops.quote_name
    cursor.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT}")
    # ATTACH gives the partition the foreign keys of its parent, which locks the tables that they point at.
    cursor.execute(
        "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 1",
        [table],
    )
    # No row may enter DEFAULT between the move and the ATTACH, and a writer already routed to DEFAULT would fail: with the
    # parent locked writers wait before they are routed.
    for shared in [*(name for (name,) in cursor.fetchall()), table]:
        cursor.execute(f"LOCK TABLE ONLY {quote(shared)} IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute(f"LOCK TABLE ONLY {quote(f'{table}_default')} IN ACCESS EXCLUSIVE MODE")


def waiting_months(table: str, column: str) -> list[Month]:
    """The months of the rows in a DEFAULT partition, the first `MONTHS_AT_ONCE` of them.

    Rows outside of Python's years (`infinity` too) belong to no month and stay.
    """
    quote = connection.ops.quote_name
    month = f"date_trunc('month', {quote(column)} AT TIME ZONE 'UTC')::date"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {month} FROM {quote(f'{table}_default')}"  # noqa: S608
            f" WHERE {quote(column)} >= '0001-02-01' AND {quote(column)} < '9999-12-01' ORDER BY 1 LIMIT %s",
            [MONTHS_AT_ONCE],
        )
        return [Month(first) for (first,) in cursor.fetchall()]


def months_ahead(today: dt.date) -> dict[str, int]:
    """By table, the number of months after this one with a partition, up to the first gap."""
    ahead = {}
    with connection.cursor() as cursor:
        for table, _column in partitioned():
            cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
            have = {name for (name,) in cursor.fetchall()}
            ahead[table] = -1
            while Month.of(today).plus(ahead[table] + 1).table(table) in have:
                ahead[table] += 1
    return ahead


def waiting_in_default() -> dict[str, int]:
    """By table, the number of rows in its DEFAULT partition, counted up to 1,000."""
    waiting = {}
    with connection.cursor() as cursor:
        for table, _column in partitioned():
            default = connection.ops.quote_name(f"{table}_default")
            cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {default} LIMIT 1000) AS rows")  # noqa: S608
            waiting[table] = cursor.fetchone()[0]
    return waiting
