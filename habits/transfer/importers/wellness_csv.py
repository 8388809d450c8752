"""WellnessAI: our own CSV export, one row for each check-in.

It holds no rests, no schedules and no habits without check-ins: habits are imported as daily. Target and unit are those
of each day. Whether the target is a limit follows from what the file says of each day (`reached`).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy

from core.spreadsheets import unmarked
from habits.schedules import Daily, Direction, Timeline
from habits.transfer.importers.base import Importer, begins_with, is_table_day_first
from habits.transfer.importers.values import build_rule, single_line, spreadsheet_date
from habits.transfer.parsed_file import Location, ParsedCheckIn, ParsedFile, ParsedHabit, ProblemReason
from habits.transfer.upload_contents import Upload, csv_records

COLUMNS = (
    "habit", "date", "time", "amount", "target", "unit", "reached", "mood", "energy", "note", "place", "weather", "category",
)  # fmt: skip
# Each day looks up its rule among them. The last ones count.
MAX_RULES = 500


@dataclass
class DayTargets:
    """Target and unit of each day of a habit, and whether the file says that it was reached."""

    targets: dict[dt.date, tuple[int, str]] = field(default_factory=dict)
    reached: dict[dt.date, bool] = field(default_factory=dict)

    def add(self, day: dt.date, row: Mapping[str, str], target: int) -> None:
        self.targets[day] = target, single_line(unmarked(row.get("unit", "")), max_length=20)
        self.reached[day] = row.get("reached") == "1"

    def timeline(self, habit: ParsedHabit) -> Timeline:
        direction = self._direction(habit)
        rules = [(dt.date.min, build_rule(Daily(), direction=direction))]
        for day, (target, unit) in sorted(self.targets.items()):
            rule = build_rule(Daily(), target=target, unit=unit, direction=direction)
            if rule != rules[-1][1]:
                rules.append((day, rule))
        # The first one also holds for the days before it.
        known = rules[1:] or rules
        return Timeline(((dt.date.min, known[0][1]), *known[1:])[-MAX_RULES:])

    def _direction(self, habit: ParsedHabit) -> Direction:
        days = [
            (habit.days[day].amount, target, self.reached[day])
            for day, (target, _unit) in self.targets.items()
            if day in habit.days
        ]
        at_least = sum((amount >= target) == reached for amount, target, reached in days)
        at_most = sum((amount <= target) == reached for amount, target, reached in days)
        return "at_most" if at_most > at_least else "at_least"


def _recognises(upload: Upload) -> bool:
    return begins_with(upload, ",".join(COLUMNS[:7]))


def _read(upload: Upload, *, today: dt.date, zone: str) -> ParsedFile:
    parsed = ParsedFile(IMPORTER.key, today)
    parsed.day_first = is_table_day_first(upload, "date")
    habits: dict[str, tuple[ParsedHabit, DayTargets] | None] = {}
    for at, row in csv_records(upload.text, part=""):
        name = unmarked(row.get("habit", ""))
        if name not in habits:
            habit = parsed.add_habit(f"name:{name}", name, at=at)
            habits[name] = (habit, DayTargets()) if habit else None
            if habit:
                habit.category = single_line(unmarked(row.get("category", "")), max_length=100)
                parsed.add_problem(ProblemReason.NO_SCHEDULE, at, habit=habit)
        if known := habits[name]:
            _read_row(parsed, *known, row, at=at)
        else:
            parsed.add_problem(ProblemReason.NO_HABIT, at)
    for known in filter(None, habits.values()):
        habit, targets = known
        habit.timeline = targets.timeline(habit)
        habit.rule = habit.timeline.rules[-1][1]
    return parsed


def _read_row(
    parsed: ParsedFile, habit: ParsedHabit, targets: DayTargets, row: Mapping[str, str], *, at: Location
) -> None:
    day = spreadsheet_date(row.get("date", ""), day_first=bool(parsed.day_first))
    amount, target = _whole(row.get("amount")), _whole(row.get("target"))
    if day is None:
        parsed.add_unreadable(habit, ProblemReason.DAY, at)
    elif amount is None or target is None:
        parsed.add_unreadable(habit, ProblemReason.AMOUNT, at, day=day)
    else:
        targets.add(day, row, target)
        one = ParsedCheckIn(
            amount, unmarked(row.get("note", "")), _score(row.get("mood")), _score(row.get("energy")),
            place=row.get("place", ""), weather=row.get("weather", ""), target=target, clock=_clock(row.get("time", "")),
        )  # fmt: skip
        parsed.add_check_in(habit, day, one, at=at)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _score(text: str | None) -> int | None:
    number = _whole(text)
    return number if number in range(1, 11) else None


def _clock(text: str) -> dt.time | None:
    """ "07:05", and "7:05" or "7:05:00" of a spreadsheet."""
    try:
        return dt.time.fromisoformat(text.strip().rjust(5, "0") if len(text) < 6 else text.strip().rjust(8, "0"))
    except ValueError:
        return None


IMPORTER = Importer(
    key="wellness_csv",
    label="WellnessAI CSV",
    instructions=gettext_lazy("‘내보내기’에서 받은 습관 CSV. 쉰 날과 주기는 JSON에만 있어요."),
    recognises=_recognises,
    read=_read,
)
