"""HabitBull: one CSV of days. A value of 1 is done, 0 is not done, more is an amount.

The file holds neither frequency nor target: habits are imported as daily, and any amount is enough. Dates are
"2026-11-22" or follow the phone's region: read as month first unless one of them can only be day first.
"""

import datetime as dt
import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from core import text_storage
from habits.schedules import Daily
from habits.transfer.importers.base import Importer
from habits.transfer.importers.values import build_rule, iso_date, plain_text, single_line
from habits.transfer.parsed_file import MAX_DESCRIPTION, Location, ParsedFile, ParsedHabit, ProblemReason
from habits.transfer.upload_contents import Upload, csv_records

HEADER = "HabitName,HabitDescription,HabitCategory,CalendarDate,Value"
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


def _recognises(upload: Upload) -> bool:
    return upload.text[:100].replace('"', "").startswith(HEADER)


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed = ParsedFile(IMPORTER.key, today)
    day_first = _is_day_first(upload.text)
    habits: dict[str, ParsedHabit | None] = {}
    for at, row in csv_records(upload.text, part=""):
        if "Value" not in row:
            parsed.add_problem(ProblemReason.SHAPE, at)
            continue
        name = row["HabitName"]
        if name not in habits:
            habits[name] = _habit(parsed, row, at)
        _add_row(parsed, habits[name], row, at, day_first=day_first)
    for habit in habits.values():
        if habit and any(done.amount > 1 for done in habit.days.values()):
            habit.rule = build_rule(Daily())
            parsed.add_problem(ProblemReason.NO_TARGET)
    return parsed


def _add_row(
    parsed: ParsedFile, habit: ParsedHabit | None, row: Mapping[str, str], at: Location, *, day_first: bool
) -> None:
    day = _day(row["CalendarDate"], day_first=day_first)
    amount = _amount(row["Value"])
    if habit is None:
        parsed.add_problem(ProblemReason.NO_HABIT, at)
    elif day is None:
        parsed.add_problem(ProblemReason.DAY, at)
    elif amount is None:
        parsed.add_problem(ProblemReason.AMOUNT, at)
    else:
        parsed.add_day(habit, day, amount, note=row.get("CommentText"), at=at)


def _habit(parsed: ParsedFile, row: Mapping[str, str], at: Location) -> ParsedHabit | None:
    habit = parsed.add_habit(f"name:{row['HabitName']}", row["HabitName"], at=at)
    if habit:
        habit.description = text_storage.shorten(plain_text(row["HabitDescription"]), MAX_DESCRIPTION)
        habit.category = habit.group = single_line(row["HabitCategory"], max_length=50)
    return habit


def _is_day_first(text: str) -> bool:
    return any(int(match[1]) > 12 for match in _SLASHED.finditer(text))


def _day(text: str, *, day_first: bool) -> dt.date | None:
    match = _SLASHED.fullmatch(text)
    if not match:
        return iso_date(text)
    first, second, year = map(int, match.groups())
    day, month = (first, second) if day_first else (second, first)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _amount(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None


IMPORTER = Importer(
    key="habitbull",
    label="HabitBull",
    instructions=gettext_lazy("설정에서 ‘Export data’(.csv)"),
    recognises=_recognises,
    read=_read,
)
