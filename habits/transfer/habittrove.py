"""HabitTrove: `habits.json` out of its data folder, alone or in one of its backups.

A completion is an instant; its day is that of the time zone in `settings.json`, else the person's own. Coins, wishes
and whoever else uses the server are not read.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from accounts.days import zone_names
from habits.schedules import Daily, Interval, Schedule, Weekdays
from habits.transfer.parse_result import (
    MAX_DESCRIPTION,
    At,
    Found,
    FoundHabit,
    Source,
    Why,
    note_text,
    rule_of,
    times_in,
    whole,
)

WEEKDAYS = {"MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6, "SU": 7}
_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}


def zone_of(settings: Mapping[str, Any], *, otherwise: str) -> str:
    system = settings.get("system")
    name = system.get("timezone") if isinstance(system, Mapping) else None
    return name if isinstance(name, str) and name in zone_names() else otherwise


def read(data: Mapping[str, Any], *, today: dt.date, zone: str) -> Found:
    found = Found(Source.HABITTROVE, today)
    tasks = 0
    for number, item in enumerate(data["habits"], start=1):
        at = At(f"habits[{number}]")
        if not isinstance(item, Mapping):
            found.problem(Why.SHAPE, at)
        elif item.get("isTask") is True:
            tasks += 1
        else:
            _read_habit(found, item, ZoneInfo(zone), at=at)
    if tasks:
        found.problem(Why.NOT_HABITS, times=tasks)
    return found


def _read_habit(found: Found, item: Mapping[str, Any], zone: ZoneInfo, *, at: At) -> None:
    key = item.get("id")
    habit = found.habit(f"id:{key}" if isinstance(key, str) else "", item.get("name"), at=at)
    if habit is None:
        return
    habit.description = note_text(item.get("description"))[:MAX_DESCRIPTION]
    habit.archived = item.get("archived") is True
    schedule, exact = _schedule(item.get("frequency"), today=found.today)
    habit.rule = rule_of(schedule, target=whole(item.get("targetCompletions")) or 1)
    if not exact:
        found.problem(Why.SCHEDULE, at)
    completions = item.get("completions")
    if not isinstance(completions, list):
        found.problem(Why.SHAPE, at)
        return
    _read_completions(found, habit, completions, zone, at=at)


def _read_completions(found: Found, habit: FoundHabit, completions: list[Any], zone: ZoneInfo, *, at: At) -> None:
    counts: Counter[dt.date] = Counter()
    for number, completion in enumerate(completions, start=1):
        try:
            instant = dt.datetime.fromisoformat(completion)
            counts[(instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)).astimezone(zone).date()] += 1
        except (ValueError, TypeError, OverflowError):
            found.problem(Why.DAY, At(f"{at.part}.completions", number))
    for day, count in counts.items():
        found.done(habit, day, count, at=at)


def _schedule(text: object, *, today: dt.date) -> tuple[Schedule, bool]:
    """A recurrence rule of RFC 5545, as far as HabitTrove lets one choose it."""
    parts = _rule(text) if isinstance(text, str) else {}
    every, step = parts.get("INTERVAL", "1"), 1
    if every.isdecimal() and len(every) < 4:
        step = max(int(every), 1)
    frequency = parts.get("FREQ", "")
    days = tuple(sorted({WEEKDAYS[name] for name in parts.get("BYDAY", "").split(",") if name in WEEKDAYS}))
    if frequency == "DAILY" and not days and step <= 365:
        return (Daily() if step == 1 else Interval(step, today)), step == 1
    if frequency in ("DAILY", "WEEKLY") and days and step == 1:
        return (Daily() if len(days) == 7 else Weekdays(days)), True
    if frequency in _DAYS:
        times = len(days) or len(parts.get("BYMONTHDAY", "1").split(","))
        return times_in(times, _DAYS[frequency] * step)[0], False
    return Daily(), False


def _rule(text: str) -> dict[str, str]:
    line = next((line for line in text.split() if "FREQ=" in line), "").removeprefix("RRULE:")
    return dict(part.split("=", 1) for part in line.upper().split(";") if "=" in part)
