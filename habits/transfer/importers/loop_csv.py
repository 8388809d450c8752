"""Loop's CSV export: a zip with `Habits.csv` and a `Checkmarks.csv` for each habit.

There are two generations. Until 2.3.0 `Habits.csv` names no type, `Checkmarks.csv` has no header, and values are numbers;
since 2.3.1 values of yes-or-no habits are words. A folder's name is "007 " and the Latin letters of the habit's name, so a
Korean habit's folder is "007". Amounts are in thousandths. What Loop calculated (YES_AUTO, scores) is not imported.

The `Checkmarks.csv` beside the folders holds all values again, a column for each habit. It is compared, not imported.
"""

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from core import text_storage
from habits.schedules import Daily, MonthTotal, Rule, Schedule, WeekTotal
from habits.transfer.importers.values import (
    Scale,
    build_rule,
    hex_color,
    is_day_first,
    plain_text,
    schedule_for,
    single_line,
    spreadsheet_date,
)
from habits.transfer.parsed_file import (
    MAX_DESCRIPTION,
    ImportRefused,
    Location,
    ParsedFile,
    ParsedHabit,
    ProblemReason,
    RefusalReason,
)
from habits.transfer.upload_contents import Archive, check_table_size, csv_records, csv_rows, csv_text_of

HABITS, ALL_VALUES = "Habits.csv", "Checkmarks.csv"
_FOLDER = re.compile(r"(\d{3,})(?: [^/]*)?/Checkmarks\.csv")
# Loop 2.0.3 writes "Entry(timestamp=2026-11-26, value=2)" without quotes in place of the value.
_ENTRY = re.compile(r"Entry\(timestamp=[^,]*, value=(-?\d{1,12})(?:, notes=[^\n]*?)?\)(?:,(.*))?", re.ASCII | re.DOTALL)
_WORDS = {"UNKNOWN": -1, "NO": 0, "YES_AUTO": 1, "YES_MANUAL": 2, "SKIP": 3}
UNKNOWN, NO, YES_MANUAL, SKIP = -1, 0, 2, 3
# The numbers of days that Loop takes for a month.
MONTH = (30, 31)


@dataclass
class LoopValues:
    """A habit's rule and values as Loop stores them: `SKIP`, `YES_MANUAL`, or thousandths."""

    times: int
    days: int
    numeric: bool | None
    at_most: bool = False
    target: int = 0  # thousandths
    unit: str = ""
    # Day, value, note, where in the file.
    entries: list[tuple[dt.date, int, str, Location]] = field(default_factory=list)

    @property
    def by_day(self) -> dict[dt.date, int]:
        return {day: value for day, value, _note, _at in self.entries}


type ReadHabits = list[tuple[ParsedHabit, LoopValues]]


def read(archive: Archive, parsed: ParsedFile, *, day_first: bool | None = None) -> ReadHabits:
    """Adds the habits to `parsed`. Gives each with its values in Loop's terms."""
    folders = {int(match[1]): name for name in archive.names if (match := _FOLDER.fullmatch(name))}
    tables = [name for name in (HABITS, ALL_VALUES, *folders.values()) if name in archive]
    check_table_size(_part(archive, name) for name in tables)
    parsed.day_first = is_day_first(_dates(archive, folders.values())) if day_first is None else day_first
    rows = list(csv_records(_part(archive, HABITS), part=HABITS))
    found = [_read_habit(archive, folders, parsed, row, at=at) for at, row in rows]
    for one, others in zip(found, _all_values(archive, parsed, habits=len(rows)), strict=False):
        if one:
            tell_differences(parsed, *one, others)
    return [one for one in found if one]


