"""Exports a person's habits for Loop Habit Tracker.

One zip holds the files of its CSV export and its database backup.

Loop imports the backup (`.db`). A habit that came from Loop keeps Loop's id, so it continues there and is not duplicated.
The CSV files are for other programs that read Loop's format.

How habits are converted:
- A habit without amounts is YES_NO, any other NUMERICAL, in thousandths. Loop's target is for the whole period: N times
  8 glasses a week are N × 8 glasses in seven days. A total for a week or month is its target in 7 or 30 days.
- Weekdays and intervals become the same number of times in the same number of days. Each rested day is a SKIP, also
  with an amount below the target: a day has one value, and an amount would break the streak there.
- A yes-or-no habit checked several times on a day is YES_MANUAL, so it comes back as once.
- "At most" is met on days without a check-in, but Loop needs a value: each past day without a check-in is a 0.
- The amounts of several check-ins on a day are added and their notes joined. Loop stores no moods.
"""

import csv
import datetime as dt
import io
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from accounts.days import ONE_DAY
from core.db.work import Report
from core.spreadsheets import safe_cell
from habits import streak_cache, strength
from habits.models import UserHabit
from habits.schedules import Rule
from habits.streaks import rested_days
from habits.transfer.exporter import ExportedHabits
from habits.transfer.importers.loop_csv import NO, SKIP, YES_MANUAL
from habits.transfer.importers.loop_sqlite import A_DAY, EPOCH, PALETTE

VERSION = 25
_WORDS = {NO: "NO", YES_MANUAL: "YES_MANUAL", SKIP: "SKIP", -1: "UNKNOWN", 1: "YES_AUTO"}
_SCHEMA = """
    CREATE TABLE android_metadata (locale TEXT);
    CREATE TABLE Habits (id integer primary key autoincrement, archived integer, color integer, description text,
        freq_den integer, freq_num integer, highlight integer, name text, position integer, reminder_hour integer,
        reminder_min integer, reminder_days integer not null default 127, type integer not null default 0,
        target_type integer not null default 0, target_value real not null default 0, unit text not null default '',
        question text, uuid text);
    CREATE TABLE Repetitions (id integer primary key autoincrement, habit integer not null references habits(id),
        timestamp integer not null, value integer not null, notes text);
    CREATE UNIQUE INDEX idx_repetitions_habit_timestamp ON Repetitions(habit, timestamp);
    CREATE TABLE Events (id integer primary key autoincrement, timestamp integer, message text, server_id integer);
    INSERT INTO android_metadata VALUES ('en_US');
"""


@dataclass(frozen=True)
class LoopHabit:
    """A habit in Loop's terms: (value, note) and score (0 to 1) by day, newest first."""

    user_habit: UserHabit
    rule: Rule
    entries: dict[dt.date, tuple[int, str]]
    scores: dict[dt.date, float]

    @property
    def numeric(self) -> bool:
        rule = self.rule
        return rule.target != 1 or bool(rule.unit) or rule.direction == "at_most"

    @property
    def frequency(self) -> tuple[int, int]:
        times, days = self.rule.schedule.pace
        return (1, days) if self.numeric else (times, days)

    @property
    def target(self) -> float:
        return float(self.rule.target * (self.rule.schedule.pace[0] if self.frequency[1] > 1 else 1))

    @property
    def color(self) -> int:
        """The number of the nearest colour in Loop's palette."""
        wanted = _rgb(self.user_habit.habit.color or self.user_habit.habit.category.color or PALETTE[8])
        return min(range(len(PALETTE)), key=lambda number: _distance(_rgb(PALETTE[number]), wanted))

    @property
    def uuid(self) -> str:
        origin = self.user_habit.origin or ""
        return origin.removeprefix("loop:uuid:") if origin.startswith("loop:uuid:") else self.user_habit.pk.hex

    def csv_value(self, value: int) -> str:
        """The value in Loop's CSV, which writes -1 to 3 as words, even if they are amounts."""
        return _WORDS.get(value, str(value))


def write(file: IO[bytes], exported: ExportedHabits, *, report: Report = lambda done: None) -> None:
    """Writes the zip, with the names and the order of Loop's own export."""
    habits, done = [], 0
    for user_habit in exported.habits:
        habits.append(_convert(user_habit, exported))
        done += len(habits[-1].entries)
        report(done)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Habits.csv", _habits_csv(habits))
        for number, one in enumerate(habits, start=1):
            folder = f"{number:03} {re.sub(r'[^ a-zA-Z0-9._-]+', '', one.user_habit.name)[:100]}".strip()
            archive.writestr(f"{folder}/Scores.csv", _table(("Date", "Score"), _scores(one)))
            archive.writestr(f"{folder}/Checkmarks.csv", _table(("Date", "Value", "Notes"), _checkmarks(one)))
        for name, rows in (("Scores.csv", _all_scores), ("Checkmarks.csv", _all_checkmarks)):
            archive.writestr(name, _wide(habits, rows, today=exported.today))
        archive.writestr(f"Loop Habits Backup {exported.today}.db", backup(habits))
        archive.writestr(
            "README.txt",
            _("먼저 이 압축 파일을 풀고, Loop 설정의 ‘데이터 가져오기’에서 .db 파일을 골라 주세요.") + "\n",
        )


