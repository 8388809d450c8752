"""Habitica: user data as JSON, with dailies, habits and their history of days.

Habitica keeps single days for a limited time. Older ones are averaged by month and by year, so they are not imported.
Days follow Habitica's own start of the day (`dayStart`) and its time zone.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from accounts.days import ONE_DAY
from core import text_storage
from habits.schedules import Daily, Interval, Rule, Schedule, Weekdays, Weekly, Window
from habits.schedules.alternate_weeks import AlternateWeeks
from habits.transfer.importers.base import Importer
from habits.transfer.importers.values import build_rule, integer, plain_text, schedule_for, single_line, time_of_day
from habits.transfer.parsed_file import MAX_DESCRIPTION, MAX_GROUP, Location, ParsedFile, ParsedHabit, ProblemReason
from habits.transfer.upload_contents import Upload

WEEKDAYS = {"m": 1, "t": 2, "w": 3, "th": 4, "f": 5, "s": 6, "su": 7}
_COUNTED_BY: dict[str, Schedule] = {"daily": Daily(), "weekly": Weekly(1), "monthly": Window(1, 30)}

type Json = Mapping[str, Any]


class UserClock(NamedTuple):
    """A person's clock in Habitica.

    `offset` is in minutes to subtract from UTC (Seoul: -540, as in JavaScript); `day_start` is an hour.
    """

    offset: int
    day_start: int

    def local(self, stamp: object) -> dt.datetime | None:
        """The local time of an instant (milliseconds or ISO 8601), labelled as UTC.

        None if it is no instant.
        """
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


def _recognises(upload: Upload) -> bool:
    return isinstance(upload.json.get("tasks"), Mapping)


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed, data = ParsedFile(IMPORTER.key, today), upload.json
    preferences = _object(data.get("preferences"))
    clock = UserClock(
        _between(preferences.get("timezoneOffset"), -14 * 60, 14 * 60), _between(preferences.get("dayStart"), 0, 23)
    )
    tasks = _object(data.get("tasks"))
    tags = {one.get("id"): one.get("name") for one in _objects(data.get("tags"))}
    for kind in ("dailys", "habits"):
        for number, task in enumerate(_list(tasks.get(kind)), start=1):
            at = Location(f"tasks.{kind}[{number}]")
            if isinstance(task, Mapping):
                _read_task(parsed, task, kind, clock, tags, at=at)
            else:
                parsed.add_problem(ProblemReason.SHAPE, at)
    others = len(_list(tasks.get("todos"))) + len(_list(tasks.get("rewards")))
    if others:
        parsed.add_problem(ProblemReason.NOT_HABITS, times=others)
    return parsed


def _read_task(
    parsed: ParsedFile, task: Json, kind: str, clock: UserClock, tags: Mapping[Any, Any], *, at: Location
) -> None:
    key = task.get("_id") or task.get("id")
    habit = parsed.add_habit(f"id:{key}" if isinstance(key, str) else "", task.get("text"), at=at)
    if habit is None:
        return
    steps = [f"- {single_line(step.get('text'), max_length=200)}" for step in _objects(task.get("checklist"))]
    habit.description = text_storage.shorten(
        "\n".join(filter(None, [plain_text(task.get("notes")), *steps])), MAX_DESCRIPTION
    )
    known = [
        single_line(tags.get(tag), max_length=MAX_GROUP) for tag in _list(task.get("tags")) if isinstance(tag, str)
    ]
    habit.group = habit.category = next(filter(None, known), "")
    if kind == "dailys":
        schedule, exact = _schedule(task, clock, today=parsed.today)
        habit.rule = Rule(schedule)
        if not exact:
            parsed.add_problem(ProblemReason.SCHEDULE, at, habit=habit)
        habit.reminder_times = sorted(set(_reminders(task, clock)))[:5]
        _read_days(parsed, habit, task, clock, at=at)
    else:
        _read_counts(parsed, habit, task, clock, at=at)


def _schedule(task: Json, clock: UserClock, *, today: dt.date) -> tuple[Schedule, bool]:
    """The schedule of a daily, and whether it is exact."""
    every = integer(task.get("everyX")) or 0
    if not 1 <= every <= 9999:
        return Daily(), False
    match task.get("frequency"):
        case "daily" if every == 1:
            return Daily(), True
        case "daily" if every <= 365:
            return Interval(every, clock.day(task.get("startDate")) or today), True
        case "weekly":
            repeat = _object(task.get("repeat"))
            days = tuple(sorted(day for name, day in WEEKDAYS.items() if repeat.get(name) is True))
            return _weekly(every, days, clock.day(task.get("startDate")) or today)
        case "monthly":
            days_of_month = len(_list(task.get("daysOfMonth"))) or 1
            return schedule_for(days_of_month, 30 * every)[0], False
        case "yearly":
            return Interval(365, clock.day(task.get("startDate")) or today), every == 1
    return Daily(), False


def _weekly(every: int, days: tuple[int, ...], start: dt.date) -> tuple[Schedule, bool]:
    """Days of every N-th week from that of `start`. Weeks begin on Sunday there, on Monday here."""
    if not days or every > 8:
        return schedule_for(max(len(days), 1), 7 * every)[0], False
    if every == 1:
        return (Daily() if len(days) == 7 else Weekdays(days)), True
    sunday = start - dt.timedelta(days=start.isoweekday() % 7)
    if days == (7,):
        return AlternateWeeks(every, days, sunday), True
    return AlternateWeeks(every, days, sunday + ONE_DAY), 7 not in days


def _read_days(parsed: ParsedFile, habit: ParsedHabit, task: Json, clock: UserClock, *, at: Location) -> None:
    not_due: list[tuple[dt.date, Location]] = []
    for where, entry, day in _history(parsed, habit, task, clock, at=at):
        completed = entry.get("completed")
        if not isinstance(completed, bool):
            parsed.add_problem(ProblemReason.AVERAGED, where)
        elif completed:
            parsed.add_day(habit, day, 1, at=where)
        elif entry.get("isDue") is False:
            not_due.append((day, where))
        else:
            # A miss, or the day before one on which it was done: only the span of the habit grows.
            parsed.accept_day(habit, day, where)
    for day, where in not_due:
        # Newer versions write this on the next morning: where that day was done, the one before was not due.
        parsed.add_rest(habit, day - ONE_DAY if day in habit.days else day, at=where)


def _read_counts(parsed: ParsedFile, habit: ParsedHabit, task: Json, clock: UserClock, *, at: Location) -> None:
    """Counts presses of plus. A habit with a minus alone becomes "at most 0"."""
    ups = task.get("up") is not False
    habit.rule = build_rule(Daily(), target=0, direction="at_most")
    if ups:
        habit.rule = Rule(_COUNTED_BY.get(str(task.get("frequency")), Daily()))
    counts: Counter[dt.date] = Counter()
    downs = 0
    for where, entry, day in _history(parsed, habit, task, clock, at=at):
        up, down = integer(entry.get("scoredUp")), integer(entry.get("scoredDown"))
        if up is None or down is None or up < 0 or down < 0:
            parsed.add_problem(ProblemReason.AVERAGED, where)
            continue
        counts[day] += up if ups else down
        downs += down if ups else 0
    if downs:
        parsed.add_problem(ProblemReason.DOWNS, at, habit=habit)
    for day, count in counts.items():
        parsed.add_day(habit, day, count, at=at)


def _history(
    parsed: ParsedFile, habit: ParsedHabit, task: Json, clock: UserClock, *, at: Location
) -> Iterator[tuple[Location, Json, dt.date]]:
    for number, entry in enumerate(_list(task.get("history")), start=1):
        parsed.count_row()
        where = Location(f"{at.part}.history", number)
        day = clock.day(entry.get("date")) if isinstance(entry, Mapping) else None
        if day is None:
            parsed.add_unreadable(habit, ProblemReason.DAY, where)
        else:
            yield where, entry, day


def _reminders(task: Json, clock: UserClock) -> Iterator[str]:
    for reminder in _objects(task.get("reminders")):
        if local := clock.local(reminder.get("time")):
            yield time_of_day(local.hour, local.minute)


def _between(value: object, low: int, high: int) -> int:
    number = integer(value)
    return number if number is not None and low <= number <= high else 0


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Json]:
    return [one for one in _list(value) if isinstance(one, Mapping)]


IMPORTER = Importer(
    key="habitica",
    label="Habitica",
    instructions=gettext_lazy("설정의 Site Data에서 ‘User Data’ JSON"),
    recognises=_recognises,
    read=_read,
)