def _read_habit(
    archive: Archive, folders: Mapping[int, str], parsed: ParsedFile, row: dict[str, str], *, at: Location
) -> tuple[ParsedHabit, LoopValues] | None:
    position = row.get("Position", "")
    name = folders.get(int(position)) if position.isdecimal() and len(position) < 9 else None
    if name is None:
        # Not selected for the export.
        parsed.add_problem(ProblemReason.NO_HABIT, at)
        return None
    values = _loop_values(row)
    habit = parsed.add_habit(f"name:{row.get('Name', '')}", row.get("Name"), at=at)
    if values is None or habit is None:
        if habit is not None:
            parsed.habits.remove(habit)
            parsed.add_problem(ProblemReason.SHAPE, at)
        return None
    about = [plain_text(row.get(part)) for part in ("Question", "Description")]
    habit.description = text_storage.shorten("\n".join(filter(None, about)), MAX_DESCRIPTION)
    habit.color = hex_color(row.get("Color"))
    habit.archived = row.get("Archived?", "").lower() == "true"
    _read_values(archive, name, values, parsed, habit)
    add_values(parsed, habit, values, at=at)
    return habit, values


def _all_values(archive: Archive, parsed: ParsedFile, *, habits: int) -> list[dict[dt.date, int]]:
    """The values of each habit of `Habits.csv` by the table of all.

    None if its columns cannot be told apart.
    Loop writes names into it without quotes: one with a comma or a quote shifts the columns.
    """
    columns: list[dict[dt.date, int]] = [{} for _habit in range(habits)]
    if ALL_VALUES not in archive:
        return []
    with contextlib.suppress(ImportRefused):
        for _at, row in csv_rows(_part(archive, ALL_VALUES), part=ALL_VALUES):
            cells = row[1:-1] if row[-1] == "" else row[1:]
            if len(cells) != habits:
                return []
            day = spreadsheet_date(row[0], day_first=bool(parsed.day_first))
            for column, cell in zip(columns, cells, strict=True):
                value, _note = _value([row[0], cell])
                if day and value is not None:
                    column[day] = value
        return columns
    return []


def tell_differences(parsed: ParsedFile, habit: ParsedHabit, values: LoopValues, others: Mapping[dt.date, int]) -> None:
    """Counts the days that another part of the file has with another value."""
    one, other = _done(values.by_day), _done(others)
    differing = sum(one.get(day) != other.get(day) for day in one.keys() | other.keys())
    if differing:
        parsed.add_problem(ProblemReason.DISAGREES, times=differing, habit=habit)


def _done(values: Mapping[dt.date, int]) -> dict[dt.date, int]:
    """The done and skipped days.

    A part of the file may leave out the others: not done, unknown, or computed by Loop.
    """
    return {day: value for day, value in values.items() if value >= YES_MANUAL}


def _loop_values(row: dict[str, str]) -> LoopValues | None:
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
    return LoopValues(
        times,
        days,
        numeric=row["Type"] == "NUMERICAL" if new else None,
        at_most=row.get("Target Type") == "AT_MOST",
        target=target,
        unit=single_line(row.get("Unit"), max_length=20),
    )


def thousandths(text: str) -> int | None:
    """ "2.5" is 2,500. None for anything that is no amount."""
    try:
        number = float(text)
    except ValueError:
        return None
    return round(number * 1000) if 0 <= number <= 1e9 else None


def _dates(archive: Archive, names: Iterable[str]) -> Iterator[str]:
    """The dates of all days, in the order of the file, where they may be of the kind "3/7/2026"."""
    for name in names:
        text = _part(archive, name)
        if "/" in text:
            yield from (row[0] for _at, row in csv_rows(text, part=name))


def _read_values(archive: Archive, name: str, values: LoopValues, parsed: ParsedFile, habit: ParsedHabit) -> None:
    for at, row in csv_rows(_part(archive, name), part=name):
        if row[:2] == ["Date", "Value"]:
            continue
        if len(row) < 2:
            parsed.add_unreadable(habit, ProblemReason.SHAPE, at)
            continue
        day = spreadsheet_date(row[0], day_first=bool(parsed.day_first))
        if day is None:
            parsed.add_unreadable(habit, ProblemReason.DAY, at)
            continue
        value, note = _value(row)
        if value is None:
            parsed.add_unreadable(habit, ProblemReason.AMOUNT, at, day=day)
            continue
        values.entries.append((day, value, note, at))


