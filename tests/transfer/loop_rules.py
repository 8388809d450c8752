"""Reimplements how Loop imports a backup and reads its own export, to check our files against it.

Taken from LoopDBImporter, the migrations, EntryRecord, HabitRecord, HabitsCSVExporter of Loop Habit Tracker 2.3.1.
"""

import csv
import io
import sqlite3
import zipfile
from dataclasses import dataclass, field

WORDS = {"UNKNOWN": -1, "NO": 0, "YES_AUTO": 1, "YES_MANUAL": 2, "SKIP": 3}
PALETTE_SIZE = 20


@dataclass
class LoopHabit:
    uuid: str
    name: str
    frequency: tuple[int, int]
    color: int
    archived: bool
    numeric: bool
    at_most: bool
    target: float
    unit: str
    reminder: tuple[int, int, int] | None
    entries: dict[int, tuple[int, str]] = field(default_factory=dict)

    @property
    def meaning(self) -> dict[int, tuple[int, str]]:
        """The entries that count for streaks and scores: a NO of a yes-or-no habit is the same as no entry."""
        return {at: entry for at, entry in self.entries.items() if self.numeric or entry != (0, "")}


def import_backup(data: bytes) -> list[LoopHabit]:
    """The habits that Loop would have after importing this backup; fails where Loop would refuse or crash."""
    assert data[:16] == b"SQLite format 3\0"
    database = sqlite3.connect(":memory:")
    database.deserialize(data)
    assert database.execute(
        "SELECT count(*) FROM SQLITE_MASTER WHERE name='Habits' OR name='Repetitions'"
    ).fetchone() == (2,)
    assert database.execute("PRAGMA user_version").fetchone() == (25,)
    database.row_factory = sqlite3.Row
    return [_habit(database, row) for row in database.execute("SELECT * FROM Habits ORDER BY position")]


def _habit(database: sqlite3.Connection, row: sqlite3.Row) -> LoopHabit:
    # Loop reads each of these without a check for NULL.
    needed = (
        "name",
        "description",
        "question",
        "freq_num",
        "freq_den",
        "color",
        "type",
        "target_type",
        "target_value",
        "unit",
        "position",
    )
    assert all(row[column] is not None for column in needed)
    assert 0 <= row["color"] < PALETTE_SIZE
    assert row["type"] in (0, 1)
    assert row["target_type"] in (0, 1)
    has_reminder = row["reminder_hour"] is not None and row["reminder_min"] is not None
    habit = LoopHabit(
        row["uuid"], row["name"], (row["freq_num"], row["freq_den"]), row["color"], row["archived"] != 0, row["type"] == 1,
        row["target_type"] == 1, row["target_value"], row["unit"],
        (row["reminder_hour"], row["reminder_min"], row["reminder_days"]) if has_reminder else None,
    )  # fmt: skip
    for entry in database.execute("SELECT * FROM Repetitions WHERE habit = ?", [row["id"]]):
        assert entry["timestamp"] % 86_400_000 == 0
        assert entry["timestamp"] not in habit.entries
        habit.entries[entry["timestamp"]] = (entry["value"], entry["notes"] or "")
    return habit


def read_csv(archive: zipfile.ZipFile) -> list[tuple[str, dict[str, tuple[int, str]]]]:
    """Each habit's name and entries by day, read from the CSV files as Loop names and writes them."""
    habits = list(csv.DictReader(io.StringIO(archive.read("Habits.csv").decode())))
    read = []
    for row in habits:
        [folder] = [
            name for name in archive.namelist() if name.startswith(row["Position"]) and name.endswith("/Checkmarks.csv")
        ]
        rows = list(csv.DictReader(io.StringIO(archive.read(folder).decode(), newline="")))
        assert [one["Date"] for one in rows] == sorted((one["Date"] for one in rows), reverse=True)
        entries = {
            one["Date"]: (WORDS[one["Value"]] if one["Value"] in WORDS else int(one["Value"]), one["Notes"])
            for one in rows
        }
        read.append((row["Name"], entries))
    return read
