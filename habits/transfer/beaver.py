"""Beaver Habits, "Export": JSON of habits with their records, and the same file as its server keeps it."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from habits.schedules import Daily, Rule, Schedule
from habits.transfer.parse_result import MAX_GROUP, At, Found, FoundHabit, Source, Why, day_of, times_in, whole, words

DAYS = {"D": 1, "W": 7, "M": 30, "Y": 365}
# A day marked so was skipped, though Beaver ticks it.
_SKIP = re.compile(r"(?:^|\s)#skip\b", re.IGNORECASE)


def read(data: Mapping[str, Any], *, today: dt.date) -> Found:
    found = Found(Source.BEAVER, today)
    for number, item in enumerate(data["habits"], start=1):
        at = At(f"habits[{number}]")
        if not isinstance(item, Mapping):
            found.problem(Why.SHAPE, at)
        elif item.get("status") != "soft_delete":
            _read_habit(found, item, at=at)
    return found


def _read_habit(found: Found, item: Mapping[str, Any], *, at: At) -> None:
    key = item.get("id")
    habit = found.habit(f"id:{key}" if isinstance(key, (str, int)) else "", item.get("name"), at=at)
    if habit is None:
        return
    habit.archived = item.get("status") == "archive"
    tags = item.get("tags")
    habit.group = habit.category = words(tags[0], most=MAX_GROUP) if isinstance(tags, list) and tags else ""
    schedule, exact = _schedule(item.get("period"))
    habit.rule = Rule(schedule)
    if not exact:
        found.problem(Why.SCHEDULE, at)
    records = item.get("records")
    if not isinstance(records, list):
        found.problem(Why.SHAPE, at)
        return
    for number, record in enumerate(records, start=1):
        _read_record(found, habit, record, at=At(f"{at.part}.records", number))


def _schedule(period: object) -> tuple[Schedule, bool]:
    if not isinstance(period, Mapping):
        return Daily(), period is None
    count, times = whole(period.get("period_count")) or 0, whole(period.get("target_count")) or 0
    days = DAYS.get(str(period.get("period_type")), 0) * count
    if not 1 <= days <= 3660:
        return Daily(), False
    schedule, exact = times_in(times, days)
    return schedule, exact and period.get("period_type") in ("D", "W")


def _read_record(found: Found, habit: FoundHabit, record: object, *, at: At) -> None:
    if not isinstance(record, Mapping) or not isinstance(record.get("done", False), bool):
        found.problem(Why.SHAPE, at)
        return
    day, text, done = day_of(record.get("day")), record.get("text"), record.get("done", False)
    if day is None:
        found.problem(Why.DAY, at)
    elif isinstance(text, str) and _SKIP.search(text):
        found.rest(habit, day, note=_SKIP.sub("", text), at=at)
    else:
        found.done(habit, day, int(done), note=text, at=at)
