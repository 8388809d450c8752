"""HabitBull, "Export data": one CSV of days. A value of 1 is done, 0 is not, more is an amount.

The file says neither how often nor how much was meant: habits come over as daily, amounts with any of it enough.
Dates are "2026-11-22", or in the order of the phone's region: read as month first unless a day tells otherwise.
"""

import datetime as dt
import re
from collections.abc import Mapping

from habits.schedules import Daily
from habits.transfer import upload_contents
from habits.transfer.parse_result import (
    MAX_DESCRIPTION,
    At,
    Found,
    FoundHabit,
    Source,
    Why,
    day_of,
    note_text,
    rule_of,
    words,
)

HEAD = "HabitName,HabitDescription,HabitCategory,CalendarDate,Value"
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


def read(text: str, *, today: dt.date) -> Found:
    found = Found(Source.HABITBULL, today)
    day_first = _day_comes_first(text)
    habits: dict[str, FoundHabit | None] = {}
    for at, row in upload_contents.csv_records(text, part=""):
        if "Value" not in row:
            found.problem(Why.SHAPE, at)
            continue
        name = row["HabitName"]
        if name not in habits:
            habits[name] = _habit(found, row, at)
        habit = habits[name]
        day = _day(row["CalendarDate"], day_first=day_first)
        amount = _amount(row["Value"])
        if habit is None:
            found.problem(Why.NO_HABIT, at)
        elif day is None:
            found.problem(Why.DAY, at)
        elif amount is None:
            found.problem(Why.AMOUNT, at)
        else:
            found.done(habit, day, amount, note=row.get("CommentText"), at=at)
    for habit in habits.values():
        if habit and any(done.amount > 1 for done in habit.days.values()):
            habit.rule = rule_of(Daily())
            found.problem(Why.NO_TARGET)
    return found


def _habit(found: Found, row: Mapping[str, str], at: At) -> FoundHabit | None:
    habit = found.habit(f"name:{row['HabitName']}", row["HabitName"], at=at)
    if habit:
        habit.description = note_text(row["HabitDescription"])[:MAX_DESCRIPTION]
        habit.category = habit.group = words(row["HabitCategory"], most=50)
    return habit


def _day_comes_first(text: str) -> bool:
    return any(int(match[1]) > 12 for match in _SLASHED.finditer(text))


def _day(text: str, *, day_first: bool) -> dt.date | None:
    match = _SLASHED.fullmatch(text)
    if not match:
        return day_of(text)
    first, second, year = map(int, match.groups())
    day, month = (first, second) if day_first else (second, first)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _amount(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None
