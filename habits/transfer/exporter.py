"""A person's habits on their way out: one table as CSV, everything of them as JSON. Loop's own form is loop_out.py.

habits = gather(user_id, today=…)
as_csv(file, habits)      one row for each check-in, for spreadsheets
as_json(file, habits)     read again by moving/ours.py: rules, rests, moods and all
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from accounts.days import Calendar
from accounts.models import User
from habits.models import HabitLog, HabitRest, UserHabit
from habits.transfer import wellness_json

# Check-ins between two reports of progress.
STEP = 500
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEAD = (
    "habit", "date", "time", "amount", "target", "unit", "reached", "mood", "energy", "note", "place", "weather", "category",
)  # fmt: skip

type Tell = Callable[[int], None]


@dataclass(frozen=True)
class Leaving:
    """Whose habits, and by whose calendar."""

    user: User
    today: dt.date

    @property
    def calendar(self) -> Calendar:
        return self.user.calendar

    @property
    def habits(self) -> list[UserHabit]:
        return list(self.user.habits.with_habit().order_by("sort_order", "created_at", "id"))

    def logs(self, user_habit: UserHabit) -> Iterator[HabitLog]:
        logs = HabitLog.objects.filter(user_habit=user_habit).order_by("local_date", "completed_at", "id")
        return logs.iterator(chunk_size=STEP)

    def rests(self) -> list[HabitRest]:
        return list(self.user.rests.order_by("starts_on", "id"))


def gather(user_id: UUID, *, now: dt.datetime) -> Leaving:
    user = User.objects.get(pk=user_id)
    return Leaving(user, user.calendar.day_of(now))


def count(user_id: UUID) -> int:
    return HabitLog.objects.filter(user_habit__user=user_id).count()


def as_csv(file: IO[bytes], leaving: Leaving, *, tell: Tell = lambda done: None) -> None:
    # Spreadsheets take a file for UTF-8 when it begins like this.
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(HEAD)
    done = 0
    for user_habit in leaving.habits:
        for log in leaving.logs(user_habit):
            writer.writerow([_cell(value) for value in _row(user_habit, log, leaving.calendar)])
            done += 1
            if done % STEP == 0:
                tell(done)
    text.detach()


def _row(user_habit: UserHabit, log: HabitLog, calendar: Calendar) -> list[Any]:
    day = log.day_by(calendar)
    rule = user_habit.timeline.on(day)
    return [
        user_habit.name, day.isoformat(), calendar.local(log.completed_at).strftime("%H:%M"), log.completed_count,
        log.target_count, rule.unit, int(rule.met(log.completed_count)), log.mood_score, log.energy_level, log.notes,
        log.location, log.weather, user_habit.habit.category.name,
    ]  # fmt: skip


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_json(file: IO[bytes], leaving: Leaving, *, tell: Tell = lambda done: None) -> None:
    text = io.TextIOWrapper(file, "utf-8", write_through=True)
    head = {
        "format": wellness_json.FORMAT,
        "version": 1,
        "day": leaving.today.isoformat(),
        "time_zone": leaving.calendar.zone,
    }
    text.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "habits": [')
    rests, done = leaving.rests(), 0
    for number, user_habit in enumerate(leaving.habits):
        text.write(",\n " if number else "\n ")
        about = _about(user_habit, [rest for rest in rests if rest.concerns(user_habit)], leaving)
        text.write(json.dumps(about, ensure_ascii=False)[:-1] + ', "check_ins": [')
        for place, log in enumerate(leaving.logs(user_habit)):
            text.write(",\n  " if place else "\n  ")
            text.write(json.dumps(_check_in(log, leaving.calendar), ensure_ascii=False))
            done += 1
            if done % STEP == 0:
                tell(done)
        text.write("]}")
    text.write("\n]}\n")
    text.detach()


def _about(user_habit: UserHabit, rests: list[HabitRest], leaving: Leaving) -> dict[str, Any]:
    habit = user_habit.habit
    return {
        "id": str(user_habit.pk),
        "name": user_habit.name,
        "description": habit.text("description"),
        "category": habit.category.name_en,
        "icon": habit.icon,
        "color": habit.color,
        "status": user_habit.status,
        "group": user_habit.group_name,
        "anchor": user_habit.anchor,
        "part_of_day": user_habit.part_of_day,
        "started_on": user_habit.begins_on(leaving.calendar).isoformat(),
        "rules": user_habit.timeline.to_json(),
        "reminder_times": user_habit.reminder_times,
        "reminder_days": user_habit.reminder_days,
        "rests": [
            {
                "kind": rest.kind,
                "first": rest.starts_on.isoformat(),
                "last": rest.ends_on.isoformat() if rest.ends_on else None,
            }
            for rest in rests
        ],
    }


def _check_in(log: HabitLog, calendar: Calendar) -> dict[str, Any]:
    said = {
        "day": log.day_by(calendar).isoformat(),
        "at": log.completed_at.isoformat(timespec="seconds"),
        "amount": log.completed_count,
        "target": log.target_count,
        "mood": log.mood_score,
        "energy": log.energy_level,
        "note": log.notes,
        "place": log.location,
        "weather": log.weather,
    }
    return {name: value for name, value in said.items() if value is not None}
