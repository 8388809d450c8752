"""Habitica, "Export data: user data" as JSON: dailies and habits with what their history says of each day.

Habitica keeps single days for a while only; older ones are averaged by month and by year and name nobody's day, so they
stay behind. Days follow the hour at which Habitica's day begins there (`dayStart`) and its time zone.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from habits.schedules import Daily, Interval, Rule, Schedule, Weekdays, Weekly, Window
from habits.transfer.parse_result import (
    MAX_DESCRIPTION,
    MAX_GROUP,
    At,
    Found,
    FoundHabit,
    Source,
    Why,
    clock,
    note_text,
    rule_of,
    times_in,
    whole,
    words,
)

WEEKDAYS = {"m": 1, "t": 2, "w": 3, "th": 4, "f": 5, "s": 6, "su": 7}
_COUNTED_BY: dict[str, Schedule] = {"daily": Daily(), "weekly": Weekly(1), "monthly": Window(1, 30)}

type Json = Mapping[str, Any]


class Clock(NamedTuple):
    """`offset` are minutes to be taken from UTC (Seoul: -540, as JavaScript has it); `day_start` an hour."""

    offset: int
    day_start: int

    def local(self, stamp: object) -> dt.datetime | None:
        """An instant in milliseconds, or in ISO 8601, as the clock on the wall showed it; as if it were UTC."""
        try:
            if isinstance(stamp, str):
                at = dt.datetime.fromisoformat(stamp)
            elif isinstance(stamp, (int, float)) and not isinstance(stamp, bool):
                at = dt.datetime.fromtimestamp(stamp / 1000, dt.UTC)
            else:
                return None
            at = at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC)
            return at - dt.timedelta(minutes=self.offset)
        except (ValueError, OverflowError, OSError):
            return None

    def day(self, stamp: object) -> dt.date | None:
        local = self.local(stamp)
        return (local - dt.timedelta(hours=self.day_start)).date() if local and local.year > 1 else None


def read(data: Json, *, today: dt.date) -> Found:
    found = Found(Source.HABITICA, today)
    preferences = _object(data.get("preferences"))
    by_clock = Clock(
        _between(preferences.get("timezoneOffset"), -14 * 60, 14 * 60), _between(preferences.get("dayStart"), 0, 23)
    )
    tasks = _object(data.get("tasks"))
    tags = {one.get("id"): one.get("name") for one in _objects(data.get("tags"))}
    for kind in ("dailys", "habits"):
        for number, task in enumerate(_list(tasks.get(kind)), start=1):
            at = At(f"tasks.{kind}[{number}]")
            if isinstance(task, Mapping):
                _read_task(found, task, kind, by_clock, tags, at=at)
            else:
                found.problem(Why.SHAPE, at)
    others = len(_list(tasks.get("todos"))) + len(_list(tasks.get("rewards")))
    if others:
        found.problem(Why.NOT_HABITS, times=others)
    return found


def _read_task(found: Found, task: Json, kind: str, by_clock: Clock, tags: Mapping[Any, Any], *, at: At) -> None:
    key = task.get("_id") or task.get("id")
    habit = found.habit(f"id:{key}" if isinstance(key, str) else "", task.get("text"), at=at)
    if habit is None:
        return
    steps = [f"- {words(step.get('text'), most=200)}" for step in _objects(task.get("checklist"))]
    habit.description = "\n".join(filter(None, [note_text(task.get("notes")), *steps]))[:MAX_DESCRIPTION]
    known = [words(tags.get(tag), most=MAX_GROUP) for tag in _list(task.get("tags")) if isinstance(tag, str)]
    habit.group = habit.category = next(filter(None, known), "")
    if kind == "dailys":
        schedule, exact = _schedule(task, by_clock, today=found.today)
        habit.rule = Rule(schedule)
        if not exact:
            found.problem(Why.SCHEDULE, at)
        habit.reminder_times = sorted(set(_reminders(task, by_clock)))[:5]
        _read_days(found, habit, task, by_clock, at=at)
    else:
        _read_counts(found, habit, task, by_clock, at=at)


def _schedule(task: Json, by_clock: Clock, *, today: dt.date) -> tuple[Schedule, bool]:
    """When a daily is due, and whether we say exactly that."""
    every = whole(task.get("everyX")) or 0
    if not 1 <= every <= 9999:
        return Daily(), False
    match task.get("frequency"):
        case "daily" if every == 1:
            return Daily(), True
        case "daily" if every <= 365:
            return Interval(every, by_clock.day(task.get("startDate")) or today), True
        case "weekly":
            repeat = _object(task.get("repeat"))
            days = tuple(sorted(day for name, day in WEEKDAYS.items() if repeat.get(name) is True))
            if every == 1 and days:
                return (Daily() if len(days) == 7 else Weekdays(days)), True
            return times_in(max(len(days), 1), 7 * every)[0], False
        case "monthly":
            days_of_month = len(_list(task.get("daysOfMonth"))) or 1
            return times_in(days_of_month, 30 * every)[0], False
        case "yearly":
            return Interval(365, by_clock.day(task.get("startDate")) or today), every == 1
    return Daily(), False


def _read_days(found: Found, habit: FoundHabit, task: Json, by_clock: Clock, *, at: At) -> None:
    for where, entry, day in _history(found, task, by_clock, at=at):
        completed = entry.get("completed")
        if not isinstance(completed, bool):
            found.problem(Why.AVERAGED, where)
        elif completed:
            found.done(habit, day, 1, at=where)
        elif day not in habit.days:
            found.done(habit, day, 0, at=where)


def _read_counts(found: Found, habit: FoundHabit, task: Json, by_clock: Clock, *, at: At) -> None:
    """A habit with a plus is done by the times it was pressed; one with a minus alone is left alone altogether."""
    ups = task.get("up") is not False
    habit.rule = rule_of(Daily(), target=0, direction="at_most")
    if ups:
        habit.rule = Rule(_COUNTED_BY.get(str(task.get("frequency")), Daily()))
    counts: Counter[dt.date] = Counter()
    downs = 0
    for where, entry, day in _history(found, task, by_clock, at=at):
        up, down = whole(entry.get("scoredUp")), whole(entry.get("scoredDown"))
        if up is None or down is None or up < 0 or down < 0:
            found.problem(Why.AVERAGED, where)
            continue
        counts[day] += up if ups else down
        downs += down if ups else 0
    if downs:
        found.problem(Why.DOWNS, at)
    for day, count in counts.items():
        found.done(habit, day, count, at=at)


def _history(found: Found, task: Json, by_clock: Clock, *, at: At) -> Iterator[tuple[At, Json, dt.date]]:
    for number, entry in enumerate(_list(task.get("history")), start=1):
        where = At(f"{at.part}.history", number)
        day = by_clock.day(entry.get("date")) if isinstance(entry, Mapping) else None
        if day is None:
            found.problem(Why.DAY, where)
        else:
            yield where, entry, day


def _reminders(task: Json, by_clock: Clock) -> Iterator[str]:
    for reminder in _objects(task.get("reminders")):
        if local := by_clock.local(reminder.get("time")):
            yield clock(local.hour, local.minute)


def _between(value: object, low: int, high: int) -> int:
    number = whole(value)
    return number if number is not None and low <= number <= high else 0


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Json]:
    return [one for one in _list(value) if isinstance(one, Mapping)]
