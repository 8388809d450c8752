"""Loop Habit Tracker, full backup: an SQLite database with the tables `Habits` and `Repetitions`.

The file is a stranger's. It is opened in memory, read-only, without trust in its schema, with limits on what a value may
weigh and how long a statement may run; and it may hold only plain tables under the two names that are read.
"""

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from habits.transfer.loop_csv import YES_MANUAL, Column, fill, thousandths
from habits.transfer.parse_result import (
    MAX_DESCRIPTION,
    MOST_ROWS,
    At,
    Found,
    FoundHabit,
    Refusal,
    Refused,
    Source,
    Why,
    clock,
    note_text,
    whole,
    words,
)

SECONDS = 20.0
MOST_VALUE = 100_000
# Numbers of the palette since version 21, the one before, and the colours before version 14.
PALETTE = (
    "#D32F2F", "#E64A19", "#F57C00", "#FF8F00", "#F9A825", "#AFB42B", "#7CB342", "#388E3C", "#00897B", "#00ACC1",
    "#039BE5", "#1976D2", "#303F9F", "#5E35B1", "#8E24AA", "#D81B60", "#5D4037", "#303030", "#757575", "#aaaaaa",
)  # fmt: skip
_PALETTE_OF_12 = {12: 19, 11: 17, 10: 15, 9: 14, 8: 13, 7: 10, 6: 9, 5: 8, 4: 7, 3: 5, 2: 4}
_NEEDED = {
    "habits": {"id", "name", "freq_num", "freq_den", "archived", "color", "position", "description"},
    "repetitions": {"habit", "timestamp"},
}
_EXTRA = {
    "habits": ("reminder_hour", "reminder_min", "reminder_days", "type", "target_type", "target_value", "unit", "question", "uuid"),
    "repetitions": ("value", "notes"),
}  # fmt: skip
EPOCH = dt.date(1970, 1, 1)
A_DAY = 24 * 60 * 60 * 1000

type Row = dict[str, Any]


def read(data: bytes, *, today: dt.date) -> Found:
    found = Found(Source.LOOP, today)
    with opened(data) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        columns = {table: _columns(database, table) for table in _NEEDED}
        _lock(database)
        habits: dict[int, tuple[FoundHabit, Column]] = {}
        for number, row in enumerate(_rows(database, "habits", columns["habits"]), start=1):
            _read_habit(found, row, habits, version=version, at=At("Habits", number))
        for number, row in enumerate(_rows(database, "repetitions", columns["repetitions"]), start=1):
            _read_value(found, row, habits, at=At("Repetitions", number))
    for number, (habit, column) in enumerate(habits.values(), start=1):
        fill(found, habit, column, at=At("Habits", number))
    return found


