"""Loop's full backup: an SQLite database with the tables `Habits` and `Repetitions`.

The file is untrusted. It is opened in memory, read-only, without trust in its schema, with limits on the size of a value
and the time of a statement. Only plain tables are read, under these two names.
"""

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from core import text_storage
from habits.transfer.import_limits import MAX_ROWS, MAX_SECONDS
from habits.transfer.importers.loop_csv import YES_MANUAL, LoopValues, ReadHabits, add_values, thousandths
from habits.transfer.importers.values import integer, plain_text, single_line, time_of_day
from habits.transfer.parsed_file import (
    MAX_DESCRIPTION,
    ImportRefused,
    Location,
    ParsedFile,
    ParsedHabit,
    ProblemReason,
    RefusalReason,
)

MAX_VALUE_LENGTH = 100_000
# Loop's colours by number since version 21, and the numbers before it.
PALETTE = (
    "#D32F2F", "#E64A19", "#F57C00", "#FF8F00", "#F9A825", "#AFB42B", "#7CB342", "#388E3C", "#00897B", "#00ACC1",
    "#039BE5", "#1976D2", "#303F9F", "#5E35B1", "#8E24AA", "#D81B60", "#5D4037", "#303030", "#757575", "#aaaaaa",
)  # fmt: skip
_PALETTE_OF_12 = {12: 19, 11: 17, 10: 15, 9: 14, 8: 13, 7: 10, 6: 9, 5: 8, 4: 7, 3: 5, 2: 4}
_REQUIRED = {
    "habits": {"id", "name", "freq_num", "freq_den", "archived", "color", "position", "description"},
    "repetitions": {"habit", "timestamp"},
}
_OPTIONAL = {
    "habits": ("reminder_hour", "reminder_min", "reminder_days", "type", "target_type", "target_value", "unit", "question", "uuid"),
    "repetitions": ("value", "notes"),
}  # fmt: skip
EPOCH = dt.date(1970, 1, 1)
A_DAY = 24 * 60 * 60 * 1000

type Row = dict[str, Any]


def read(data: bytes, parsed: ParsedFile) -> ReadHabits:
    """Adds the habits to `parsed`. Gives each with its values in Loop's terms."""
    with UntrustedDatabase(data) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        columns = {table: _columns(database, table) for table in _REQUIRED}
        _restrict(database)
        habits: dict[int, tuple[ParsedHabit, LoopValues]] = {}
        for number, row in enumerate(_rows(database, "habits", columns["habits"]), start=1):
            _read_habit(parsed, row, habits, version=version, at=Location("Habits", number))
        for number, row in enumerate(_rows(database, "repetitions", columns["repetitions"]), start=1):
            _read_value(parsed, row, habits, at=Location("Repetitions", number))
    for number, (habit, values) in enumerate(habits.values(), start=1):
        add_values(parsed, habit, values, at=Location("Habits", number))
    return list(habits.values())


