"""Exports of a person's habits as CSV and JSON. Loop's formats are in loop_export.py.

habits = collect(user_id, now=…)
write_csv(file, habits)      one row for each check-in, for spreadsheets; importers/wellness_csv.py reads it
write_json(file, habits)     everything; importers/wellness_json.py reads it
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import IO, Any
from uuid import UUID

from accounts.days import Calendar
from accounts.models import User
from core.db.work import Report
from core.spreadsheets import safe_cell
from habits.models import HabitLog, HabitRest, UserHabit
from habits.schedules import Rule
from habits.transfer.importers import wellness_csv, wellness_json

# Check-ins between two progress reports.
STEP = 500


@dataclass(frozen=True)
class ExportedHabits:
    """A person's habits with their check-ins and rests, read when they are written."""

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
        return list(self.user.rests.all())


def collect(user_id: UUID, *, now: dt.datetime) -> ExportedHabits:
    user = User.objects.get(pk=user_id)
    return ExportedHabits(user, user.calendar.day_of(now))


def count(user_id: UUID) -> int:
    return HabitLog.objects.filter(user_habit__user=user_id).count()


def write_csv(file: IO[bytes], exported: ExportedHabits, *, report: Report = lambda done: None) -> None:
    # With a byte order mark spreadsheets read the file as UTF-8.
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(wellness_csv.COLUMNS)
    done = 0
    for user_habit in exported.habits:
        for row in _rows(user_habit, exported):
            writer.writerow([safe_cell(value) for value in row])
            done += 1
            if done % STEP == 0:
                report(done)
    text.detach()


def _rows(user_habit: UserHabit, exported: ExportedHabits) -> Iterator[list[Any]]:
    timeline = user_habit.timeline
    for day, group in groupby(exported.logs(user_habit), key=lambda log: log.day_by(exported.calendar)):
        logs, rule = list(group), timeline.on(day)
        reached = rule.met(sum(log.completed_count for log in logs))
        for log in logs:
            yield _row(user_habit, log, day, rule, exported.calendar, reached=reached)


def _row(
    user_habit: UserHabit, log: HabitLog, day: dt.date, rule: Rule, calendar: Calendar, *, reached: bool
) -> list[Any]:
    """`reached` is asked of all check-ins of the day."""
    return [
        user_habit.name, day.isoformat(), calendar.local(log.completed_at).strftime("%H:%M"), log.completed_count,
        log.target_count, rule.unit, int(reached), log.mood_score, log.energy_level, log.notes,
        log.location, log.weather, user_habit.habit.category.name,
    ]  # fmt: skip


def write_json(file: IO[bytes], exported: ExportedHabits, *, report: Report = lambda done: None) -> None:
    text = io.TextIOWrapper(file, "utf-8", write_through=True)
    header = {
        "format": wellness_json.FORMAT,
        "version": 1,
        "day": exported.today.isoformat(),
        "time_zone": exported.calendar.zone,
    }
    text.write(json.dumps(header, ensure_ascii=False)[:-1] + ', "habits": [')
    rests, done = exported.rests(), 0
    for number, user_habit in enumerate(exported.habits):
        text.write(",\n " if number else "\n ")
        fields = _habit_fields(user_habit, [rest for rest in rests if rest.concerns(user_habit)], exported)
        text.write(json.dumps(fields, ensure_ascii=False)[:-1] + ', "check_ins": [')
        for place, log in enumerate(exported.logs(user_habit)):
            text.write(",\n  " if place else "\n  ")
            text.write(json.dumps(_check_in(log, exported.calendar), ensure_ascii=False))
            done += 1
            if done % STEP == 0:
                report(done)
        text.write("]}")
    text.write("\n]}\n")
    text.detach()


def _habit_fields(user_habit: UserHabit, rests: list[HabitRest], exported: ExportedHabits) -> dict[str, Any]:
    habit = user_habit.habit
    return {
        "id": str(user_habit.pk),
        "name": user_habit.name,
        "description": habit.text("description"),
        "category": habit.category.name_en,
        "icon": habit.icon,
        "color": habit.color,
        "status": user_habit.status,
        "paused_at": _instant(user_habit.paused_at),
        "completed_at": _instant(user_habit.completed_at),
        "group": user_habit.group_name,
        "anchor": user_habit.anchor,
        "part_of_day": user_habit.part_of_day,
        "started_on": user_habit.begins_on(exported.calendar).isoformat(),
        "rules": user_habit.timeline.to_json(),
        "reminder_times": user_habit.reminder_times,
        "reminder_days": user_habit.reminder_days,
        "rests": [
            {
                "kind": rest.kind,
                "first": rest.starts_on.isoformat(),
                "last": rest.ends_on.isoformat() if rest.ends_on else None,
            }
            for rest in sorted(rests, key=lambda rest: (rest.starts_on, rest.ends_on or dt.date.max, rest.kind))
        ],
    }


def _check_in(log: HabitLog, calendar: Calendar) -> dict[str, Any]:
    fields = {
        "day": log.day_by(calendar).isoformat(),
        "at": _instant(log.completed_at),
        "hour": log.local_hour,
        "amount": log.completed_count,
        "target": log.target_count,
        "mood": log.mood_score,
        "energy": log.energy_level,
        "note": log.notes,
        "place": log.location,
        "weather": log.weather,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _instant(at: dt.datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
