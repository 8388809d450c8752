"""Loop Habit Tracker, "Export as CSV": a zip with `Habits.csv` and, in a folder for each habit, its `Checkmarks.csv`.

Two generations. Until 2.3.0 `Habits.csv` names no type, `Checkmarks.csv` has no head, and values are numbers; since
2.3.1 values of yes-or-no habits are words. A folder is "007 " and what of the name is Latin, so one of a Korean name is
"007" alone. Amounts are in thousandths. What Loop worked out itself (YES_AUTO, scores) is left where it is.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

from habits.schedules import Daily, Rule, Schedule
from habits.transfer import upload_contents
from habits.transfer.parse_result import (
    MAX_DESCRIPTION,
    At,
    Found,
    FoundHabit,
    Refusal,
    Refused,
    Scale,
    Source,
    Why,
    day_of,
    hex_color,
    note_text,
    rule_of,
    times_in,
    words,
)
from habits.transfer.upload_contents import Archive

HABITS = "Habits.csv"
_FOLDER = re.compile(r"(\d{3,})(?: [^/]*)?/Checkmarks\.csv")
_WORDS = {"UNKNOWN": -1, "NO": 0, "YES_AUTO": 1, "YES_MANUAL": 2, "SKIP": 3}
NO, YES_MANUAL, SKIP = 0, 2, 3


@dataclass
class Column:
    """One habit as Loop keeps it, on the way to ours. `values` are Loop's: `SKIP`, `YES_MANUAL`, or thousandths."""

    times: int
    days: int
    numeric: bool | None
    at_most: bool = False
    target: int = 0  # thousandths
    unit: str = ""
    values: list[tuple[dt.date, int, str, At]] = field(default_factory=list)


def read(archive: Archive, *, today: dt.date) -> Found:
    found = Found(Source.LOOP, today)
    folders = {int(match[1]): name for name in archive.names if (match := _FOLDER.fullmatch(name))}
    for at, row in upload_contents.csv_records(_part(archive, HABITS), part=HABITS):
        position = row.get("Position", "")
        name = folders.get(int(position)) if position.isdecimal() and len(position) < 9 else None
        if name is None:
            # Not among the habits that were chosen for the export.
            found.problem(Why.NO_HABIT, at)
            continue
        column = _column(row)
        habit = found.habit(f"name:{row.get('Name', '')}", row.get("Name"), at=at)
        if column is None or habit is None:
            if habit is not None:
                found.habits.remove(habit)
                found.problem(Why.SHAPE, at)
            continue
        about = [note_text(row.get(part)) for part in ("Question", "Description")]
        habit.description = "\n".join(filter(None, about))[:MAX_DESCRIPTION]
        habit.color = hex_color(row.get("Color"))
        habit.archived = row.get("Archived?", "").lower() == "true"
        _read_values(archive, name, column, found)
        fill(found, habit, column, at=at)
    return found


def _column(row: dict[str, str]) -> Column | None:
    new = "Type" in row
    names = ("FrequencyNumerator", "FrequencyDenominator") if new else ("NumRepetitions", "Interval")
    counted = [row.get(name, "") for name in names]
    if not all(text.isdecimal() and len(text) < 6 for text in counted):
        return None
    if new and row["Type"] not in ("YES_NO", "NUMERICAL"):
        return None
    times, days = map(int, counted)
    target = thousandths(row.get("Target Value") or "0")
    if target is None:
        return None
    return Column(
        times,
        days,
        numeric=row["Type"] == "NUMERICAL" if new else None,
        at_most=row.get("Target Type") == "AT_MOST",
        target=target,
        unit=words(row.get("Unit"), most=20),
    )


def thousandths(text: str) -> int | None:
    """ "2.5" is 2,500. None for what is no number, or no amount."""
    try:
        number = float(text)
    except ValueError:
        return None
    return round(number * 1000) if 0 <= number <= 1e9 else None


def _read_values(archive: Archive, name: str, column: Column, found: Found) -> None:
    for at, row in upload_contents.csv_rows(_part(archive, name), part=name):
        if row[:2] == ["Date", "Value"]:
            continue
        if len(row) < 2:
            found.problem(Why.SHAPE, at)
            continue
        day = day_of(row[0])
        if day is None:
            found.problem(Why.DAY, at)
            continue
        value = _WORDS.get(row[1])
        if value is None and re.fullmatch(r"-?\d{1,12}", row[1], re.ASCII):
            value = int(row[1])
        if value is None:
            found.problem(Why.AMOUNT, at)
            continue
        column.values.append((day, value, row[2] if len(row) > 2 else "", at))


def fill(found: Found, habit: FoundHabit, column: Column, *, at: At) -> None:
    """Loop's values as ours. Shared with Loop's database."""
    if column.numeric is None:
        column.numeric = any(not -1 <= value <= SKIP for _day, value, _note, _at in column.values)
    schedule, exact = times_in(column.times, column.days)
    if not exact:
        found.problem(Why.SCHEDULE, at)
    if not column.numeric:
        habit.rule = Rule(schedule)
        _fill_yes_no(found, habit, column)
        return
    if column.target == 0 and not column.at_most:
        found.problem(Why.NO_TARGET, at)
    asked = [value for _day, value, _note, _at in column.values if value > SKIP]
    scale = Scale.of([*asked, column.target], column.unit)
    habit.rule = rule_of(
        _per_period(found, schedule, column, at=at),
        target=scale.amount(column.target),
        unit=scale.unit,
        direction="at_most" if column.at_most else "at_least",
    )
    _fill_amounts(found, habit, column, scale)


def _per_period(found: Found, schedule: Schedule, column: Column, *, at: At) -> Schedule:
    """Loop asks for an amount in so many days together; ours is that of one day."""
    if schedule == Daily():
        return schedule
    found.problem(Why.PER_PERIOD, at)
    return times_in(1, column.days)[0]


def _fill_yes_no(found: Found, habit: FoundHabit, column: Column) -> None:
    for day, value, note, at in column.values:
        if value == SKIP:
            found.rest(habit, day, note=note, at=at)
        elif value == YES_MANUAL:
            found.done(habit, day, 1, note=note, at=at)
        elif value == NO or note:
            found.done(habit, day, 0, note=note, at=at)
        elif not -1 <= value <= SKIP:
            found.problem(Why.AMOUNT, at)


def _fill_amounts(found: Found, habit: FoundHabit, column: Column, scale: Scale) -> None:
    for day, value, note, at in column.values:
        if value == SKIP:
            found.rest(habit, day, note=note, at=at)
        elif value >= 0:
            if value > SKIP and not scale.exact(value):
                found.problem(Why.ROUNDED, at)
            found.done(habit, day, scale.amount(value), note=note, at=at)
        elif value < -1:
            found.problem(Why.AMOUNT, at)


def _part(archive: Archive, name: str) -> str:
    if name not in archive:
        raise Refused(Refusal.SCHEMA)
    return upload_contents.text_of(archive.read(name))