def _value(row: list[str]) -> tuple[int | None, str]:
    """The value and the note of a row; None for a value that cannot be read."""
    if match := _ENTRY.fullmatch(",".join(row[1:])):
        return int(match[1]), match[2] or ""
    if row[1] == "":
        return UNKNOWN, row[2] if len(row) > 2 else ""
    value = _WORDS.get(row[1])
    if value is None and re.fullmatch(r"-?\d{1,12}", row[1], re.ASCII):
        value = int(row[1])
    return value, row[2] if len(row) > 2 else ""


def add_values(parsed: ParsedFile, habit: ParsedHabit, values: LoopValues, *, at: Location) -> None:
    """Adds the rule and the days of a habit. Shared with loop_sqlite.py."""
    if values.numeric is None:
        values.numeric = any(not -1 <= value <= SKIP for _day, value, _note, _at in values.entries)
    schedule, exact = schedule_for(values.times, values.days)
    if not exact:
        parsed.add_problem(ProblemReason.SCHEDULE, at, habit=habit)
    if not values.numeric:
        habit.rule = Rule(schedule)
        _add_yes_no(parsed, habit, values)
        return
    if values.target == 0 and not values.at_most:
        parsed.add_problem(ProblemReason.NO_TARGET, at, habit=habit)
    amounts = [value for _day, value, _note, _at in values.entries if value > SKIP]
    scale = Scale.of([*amounts, values.target], values.unit)
    habit.rule = build_rule(
        _per_period(parsed, habit, schedule, values, at=at),
        target=scale.amount(values.target),
        unit=scale.unit,
        direction="at_most" if values.at_most else "at_least",
    )
    _add_amounts(parsed, habit, values, scale)


def _per_period(
    parsed: ParsedFile, habit: ParsedHabit, schedule: Schedule, values: LoopValues, *, at: Location
) -> Schedule:
    """The schedule of an amount: Loop's target is for a whole period, ours for one day, a week or a month."""
    if schedule == Daily():
        return schedule
    if values.days == 7:
        return WeekTotal()
    if values.days in MONTH:
        return MonthTotal()
    parsed.add_problem(ProblemReason.PER_PERIOD, at, habit=habit)
    return schedule_for(1, values.days)[0]


def _add_yes_no(parsed: ParsedFile, habit: ParsedHabit, values: LoopValues) -> None:
    for day, value, note, at in values.entries:
        if value == SKIP:
            parsed.add_rest(habit, day, note=note, at=at)
        elif value == YES_MANUAL:
            parsed.add_day(habit, day, 1, note=note, at=at)
        elif not UNKNOWN <= value <= SKIP:
            parsed.add_unreadable(habit, ProblemReason.AMOUNT, at, day=day)
        elif value == NO or note:
            parsed.add_day(habit, day, 0, note=note, at=at)
        elif value == UNKNOWN:
            parsed.add_problem(ProblemReason.NO_ENTRY, at)


def _add_amounts(parsed: ParsedFile, habit: ParsedHabit, values: LoopValues, scale: Scale) -> None:
    for day, value, note, at in values.entries:
        if value == SKIP:
            parsed.add_rest(habit, day, note=note, at=at)
        elif value >= 0:
            if value > SKIP and not scale.is_exact(value):
                parsed.add_problem(ProblemReason.ROUNDED, at)
            parsed.add_day(habit, day, scale.amount(value), note=note, at=at)
        elif value < UNKNOWN:
            parsed.add_unreadable(habit, ProblemReason.AMOUNT, at, day=day)
        else:
            parsed.add_problem(ProblemReason.NO_ENTRY, at)


def _part(archive: Archive, name: str) -> str:
    if name not in archive:
        raise ImportRefused(RefusalReason.SCHEMA)
    return csv_text_of(archive.read(name))
