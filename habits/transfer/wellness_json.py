"""Our own JSON (`outgoing.as_json`): what we said of a habit we also understand, rules, rests and moods included.

Check-ins of one day come back as one, at noon.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from habits.schedules import FURTHEST, RuleError, Timeline
from habits.transfer.parse_result import (
    MAX_DESCRIPTION,
    MAX_GROUP,
    At,
    Found,
    FoundHabit,
    Refusal,
    Refused,
    Source,
    Why,
    day_of,
    hex_color,
    note_text,
    whole,
    words,
)

FORMAT = "wellness-habits"
# One rule begins on a day at most, and each day asks which of them is its own.
MOST_RULES = 500
# Days of one habit's rests: thrice as many as can be kept, for rests may lie on one another.
MOST_RESTED = 3 * FURTHEST.days
PARTS_OF_DAY = ("morning", "afternoon", "evening", "anytime")


def read(data: Mapping[str, Any], *, today: dt.date) -> Found:
    found = Found(Source.OURS, today)
    for number, item in enumerate(data["habits"], start=1):
        at = At(f"habits[{number}]")
        if isinstance(item, Mapping):
            _read_habit(found, item, at=at)
        else:
            found.problem(Why.SHAPE, at)
    return found


def _read_habit(found: Found, item: Mapping[str, Any], *, at: At) -> None:
    try:
        timeline = Timeline.from_json(item["rules"][-MOST_RULES:])
        days, rests = list(item["check_ins"]), list(item["rests"])
    except (RuleError, KeyError, TypeError, AttributeError):
        found.problem(Why.SHAPE, at)
        return
    habit = found.habit(str(item.get("id", "")), item.get("name"), at=at)
    if habit is None:
        return
    habit.timeline, habit.rule = timeline, timeline.rules[-1][1]
    habit.description = note_text(item.get("description"))[:MAX_DESCRIPTION]
    habit.color, habit.icon = hex_color(item.get("color")), words(item.get("icon"), most=50)
    habit.category = words(item.get("category"), most=100)
    habit.group, habit.anchor = words(item.get("group"), most=MAX_GROUP), words(item.get("anchor"), most=100)
    if item.get("part_of_day") in PARTS_OF_DAY:
        habit.part_of_day = str(item["part_of_day"])
    habit.archived = item.get("status") not in ("active", "paused")
    _read_reminders(habit, item)
    for number, check_in in enumerate(days, start=1):
        _read_check_in(found, habit, check_in, at=At(f"{at.part}.check_ins", number))
    left = MOST_RESTED
    for number, rest in enumerate(rests, start=1):
        left -= _read_rest(found, habit, rest, at=At(f"{at.part}.rests", number))
        if left < 0:
            raise Refused(Refusal.TOO_MANY)
    began = day_of(item.get("started_on"))
    if began:
        found.possible(habit, began, At(f"{at.part}.started_on"))


def _read_reminders(habit: FoundHabit, item: Mapping[str, Any]) -> None:
    times, days = item.get("reminder_times"), item.get("reminder_days")
    if isinstance(times, list) and isinstance(days, list):
        habit.reminder_times = [time for time in map(_clock, times) if time][:5]
        habit.reminder_days = sorted({day for day in days if whole(day) in range(1, 8)})


def _clock(text: object) -> str:
    try:
        return dt.time.fromisoformat(str(text)).strftime("%H:%M")
    except ValueError:
        return ""


def _read_check_in(found: Found, habit: FoundHabit, check_in: object, *, at: At) -> None:
    if not isinstance(check_in, Mapping):
        found.problem(Why.SHAPE, at)
        return
    day, amount = day_of(check_in.get("day")), whole(check_in.get("amount"))
    if day is None:
        found.problem(Why.DAY, at)
    elif amount is None:
        found.problem(Why.AMOUNT, at)
    else:
        mood, energy = (_score(check_in.get(name)) for name in ("mood", "energy"))
        note = check_in.get("note")
        if known := habit.days.get(day):
            amount += known.amount
            note = "\n".join(filter(None, [known.note, note_text(note)]))
            mood, energy = mood or known.mood, energy or known.energy
        found.done(habit, day, amount, note=note, mood=mood, energy=energy, at=at)


def _score(value: object) -> int | None:
    return whole(value) if whole(value) in range(1, 11) else None


def _read_rest(found: Found, habit: FoundHabit, rest: object, *, at: At) -> int:
    """A pause is as many skipped days; one that has no end reaches until today. Gives how many they are."""
    first = day_of(rest.get("first")) if isinstance(rest, Mapping) else None
    if first is None or not isinstance(rest, Mapping):
        found.problem(Why.DAY, at)
        return 0
    if habit.archived and not rest.get("last"):
        # Put away: whoever writes it rests it anew.
        return 0
    last = min(day_of(rest.get("last")) or found.today, found.today)
    days = range(max(first.toordinal(), last.toordinal() - FURTHEST.days), last.toordinal() + 1)
    for ordinal in days:
        found.rest(habit, dt.date.fromordinal(ordinal), at=at)
    return len(days)
