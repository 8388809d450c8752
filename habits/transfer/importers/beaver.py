"""Beaver Habits: JSON of habits with their records, from its page or its server."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from habits.schedules import Daily, Rule, Schedule
from habits.transfer.importers.base import Importer, habit_fields
from habits.transfer.importers.values import integer, iso_date, schedule_for, single_line
from habits.transfer.parsed_file import MAX_GROUP, Location, ParsedFile, ParsedHabit, ProblemReason
from habits.transfer.upload_contents import Upload

DAYS = {"D": 1, "W": 7, "M": 30, "Y": 365}
# Marks a skipped day, although Beaver ticks it.
_SKIP_TAG = re.compile(r"(?:^|\s)#skip\b", re.IGNORECASE)


def _recognises(upload: Upload) -> bool:
    fields = habit_fields(upload)
    return "records" in fields and "completions" not in fields


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed = ParsedFile(IMPORTER.key, today)
    for number, item in enumerate(upload.json["habits"], start=1):
        at = Location(f"habits[{number}]")
        if not isinstance(item, Mapping):
            parsed.add_problem(ProblemReason.SHAPE, at)
        elif item.get("status") != "soft_delete":
            _read_habit(parsed, item, at=at)
    return parsed


def _read_habit(parsed: ParsedFile, item: Mapping[str, Any], *, at: Location) -> None:
    key = item.get("id")
    habit = parsed.add_habit(f"id:{key}" if isinstance(key, (str, int)) else "", item.get("name"), at=at)
    if habit is None:
        return
    habit.archived = item.get("status") == "archive"
    tags = item.get("tags")
    habit.group = habit.category = single_line(tags[0], max_length=MAX_GROUP) if isinstance(tags, list) and tags else ""
    schedule, exact = _schedule(item.get("period"))
    habit.rule = Rule(schedule)
    if not exact:
        parsed.add_problem(ProblemReason.SCHEDULE, at, habit=habit)
    records = item.get("records")
    if not isinstance(records, list):
        parsed.add_unreadable(habit, ProblemReason.SHAPE, at)
        return
    for number, record in enumerate(records, start=1):
        _read_record(parsed, habit, record, at=Location(f"{at.part}.records", number))


def _schedule(period: object) -> tuple[Schedule, bool]:
    if not isinstance(period, Mapping):
        return Daily(), period is None
    count, times = integer(period.get("period_count")) or 0, integer(period.get("target_count")) or 0
    days = DAYS.get(str(period.get("period_type")), 0) * count
    if not 1 <= days <= 3660:
        return Daily(), False
    schedule, exact = schedule_for(times, days)
    return schedule, exact and period.get("period_type") in ("D", "W")


def _read_record(parsed: ParsedFile, habit: ParsedHabit, record: object, *, at: Location) -> None:
    if not isinstance(record, Mapping):
        parsed.add_unreadable(habit, ProblemReason.SHAPE, at)
        return
    day, text, done = iso_date(record.get("day")), record.get("text"), record.get("done", False)
    if day is None:
        parsed.add_unreadable(habit, ProblemReason.DAY, at)
    elif not isinstance(done, bool):
        parsed.add_unreadable(habit, ProblemReason.SHAPE, at, day=day)
    elif isinstance(text, str) and _SKIP_TAG.search(text):
        parsed.add_rest(habit, day, note=_SKIP_TAG.sub("", text), at=at)
    else:
        parsed.add_day(habit, day, int(done), note=text, at=at)


IMPORTER = Importer(
    key="beaver",
    label="Beaver Habits",
    instructions=gettext_lazy("‘Export’에서 ‘Export JSON’(.json)"),
    recognises=_recognises,
    read=_read,
)
