"""HabitBull: one CSV of days. A value of 1 is done, 0 is not done, more is an amount.

The file holds neither frequency nor target: habits are imported as daily, and any amount is enough. Dates are
"2026-11-22" or follow the phone's region: the column of dates decides whether day or month comes first, or the person.
"""

import datetime as dt
import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from core import text_storage
from habits.schedules import Daily
from habits.transfer.importers.base import Importer, begins_with, is_table_day_first
from habits.transfer.importers.values import build_rule, plain_text, single_line, spreadsheet_date
from habits.transfer.parsed_file import MAX_DESCRIPTION, Location, ParsedFile, ParsedHabit, ProblemReason
from habits.transfer.upload_contents import Upload, csv_records

HEADER = "HabitName,HabitDescription,HabitCategory,CalendarDate,Value"
# HabitBull writes -2150000000 for a day without an entry; a spreadsheet makes it -2.15E+09.
NO_ENTRY = -2_000_000_000


def _recognises(upload: Upload) -> bool:
    return begins_with(upload, HEADER)


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed = ParsedFile(IMPORTER.key, today)
    parsed.day_first = is_table_day_first(upload, "CalendarDate")
    habits: dict[str, ParsedHabit | None] = {}
    for at, row in csv_records(upload.text, part=""):
        if "Value" not in row:
            parsed.add_problem(ProblemReason.SHAPE, at)
            continue
        name = row["HabitName"]
        if name not in habits:
            habits[name] = _habit(parsed, row, at)
        _add_row(parsed, habits[name], row, at)
    for habit in habits.values():
        if habit and any(done.amount > 1 for done in habit.days.values()):
            habit.rule = build_rule(Daily())
            parsed.add_problem(ProblemReason.NO_TARGET, habit=habit)
    return parsed


def _add_row(parsed: ParsedFile, habit: ParsedHabit | None, row: Mapping[str, str], at: Location) -> None:
    day = spreadsheet_date(row["CalendarDate"], day_first=bool(parsed.day_first))
    amount = _amount(row["Value"])
    if habit is None:
        parsed.add_problem(ProblemReason.NO_HABIT, at)
    elif day is None:
        parsed.add_unreadable(habit, ProblemReason.DAY, at)
    elif _is_no_entry(row["Value"]):
        parsed.add_problem(ProblemReason.NO_ENTRY, at)
    elif amount is None:
        parsed.add_unreadable(habit, ProblemReason.AMOUNT, at, day=day)
    else:
        parsed.add_day(habit, day, amount, note=row.get("CommentText"), at=at)


def _habit(parsed: ParsedFile, row: Mapping[str, str], at: Location) -> ParsedHabit | None:
    habit = parsed.add_habit(f"name:{row['HabitName']}", row["HabitName"], at=at)
    if habit:
        habit.description = text_storage.shorten(plain_text(row["HabitDescription"]), MAX_DESCRIPTION)
        habit.category = habit.group = single_line(row["HabitCategory"], max_length=50)
        parsed.add_problem(ProblemReason.NO_SCHEDULE, at, habit=habit)
    return habit


def _is_no_entry(text: str) -> bool:
    try:
        return not text.strip() or float(text) <= NO_ENTRY
    except ValueError:
        return False


def _amount(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None


IMPORTER = Importer(
    key="habitbull",
    label="HabitBull",
    instructions=gettext_lazy("설정에서 ‘Export data’(.csv)"),
    recognises=_recognises,
    read=_read,
)