def _convert(user_habit: UserHabit, exported: ExportedHabits) -> LoopHabit:
    rule = user_habit.rule
    habit = LoopHabit(user_habit, rule, {}, {})
    counts: dict[dt.date, int] = {}
    notes: dict[dt.date, str] = {}
    for log in exported.logs(user_habit):
        day = log.day_by(exported.calendar)
        counts[day] = counts.get(day, 0) + log.completed_count
        notes[day] = "\n".join(filter(None, [notes.get(day), log.notes]))
    first = min([*counts, user_habit.started_on or exported.today])
    rests, last = _rests(user_habit, exported)
    rested = rested_days(rests, first, exported.today)
    entries = {day: (_value(habit, amount), notes[day]) for day, amount in counts.items()}
    timeline = user_habit.timeline
    skipped = (day for day in rested if not timeline.on(day).completes(counts.get(day, 0)))
    entries |= {day: (SKIP, notes.get(day, "")) for day in skipped}
    if rule.direction == "at_most":
        silent = (dt.date.fromordinal(day) for day in range(first.toordinal(), last.toordinal()))
        entries |= {day: (NO, "") for day in silent if day not in entries}
    habit.entries.update(sorted(entries.items(), reverse=True))
    oldest = min(entries, default=exported.today)
    points = strength.series(user_habit.timeline, start=oldest, counts=counts, rests=rests, through=exported.today)
    habit.scores.update((day, value / strength.FULL) for day, value in reversed(points))
    return habit


def _rests(user_habit: UserHabit, exported: ExportedHabits) -> tuple[streak_cache.Rests, dt.date]:
    """The rests, and the day before which days count. The endless pause of an archived habit is no rest in Loop."""
    rests = streak_cache.days_of(exported.rests(), user_habit)
    if not user_habit.is_archived:
        return rests, exported.today
    away = min((first for first, last in rests if last is None), default=exported.today)
    return [(first, last) for first, last in rests if last is not None], away


def _value(habit: LoopHabit, amount: int) -> int:
    return amount * 1000 if habit.numeric else YES_MANUAL


def _habits_csv(habits: list[LoopHabit]) -> str:
    columns = (
        "Position", "Name", "Type", "Question", "Description", "FrequencyNumerator", "FrequencyDenominator", "Color",
        "Unit", "Target Type", "Target Value", "Archived?",
    )  # fmt: skip
    rows = []
    for number, one in enumerate(habits, start=1):
        numeric = (one.rule.unit, one.rule.direction.upper(), str(one.target)) if one.numeric else ("", "", "")
        rows.append(
            (
                f"{number:03}", one.user_habit.name, "NUMERICAL" if one.numeric else "YES_NO", "",
                one.user_habit.habit.text("description"), *map(str, one.frequency), PALETTE[one.color], *numeric,
                "true" if one.user_habit.is_archived else "false",
            )
        )  # fmt: skip
    return _table(columns, rows)


def _checkmarks(one: LoopHabit) -> Iterable[tuple[str, ...]]:
    return ((day.isoformat(), one.csv_value(value), note) for day, (value, note) in one.entries.items())


def _scores(one: LoopHabit) -> Iterable[tuple[str, ...]]:
    return ((day.isoformat(), f"{score:.4f}") for day, score in one.scores.items())


def _all_scores(one: LoopHabit, day: dt.date) -> str:
    return f"{one.scores.get(day, 0):.4f}"


def _all_checkmarks(one: LoopHabit, day: dt.date) -> str:
    return one.csv_value(one.entries.get(day, (-1, ""))[0])


def _wide(habits: list[LoopHabit], value: Callable[[LoopHabit, dt.date], str], *, today: dt.date) -> str:
    """A column for each habit. As in Loop, a comma ends each line and names are not quoted."""
    lines = [
        "".join(f"{name}," for name in ("Date", *(safe_cell(one.user_habit.name.replace(",", " ")) for one in habits)))
    ]
    day = today
    oldest = min((day for one in habits for day in one.entries), default=today + ONE_DAY)
    while day >= oldest:
        lines.append("".join(f"{part}," for part in (day.isoformat(), *(value(one, day) for one in habits))))
        day -= ONE_DAY
    return "\n".join(lines) + "\n"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue()


def backup(habits: list[LoopHabit]) -> bytes:
    """The database that Loop imports."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(_SCHEMA)
        database.execute(f"PRAGMA user_version = {VERSION}")
        for number, one in enumerate(habits, start=1):
            database.execute(
                "INSERT INTO Habits (id, archived, color, description, freq_den, freq_num, highlight, name, position,"
                " reminder_hour, reminder_min, reminder_days, type, target_type, target_value, unit, question, uuid)"
                " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
                (
                    number, int(one.user_habit.is_archived), one.color, one.user_habit.habit.text("description"),
                    one.frequency[1], one.frequency[0], one.user_habit.name, number - 1, *_reminder(one.user_habit),
                    int(one.numeric), int(one.rule.direction == "at_most"), one.target if one.numeric else 0.0,
                    one.rule.unit if one.numeric else "", one.uuid,
                ),
            )  # fmt: skip
            database.executemany(
                "INSERT INTO Repetitions (habit, timestamp, value, notes) VALUES (?, ?, ?, ?)",
                ((number, (day - EPOCH).days * A_DAY, value, note) for day, (value, note) in one.entries.items()),
            )
        database.commit()
        return database.serialize()


def _reminder(user_habit: UserHabit) -> tuple[int | None, int | None, int]:
    """Hour, minute and weekdays. Loop has one reminder for each habit; bit 0 is Saturday."""
    if not user_habit.reminder_times:
        return None, None, 0
    hour, minute = map(int, user_habit.reminder_times[0].split(":"))
    days = user_habit.reminder_days or range(1, 8)
    return hour, minute, sum(1 << (day + 1) % 7 for day in days)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