class UntrustedDatabase:
    """An SQLite database opened in memory with every protection that SQLite offers.

    Raises ImportRefused.
    """

    def __init__(self, data: bytes):
        # A backup in WAL mode would need its log file: its header is changed to say that it has none.
        self._data = data[:18] + b"\1\1" + data[20:]

    def __enter__(self) -> sqlite3.Connection:
        self._closing = closing(sqlite3.connect(":memory:", isolation_level=None))
        database = self._closing.__enter__()
        ends_at = time.monotonic() + MAX_SECONDS
        database.set_progress_handler(lambda: time.monotonic() > ends_at, 10_000)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024)
        try:
            database.deserialize(self._data)
            database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # noqa: FBT003
            database.setconfig(sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA, False)  # noqa: FBT003
            for pragma in ("query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
                database.execute(f"PRAGMA {pragma}")
            for limit, most in (
                (sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_LENGTH),
                (sqlite3.SQLITE_LIMIT_VDBE_OP, 25_000),
                (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 50),
                (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
                (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            ):
                database.setlimit(limit, most)
        except sqlite3.Error as error:
            self._closing.__exit__(None, None, None)
            raise ImportRefused(RefusalReason.BROKEN) from error
        return database

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._closing.__exit__(kind, error, trace)
        if isinstance(error, sqlite3.OperationalError) and "interrupted" in str(error):
            raise ImportRefused(RefusalReason.SLOW) from error
        if isinstance(error, (sqlite3.Error, OverflowError, UnicodeDecodeError)):
            raise ImportRefused(RefusalReason.BROKEN) from error


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    """The columns to read. Raises ImportRefused unless it is a plain table with plain columns."""
    kinds = database.execute("SELECT type, sql FROM sqlite_master WHERE lower(name) = ?", [table]).fetchall()
    if len(kinds) != 1 or kinds[0][0] != "table" or not str(kinds[0][1]).lstrip().upper().startswith("CREATE TABLE"):
        raise ImportRefused(RefusalReason.SCHEMA)
    named = database.execute("SELECT lower(name), hidden FROM pragma_table_xinfo(?)", [table]).fetchall()
    there = {name for name, _hidden in named}
    if not _REQUIRED[table] <= there or any(hidden for _name, hidden in named):
        raise ImportRefused(RefusalReason.SCHEMA)
    return [*sorted(_REQUIRED[table]), *(name for name in _OPTIONAL[table] if name in there)]


def _restrict(database: sqlite3.Connection) -> None:
    """Allows nothing from here on but reading the two tables."""

    def allowed(action: int, table: str | None, _column: str | None, _database: str | None, _inner: str | None) -> int:
        reads = action == sqlite3.SQLITE_READ and (table or "").lower() in _REQUIRED
        return sqlite3.SQLITE_OK if reads or action == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_DENY

    database.set_authorizer(allowed)


def _rows(database: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[Row]:
    # The names are constants: `_REQUIRED` and `_OPTIONAL`.
    cursor = database.execute(f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED")  # noqa: S608
    for number, row in enumerate(cursor):
        if number == MAX_ROWS:
            raise ImportRefused(RefusalReason.TOO_MANY)
        yield dict(zip(columns, row, strict=True))


def _read_habit(
    parsed: ParsedFile, row: Row, habits: dict[int, tuple[ParsedHabit, LoopValues]], *, version: int, at: Location
) -> None:
    number, times, days = integer(row["id"]), integer(row["freq_num"]), integer(row["freq_den"])
    target = thousandths(str(row.get("target_value") or 0))
    if number is None or times is None or days is None or target is None:
        parsed.add_problem(ProblemReason.SHAPE, at)
        return
    uuid = single_line(row.get("uuid"), max_length=100)
    habit = parsed.add_habit(f"uuid:{uuid}" if uuid else f"name:{row['name']}", row["name"], at=at)
    if habit is None:
        return
    about = [plain_text(row.get(part)) for part in ("question", "description")]
    habit.description = text_storage.shorten("\n".join(filter(None, about)), MAX_DESCRIPTION)
    habit.archived = bool(row["archived"])
    habit.color = _color(row["color"], version=version)
    if reminder_time := time_of_day(row.get("reminder_hour"), row.get("reminder_min")):
        _set_reminder(habit, reminder_time, row.get("reminder_days"))
    habits[number] = (
        habit,
        LoopValues(
            times,
            days,
            numeric=row.get("type") == 1,
            at_most=row.get("target_type") == 1,
            target=target,
            unit=single_line(row.get("unit"), max_length=20),
        ),
    )


def _set_reminder(habit: ParsedHabit, time_of_day: str, packed: object) -> None:
    """Bit 0 is Saturday, bit 6 Friday."""
    bits = integer(packed) if packed is not None else 127
    days = sorted((bit + 5) % 7 + 1 for bit in range(7) if (bits or 0) >> bit & 1)
    if days:
        habit.reminder_times = [time_of_day]
        habit.reminder_days = [] if len(days) == 7 else days


def _color(value: object, *, version: int) -> str:
    number = integer(value)
    if number is None or number < 0:
        return ""
    if version < 21:
        number = _PALETTE_OF_12.get(number, number)
    return PALETTE[number] if number < len(PALETTE) else ""


def _read_value(
    parsed: ParsedFile, row: Row, habits: dict[int, tuple[ParsedHabit, LoopValues]], *, at: Location
) -> None:
    owner, stamp = integer(row["habit"]), integer(row["timestamp"])
    value = integer(row.get("value", YES_MANUAL))
    if owner not in habits:
        parsed.add_problem(ProblemReason.NO_HABIT, at)
    elif stamp is None or not 0 <= stamp < 100_000 * A_DAY:
        parsed.add_unreadable(habits[owner][0], ProblemReason.DAY, at)
    elif value is None:
        parsed.add_unreadable(habits[owner][0], ProblemReason.AMOUNT, at, day=_day(stamp))
    else:
        note = row.get("notes")
        habits[owner][1].entries.append((_day(stamp), value, note if isinstance(note, str) else "", at))


def _day(stamp: int) -> dt.date:
    return EPOCH + dt.timedelta(days=stamp // A_DAY)