class opened:  # noqa: N801 -- reads as a verb where it is used
    """The database in memory, as untrusted as SQLite lets one have it."""

    def __init__(self, data: bytes):
        # A backup made in WAL mode opens only beside its log; ours is a copy of the main file alone.
        self._data = data[:18] + b"\1\1" + data[20:]

    def __enter__(self) -> sqlite3.Connection:
        self._closing = closing(sqlite3.connect(":memory:", isolation_level=None))
        database = self._closing.__enter__()
        ends_at = time.monotonic() + SECONDS
        database.set_progress_handler(lambda: time.monotonic() > ends_at, 10_000)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024)
        try:
            database.deserialize(self._data)
            database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # noqa: FBT003
            database.setconfig(sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA, False)  # noqa: FBT003
            for pragma in ("query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
                database.execute(f"PRAGMA {pragma}")
            for limit, most in (
                (sqlite3.SQLITE_LIMIT_LENGTH, MOST_VALUE),
                (sqlite3.SQLITE_LIMIT_VDBE_OP, 25_000),
                (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 50),
                (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
                (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            ):
                database.setlimit(limit, most)
        except sqlite3.Error as error:
            self._closing.__exit__(None, None, None)
            raise Refused(Refusal.BROKEN) from error
        return database

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._closing.__exit__(kind, error, trace)
        if isinstance(error, sqlite3.OperationalError) and "interrupted" in str(error):
            raise Refused(Refusal.SLOW) from error
        if isinstance(error, (sqlite3.Error, OverflowError, UnicodeDecodeError)):
            raise Refused(Refusal.BROKEN) from error


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    """Those of its columns that are read. Only a plain table with plain columns is."""
    kinds = database.execute("SELECT type, sql FROM sqlite_master WHERE lower(name) = ?", [table]).fetchall()
    if len(kinds) != 1 or kinds[0][0] != "table" or not str(kinds[0][1]).lstrip().upper().startswith("CREATE TABLE"):
        raise Refused(Refusal.SCHEMA)
    named = database.execute("SELECT lower(name), hidden FROM pragma_table_xinfo(?)", [table]).fetchall()
    there = {name for name, _hidden in named}
    if not _NEEDED[table] <= there or any(hidden for _name, hidden in named):
        raise Refused(Refusal.SCHEMA)
    return [*sorted(_NEEDED[table]), *(name for name in _EXTRA[table] if name in there)]


def _lock(database: sqlite3.Connection) -> None:
    """From here on nothing but reading the two tables."""

    def allowed(action: int, table: str | None, _column: str | None, _database: str | None, _inner: str | None) -> int:
        reads = action == sqlite3.SQLITE_READ and (table or "").lower() in _NEEDED
        return sqlite3.SQLITE_OK if reads or action == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_DENY

    database.set_authorizer(allowed)


def _rows(database: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[Row]:
    # The names are ours: `_NEEDED` and `_EXTRA`.
    cursor = database.execute(f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED")  # noqa: S608
    for number, row in enumerate(cursor):
        if number == MOST_ROWS:
            raise Refused(Refusal.TOO_MANY)
        yield dict(zip(columns, row, strict=True))


def _read_habit(found: Found, row: Row, habits: dict[int, tuple[FoundHabit, Column]], *, version: int, at: At) -> None:
    number, times, days = whole(row["id"]), whole(row["freq_num"]), whole(row["freq_den"])
    target = thousandths(str(row.get("target_value") or 0))
    if number is None or times is None or days is None or target is None:
        found.problem(Why.SHAPE, at)
        return
    uuid = words(row.get("uuid"), most=100)
    habit = found.habit(f"uuid:{uuid}" if uuid else f"name:{row['name']}", row["name"], at=at)
    if habit is None:
        return
    about = [note_text(row.get(part)) for part in ("question", "description")]
    habit.description = "\n".join(filter(None, about))[:MAX_DESCRIPTION]
    habit.archived = bool(row["archived"])
    habit.color = _color(row["color"], version=version)
    if time_of_day := clock(row.get("reminder_hour"), row.get("reminder_min")):
        _remind(habit, time_of_day, row.get("reminder_days"))
    habits[number] = (
        habit,
        Column(
            times,
            days,
            numeric=row.get("type") == 1,
            at_most=row.get("target_type") == 1,
            target=target,
            unit=words(row.get("unit"), most=20),
        ),
    )


def _remind(habit: FoundHabit, time_of_day: str, packed: object) -> None:
    """Bit 0 is Saturday, bit 6 Friday."""
    bits = whole(packed) if packed is not None else 127
    days = sorted((bit + 5) % 7 + 1 for bit in range(7) if (bits or 0) >> bit & 1)
    if days:
        habit.reminder_times = [time_of_day]
        habit.reminder_days = [] if len(days) == 7 else days


def _color(value: object, *, version: int) -> str:
    number = whole(value)
    if number is None or number < 0:
        return ""
    if version < 21:
        number = _PALETTE_OF_12.get(number, number)
    return PALETTE[number] if number < len(PALETTE) else ""


def _read_value(found: Found, row: Row, habits: dict[int, tuple[FoundHabit, Column]], *, at: At) -> None:
    owner, stamp = whole(row["habit"]), whole(row["timestamp"])
    value = whole(row.get("value", YES_MANUAL))
    if owner not in habits:
        found.problem(Why.NO_HABIT, at)
    elif stamp is None or not 0 <= stamp < 100_000 * A_DAY:
        found.problem(Why.DAY, at)
    elif value is None:
        found.problem(Why.AMOUNT, at)
    else:
        note = row.get("notes")
        habits[owner][1].values.append(
            (EPOCH + dt.timedelta(days=stamp // A_DAY), value, note if isinstance(note, str) else "", at)
        )
