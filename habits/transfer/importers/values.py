"""Checked values of untrusted files: texts, numbers, days, frequencies and amounts."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from core import text_storage
from habits.schedules import MAX_TARGET, MAX_UNIT, Daily, Direction, Rule, Schedule, Weekly, Window


def single_line(value: object, *, max_length: int) -> str:
    """One line of printable text; empty for anything that is no text."""
    if not isinstance(value, str):
        return ""
    shown = "".join(char if _is_printable(char) else " " for char in text_storage.normalize(value[: max_length * 8]))
    return text_storage.shorten(" ".join(shown.split()), max_length).strip()


def plain_text(value: object) -> str:
    """Printable text with its line breaks; empty for anything that is no text."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and value.isprintable():
        # Most texts of a file, or none at all.
        return value.strip()
    lines = text_storage.normalize(value)
    return "".join(char for char in lines if char == "\n" or _is_printable(char)).strip()


def _is_printable(char: str) -> bool:
    # Joiners hold emoji together. All other control, private and lone surrogate code points are no text. Unassigned code
    # points may be future emoji.
    return char in "\u200d\u200c\ufe0f" or unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cf")


def integer(value: object) -> int | None:
    """A whole number as JSON or SQLite hold it; None for anything else, True included."""
    return value if type(value) is int else None


def iso_date(text: object) -> dt.date | None:
    """A day written as "2026-11-22"; None for anything else."""
    if not isinstance(text, str) or len(text) != 10:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


# "2026. 11. 22." with its spaces, and room.
MAX_DATE = 20
# "2026-11-22", "2026. 3. 7." of a Korean Excel, "2026/3/7"; "7.3.2026"; "3/7/2026", in which the region has the order.
_YEAR_FIRST = re.compile(r"(\d{4})(?:-|/|\. ?)(\d{1,2})(?:-|/|\. ?)(\d{1,2})\.?", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


def spreadsheet_date(text: str, *, day_first: bool = False) -> dt.date | None:
    """A day as apps and spreadsheets write it. `day_first`: how to read "3/7/2026"."""
    text = text.strip()
    return _spreadsheet_date(text, day_first) if len(text) <= MAX_DATE else None


@lru_cache(maxsize=16384)
def _spreadsheet_date(text: str, day_first: bool) -> dt.date | None:  # noqa: FBT001 -- a key of the cache
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DOTTED.fullmatch(text):
        day, month, year = match.groups()
    elif match := _SLASHED.fullmatch(text):
        month, day, year = match.groups()
        if day_first:
            day, month = month, day
    else:
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def is_day_first(column: Iterable[str]) -> bool | None:
    """How to read the dates of a column like "3/7/2026"; None if there are none.

    The order in which more of them are days; of equal ones day first only if a date can be nothing else.
    """
    dates = [text for text in map(str.strip, column) if "/" in text and _SLASHED.fullmatch(text)]
    if not dates:
        return None
    by_day, by_month = (
        sum(spreadsheet_date(one, day_first=first) is not None for one in dates) for first in (True, False)
    )
    return by_day > by_month or (by_day == by_month and any(int(one.split("/")[0]) > 12 for one in dates))


def hex_color(value: object) -> str:
    """ "#AABBCC"; empty for anything else."""
    text = value if isinstance(value, str) else ""
    is_color = len(text) == 7 and text[0] == "#" and all(digit in "0123456789abcdefABCDEF" for digit in text[1:])
    return text.upper() if is_color else ""


def time_of_day(hour: object, minute: object) -> str:
    """ "09:00"; empty where that is no time."""
    hour, minute = integer(hour), integer(minute)
    if hour is None or minute is None or not (0 <= hour <= 23 and 0 <= minute <= 59):
        return ""
    return f"{hour:02}:{minute:02}"


# ── Rules ───────────────────────────────────────────────────────────────────


def schedule_for(times: int, days: int) -> tuple[Schedule, bool]:
    """The nearest schedule to `times` in `days` days, and whether it is exact."""
    if times < 1 or days < 1:
        return Daily(), False
    if times >= days:
        return Daily(), True
    if days == 7:
        return Weekly(times), True
    if days <= 60:
        return Window(times, days), True
    return Window(max(1, round(times * 60 / days)), 60), False


def build_rule(schedule: Schedule, *, target: int = 1, unit: str = "", direction: Direction = "at_least") -> Rule:
    lowest = 1 if direction == "at_least" else 0
    return Rule(schedule, max(lowest, min(target, MAX_TARGET)), single_line(unit, max_length=MAX_UNIT), direction)


# Units with a finer one: how many of it make the unit, and its name.
_FINER_UNITS: Mapping[str, tuple[int, str]] = {
    "km": (1000, "m"),
    "kg": (1000, "g"),
    "l": (1000, "ml"),
    "liter": (1000, "ml"),
    "liters": (1000, "ml"),
    "litre": (1000, "ml"),
    "litres": (1000, "ml"),
    "리터": (1000, "ml"),
    "h": (60, "min"),
    "hr": (60, "min"),
    "hrs": (60, "min"),
    "hour": (60, "min"),
    "hours": (60, "min"),
    "시간": (60, "분"),
}


@dataclass(frozen=True)
class Scale:
    """Turns fractions into whole numbers: 2.5 km are 2,500 m.

    Without a finer unit they are rounded.
    """

    factor: int
    unit: str

    @classmethod
    def of(cls, thousandths: list[int], unit: str) -> "Scale":
        factor, finer = _FINER_UNITS.get(unit.strip().lower(), (1, unit))
        if factor == 1 or all(value % 1000 == 0 for value in thousandths):
            return cls(1, unit)
        return cls(factor, finer)

    def amount(self, thousandths: int) -> int:
        """Rounded half up. At least 1 for 10 thousandths or more; less than that is 0."""
        if thousandths < 10:
            return 0
        return max(1, (thousandths * self.factor + 500) // 1000)

    def is_exact(self, thousandths: int) -> bool:
        return thousandths * self.factor % 1000 == 0
