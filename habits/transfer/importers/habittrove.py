"""HabitTrove: `habits.json` from its data folder, alone or in a backup zip.

A completion is an instant. Its day follows the time zone in `settings.json`, else the person's own. Coins, wishes and the
server's other users are not read.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from accounts.days import zone_names
from core import text_storage
from habits.schedules import Daily, Interval, Schedule, Weekdays, Weekly, Window
from habits.schedules.alternate_weeks import AlternateWeeks
from habits.transfer.importers.base import Importer, habit_fields
from habits.transfer.importers.values import build_rule, integer, plain_text, schedule_for
from habits.transfer.parsed_file import MAX_DESCRIPTION, Location, ParsedFile, ParsedHabit, ProblemReason
from habits.transfer.upload_contents import Archive, Upload, json_of

WEEKDAYS = {"MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6, "SU": 7}
# In place of a rule, as its first release wrote it.
_WORDS: dict[str, tuple[Schedule, bool]] = {
    "daily": (Daily(), True),
    "weekly": (Weekly(1), True),
    "monthly": (Window(1, 30), False),
    # Without a first day it is the same.
    "freq=weekly": (Weekly(1), True),
}
_START = re.compile(r"DTSTART[^:\n]*:(\d{8}(?:T\d{6}Z?)?)")
_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}


def _recognises(upload: Upload) -> bool:
    return "completions" in habit_fields(upload)


def _zone_name(archive: Archive | None, *, default: str) -> str:
    settings = json_of(archive.read("settings.json")) if archive and "settings.json" in archive else {}
    system = settings.get("system")
    name = system.get("timezone") if isinstance(system, Mapping) else None
    return name if isinstance(name, str) and name in zone_names() else default


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed = ParsedFile(IMPORTER.key, today)
    its_zone = ZoneInfo(_zone_name(upload.archive, default=zone))
    tasks = 0
    for number, item in enumerate(upload.json["habits"], start=1):
        at = Location(f"habits[{number}]")
        if not isinstance(item, Mapping):
            parsed.add_problem(ProblemReason.SHAPE, at)
        elif item.get("isTask") is True:
            tasks += 1
        else:
            _read_habit(parsed, item, its_zone, at=at)
    if tasks:
        parsed.add_problem(ProblemReason.NOT_HABITS, times=tasks)
    return parsed


def _read_habit(parsed: ParsedFile, item: Mapping[str, Any], zone: ZoneInfo, *, at: Location) -> None:
    key = item.get("id")
    habit = parsed.add_habit(f"id:{key}" if isinstance(key, str) else "", item.get("name"), at=at)
    if habit is None:
        return
    habit.description = text_storage.shorten(plain_text(item.get("description")), MAX_DESCRIPTION)
    habit.archived = item.get("archived") is True
    schedule, exact = _schedule(item.get("frequency"), zone, today=parsed.today)
    habit.rule = build_rule(schedule, target=integer(item.get("targetCompletions")) or 1)
    if not exact:
        parsed.add_problem(ProblemReason.SCHEDULE, at, habit=habit)
    completions = item.get("completions")
    if not isinstance(completions, list):
        parsed.add_unreadable(habit, ProblemReason.SHAPE, at)
        return
    _read_completions(parsed, habit, completions, zone, at=at)


def _read_completions(
    parsed: ParsedFile, habit: ParsedHabit, completions: list[Any], zone: ZoneInfo, *, at: Location
) -> None:
    counts: Counter[dt.date] = Counter()
    for number, completion in enumerate(completions, start=1):
        parsed.count_row()
        try:
            instant = dt.datetime.fromisoformat(completion)
            counts[(instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)).astimezone(zone).date()] += 1
        except (ValueError, TypeError, OverflowError):
            parsed.add_unreadable(habit, ProblemReason.DAY, Location(f"{at.part}.completions", number))
    for day, count in counts.items():
        parsed.add_day(habit, day, count, at=at)


def _schedule(text: object, zone: ZoneInfo, *, today: dt.date) -> tuple[Schedule, bool]:
    """The schedule of a word or an RFC 5545 recurrence rule, as far as HabitTrove offers them, and whether it is exact."""
    if not isinstance(text, str):
        return Daily(), False
    if known := _WORDS.get(text.strip().lower()):
        return known
    parts, start = _rule(text), _start(text, zone)
    every, step = parts.get("INTERVAL", "1"), 1
    if every.isdecimal() and len(every) < 4:
        step = max(int(every), 1)
    frequency = parts.get("FREQ", "")
    days = tuple(sorted({WEEKDAYS[name] for name in parts.get("BYDAY", "").split(",") if name in WEEKDAYS}))
    if frequency == "DAILY" and not days and step <= 365:
        return (Daily() if step == 1 else Interval(step, start or today)), step == 1 or start is not None
    if frequency in ("DAILY", "WEEKLY") and days and step == 1:
        return (Daily() if len(days) == 7 else Weekdays(days)), True
    if frequency == "WEEKLY" and days and start and 2 <= step <= 8:
        return AlternateWeeks(step, days, start), True
    if frequency in _DAYS:
        times = len(days) or len(parts.get("BYMONTHDAY", "1").split(","))
        return schedule_for(times, _DAYS[frequency] * step)[0], False
    return Daily(), False


def _start(text: str, zone: ZoneInfo) -> dt.date | None:
    """The day of DTSTART, for example "DTSTART:20250101T000000Z"."""
    match = _START.search(text)
    if match is None:
        return None
    try:
        day = dt.datetime.fromisoformat(match[1])
    except ValueError:
        return None
    return day.astimezone(zone).date() if day.tzinfo else day.date()


def _rule(text: str) -> dict[str, str]:
    line = next((line for line in text.split() if "FREQ=" in line), "").removeprefix("RRULE:")
    return dict(part.split("=", 1) for part in line.upper().split(";") if "=" in part)


IMPORTER = Importer(
    key="habittrove",
    label="HabitTrove",
    instructions=gettext_lazy("백업 압축 파일(.zip) 또는 habits.json"),
    recognises=_recognises,
    read=_read,
)
