"""WellnessAI: our own JSON export, with rules over time, rests and moods.

It is lossless: a new habit has the same check-ins, rests and status. `exporter` writes the same file of it, but for ids.
A rest of all habits is one of each habit in the file.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from core import text_storage
from habits.reminders import MOST_TIMES
from habits.schedules import FURTHEST, RuleError, Timeline
from habits.transfer.importers.base import Importer
from habits.transfer.importers.values import hex_color, integer, iso_date, plain_text, single_line
from habits.transfer.parsed_file import (
    MAX_DESCRIPTION,
    MAX_GROUP,
    ImportRefused,
    Location,
    ParsedCheckIn,
    ParsedFile,
    ParsedHabit,
    ParsedRest,
    ProblemReason,
    RefusalReason,
)
from habits.transfer.upload_contents import Upload

FORMAT = "wellness-habits"
# Each day looks up its rule among them. The last ones count.
MAX_RULES = 500
# Rested days of one habit: three times as many as can be stored, for rests may overlap.
MAX_RESTED = 3 * FURTHEST.days
# So many rests of a habit are kept as they are.
MAX_SPANS = 5000
KINDS_OF_REST = ("pause", "skip")
PARTS_OF_DAY = ("morning", "afternoon", "evening", "anytime")


def _recognises(upload: Upload) -> bool:
    return upload.json.get("format") == FORMAT and isinstance(upload.json.get("habits"), list)


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed = ParsedFile(IMPORTER.key, today, written_on=iso_date(upload.json.get("day")))
    for number, item in enumerate(upload.json["habits"], start=1):
        at = Location(f"habits[{number}]")
        if isinstance(item, Mapping):
            _read_habit(parsed, item, at=at)
        else:
            parsed.add_problem(ProblemReason.SHAPE, at)
    return parsed


def _read_habit(parsed: ParsedFile, item: Mapping[str, Any], *, at: Location) -> None:
    try:
        timeline = Timeline.from_json(item["rules"][-MAX_RULES:])
        days, rests = list(item["check_ins"]), list(item["rests"])
    except (RuleError, KeyError, TypeError, AttributeError):
        parsed.add_problem(ProblemReason.SHAPE, at)
        return
    habit = parsed.add_habit(str(item.get("id", "")), item.get("name"), at=at)
    if habit is None:
        return
    habit.timeline, habit.rule = timeline, timeline.rules[-1][1]
    habit.description = text_storage.shorten(plain_text(item.get("description")), MAX_DESCRIPTION)
    habit.color, habit.icon = hex_color(item.get("color")), single_line(item.get("icon"), max_length=50)
    habit.category = single_line(item.get("category"), max_length=100)
    habit.group, habit.anchor = (
        single_line(item.get("group"), max_length=MAX_GROUP),
        single_line(item.get("anchor"), max_length=100),
    )
    if item.get("part_of_day") in PARTS_OF_DAY:
        habit.part_of_day = str(item["part_of_day"])
    habit.is_own, habit.status = True, str(item.get("status"))
    habit.archived = item.get("status") not in ("active", "paused")
    habit.paused_at, habit.completed_at = _instant(item.get("paused_at")), _instant(item.get("completed_at"))
    _read_reminders(habit, item)
    for number, check_in in enumerate(days, start=1):
        _read_check_in(parsed, habit, check_in, at=Location(f"{at.part}.check_ins", number))
    left = MAX_RESTED
    for number, rest in enumerate(rests, start=1):
        left -= _read_rest(parsed, habit, rest, at=Location(f"{at.part}.rests", number))
        if left < 0:
            raise ImportRefused(RefusalReason.TOO_MANY)
    began = iso_date(item.get("started_on"))
    if began and parsed.accept_day(habit, began, Location(f"{at.part}.started_on")):
        habit.started_on = began


def _read_reminders(habit: ParsedHabit, item: Mapping[str, Any]) -> None:
    times, days = item.get("reminder_times"), item.get("reminder_days")
    if isinstance(times, list) and isinstance(days, list):
        habit.reminder_times = [time for time in map(_time, times) if time][:MOST_TIMES]
        habit.reminder_days = sorted({day for day in days if integer(day) in range(1, 8)})


def _time(text: object) -> str:
    try:
        return dt.time.fromisoformat(str(text)).strftime("%H:%M")
    except ValueError:
        return ""


def _read_check_in(parsed: ParsedFile, habit: ParsedHabit, check_in: object, *, at: Location) -> None:
    if not isinstance(check_in, Mapping):
        parsed.add_unreadable(habit, ProblemReason.SHAPE, at)
        return
    day, amount = iso_date(check_in.get("day")), integer(check_in.get("amount"))
    if day is None:
        parsed.add_unreadable(habit, ProblemReason.DAY, at)
    elif amount is None:
        parsed.add_unreadable(habit, ProblemReason.AMOUNT, at, day=day)
    else:
        mood, energy = (_score(check_in.get(name)) for name in ("mood", "energy"))
        hour = integer(check_in.get("hour"))
        one = ParsedCheckIn(
            amount, plain_text(check_in.get("note")), mood, energy,
            place=single_line(check_in.get("place"), max_length=50), weather=single_line(check_in.get("weather"), max_length=50),
            at=_instant(check_in.get("at")), target=integer(check_in.get("target")), hour=hour if hour in range(24) else None,
        )  # fmt: skip
        parsed.add_check_in(habit, day, one, at=at)


def _instant(value: object) -> dt.datetime | None:
    try:
        instant = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
        return instant.astimezone(dt.UTC) if instant and instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _score(value: object) -> int | None:
    return integer(value) if integer(value) in range(1, 11) else None


def _read_rest(parsed: ParsedFile, habit: ParsedHabit, rest: object, *, at: Location) -> int:
    """Adds each day of a rest as a skipped day; one without an end lasts until today. Gives the number of days."""
    first = iso_date(rest.get("first")) if isinstance(rest, Mapping) else None
    if first is None or not isinstance(rest, Mapping):
        parsed.add_unreadable(habit, ProblemReason.DAY, at)
        return 0
    end = iso_date(rest.get("last"))
    kind = rest.get("kind")
    if kind in KINDS_OF_REST and len(habit.spans) < MAX_SPANS and (end or first) >= first:
        habit.spans.append(ParsedRest(kind, first, end))
    if habit.archived and not rest.get("last"):
        # The rest of an archived habit: archiving adds it again.
        return 0
    last = min(end or parsed.today, parsed.today)
    days = range(max(first.toordinal(), last.toordinal() - FURTHEST.days), last.toordinal() + 1)
    for ordinal in days:
        parsed.add_rest(habit, dt.date.fromordinal(ordinal), at=at)
    return len(days)


IMPORTER = Importer(
    key="wellness",
    label="WellnessAI",
    instructions=gettext_lazy("‘내보내기’에서 받은 습관 JSON"),
    recognises=_recognises,
    read=_read,
)
