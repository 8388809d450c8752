"""What a reader found in a file of another app: habits with their days, and what it could not read.

    found = Found(Source.LOOP, today=…)
    habit = found.habit(key, name, rule=…)              None for a name that is none
    found.done(habit, day, amount, note=…, at=At(…))    a day on which it was done
    found.rest(habit, day, at=At(…))                    a day that was skipped

Nothing here knows the database or the clock.
"""

import datetime as dt
import enum
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from habits.schedules import FURTHEST, MAX_TARGET, MAX_UNIT, Daily, Direction, Rule, Schedule, Timeline, Weekly, Window

MOST_HABITS = 150
MOST_ROWS = 1_000_000
# Of the lines that could not be read so many are listed; the others, and what comes over changed, are counted.
MOST_LISTED = 200
MAX_NAME, MAX_KEY, MAX_GROUP, MAX_DESCRIPTION, MAX_NOTE = 200, 200, 50, 2000, 2000


class Source(enum.StrEnum):
    LOOP = "loop"
    HABITBULL = "habitbull"
    HABITICA = "habitica"
    BEAVER = "beaver"
    HABITTROVE = "habittrove"
    OURS = "wellness"


class Refusal(enum.StrEnum):
    """Why a whole file is turned away; nothing of it is taken over."""

    UNKNOWN = "unknown"
    BROKEN = "broken"
    SCHEMA = "schema"
    UNSAFE = "unsafe"
    TOO_BIG = "too_big"
    TOO_MANY = "too_many"
    ENCODING = "encoding"
    EMPTY = "empty"
    SLOW = "slow"
    FULL = "full"


class Refused(Exception):
    def __init__(self, refusal: Refusal):
        super().__init__(refusal)
        self.refusal = refusal


class Why(enum.StrEnum):
    """Why something of a file is left behind, or comes over changed."""

    SHAPE = "shape"
    NAME = "name"
    DAY = "day"
    AHEAD = "ahead"
    TOO_OLD = "too_old"
    AMOUNT = "amount"
    NO_HABIT = "no_habit"
    TOO_MANY_HABITS = "too_many_habits"
    NOTE_ALONE = "note_alone"
    # What comes over all the same, a little changed.
    NOTE_CUT = "note_cut"
    ROUNDED = "rounded"
    SCHEDULE = "schedule"
    PER_PERIOD = "per_period"
    NO_TARGET = "no_target"
    DOWNS = "downs"
    # What is no habit, or no day.
    NOT_HABITS = "not_habits"
    AVERAGED = "averaged"


CHANGED = frozenset({Why.NOTE_CUT, Why.ROUNDED, Why.SCHEDULE, Why.PER_PERIOD, Why.NO_TARGET, Why.DOWNS})
LEFT = frozenset({Why.NOT_HABITS, Why.AVERAGED})


class At(NamedTuple):
    """Where in the file: its part ("001 Run/Checkmarks.csv", "habits[3]", "Repetitions") and the line or row in it."""

    part: str = ""
    line: int = 0


NOWHERE = At()


class Problem(NamedTuple):
    why: Why
    part: str
    line: int


class Done(NamedTuple):
    amount: int
    note: str = ""
    # 1 to 10, where our own file says them.
    mood: int | None = None
    energy: int | None = None

    @property
    def private(self) -> bool:
        """Something in it is health data and waits for consent."""
        return bool(self.note or self.mood or self.energy)


@dataclass
class FoundHabit:
    """`key` is what the other app knows it by. `days` are those on which something was done, `rests` those skipped."""

    key: str
    name: str
    rule: Rule = field(default_factory=lambda: Rule(Daily()))
    description: str = ""
    # What the other app files it under.
    category: str = ""
    group: str = ""
    color: str = ""
    archived: bool = False
    # "09:00", and ISO weekdays, none for every day that is due.
    reminder_times: list[str] = field(default_factory=list)
    reminder_days: list[int] = field(default_factory=list)
    # What only our own files say. `timeline` are its rules over time.
    timeline: Timeline | None = None
    part_of_day: str = "anytime"
    anchor: str = ""
    icon: str = ""
    days: dict[dt.date, Done] = field(default_factory=dict)
    rests: set[dt.date] = field(default_factory=set)
    # The first and the last day that the file says anything of.
    begun_on: dt.date | None = None
    last_on: dt.date | None = None

    @property
    def notes(self) -> int:
        """Days with a note, or a mood, or an energy."""
        return sum(done.private for done in self.days.values())


@dataclass
class Found:
    source: Source
    today: dt.date
    habits: list[FoundHabit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def problem(self, why: Why, at: At = NOWHERE, *, times: int = 1) -> None:
        self.counted[why] += times
        if why not in LEFT | CHANGED and len(self.problems) < MOST_LISTED:
            self.problems.append(Problem(why, at.part[:120], at.line))

    def habit(self, key: str, name: object, *, at: At = NOWHERE) -> FoundHabit | None:
        """A habit to fill in, or None where it has no name or is one too many."""
        called = words(name, most=MAX_NAME)
        if not called:
            self.problem(Why.NAME, at)
            return None
        if len(self.habits) == MOST_HABITS:
            self.problem(Why.TOO_MANY_HABITS, at)
            return None
        known = {one.key for one in self.habits}
        # Two of the same key are told apart by their order.
        key = words(key, most=MAX_KEY - 8) or called[: MAX_KEY - 8]
        number, unlike = 2, key
        while unlike in known:
            unlike, number = f"{key}#{number}", number + 1
        self.habits.append(FoundHabit(unlike, called))
        return self.habits[-1]

    def done(
        self,
        habit: FoundHabit,
        day: dt.date,
        amount: int,
        *,
        note: object = "",
        mood: int | None = None,
        energy: int | None = None,
        at: At = NOWHERE,
    ) -> None:
        """The last that is said of a day holds. Nothing done is no check-in, and a note cannot stand alone."""
        if not self.possible(habit, day, at):
            return
        if not 0 <= amount <= MAX_TARGET:
            self.problem(Why.AMOUNT, at)
            return
        text = note_text(note)
        if len(text) > MAX_NOTE:
            self.problem(Why.NOTE_CUT, at)
            text = text[:MAX_NOTE]
        if amount:
            habit.days[day] = Done(amount, text, mood, energy)
        else:
            habit.days.pop(day, None)
            if text:
                self.problem(Why.NOTE_ALONE, at)

    def rest(self, habit: FoundHabit, day: dt.date, *, note: object = "", at: At = NOWHERE) -> None:
        if self.possible(habit, day, at):
            habit.rests.add(day)
            if note_text(note):
                self.problem(Why.NOTE_ALONE, at)

    def possible(self, habit: FoundHabit, day: dt.date, at: At) -> bool:
        """Can this day be kept? Then the habit had begun by then."""
        if day > self.today:
            self.problem(Why.AHEAD, at)
        elif day < self.today - FURTHEST:
            self.problem(Why.TOO_OLD, at)
        else:
            habit.begun_on, habit.last_on = min(habit.begun_on or day, day), max(habit.last_on or day, day)
            return True
        return False


# ── Words and numbers of strangers ──────────────────────────────────────────


def words(value: object, *, most: int) -> str:
    """One line of printable text, or nothing."""
    if not isinstance(value, str):
        return ""
    shown = "".join(char if _shows(char) else " " for char in value[: most * 8])
    return " ".join(shown.split())[:most].strip()


def note_text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char == "\n" or _shows(char)).strip()


def _shows(char: str) -> bool:
    # Joiners hold emoji together; all other controls, private and lone surrogate code points are no text; what is not
    # assigned yet may be tomorrow's emoji.
    return char in "\u200d\u200c\ufe0f" or unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cf")


def whole(value: object) -> int | None:
    """A whole number as JSON or SQLite hold it; True is none."""
    return value if type(value) is int else None


def day_of(text: object) -> dt.date | None:
    """ "2026-11-22" and nothing else."""
    if not isinstance(text, str) or len(text) != 10:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def hex_color(value: object) -> str:
    text = value if isinstance(value, str) else ""
    good = len(text) == 7 and text[0] == "#" and all(digit in "0123456789abcdefABCDEF" for digit in text[1:])
    return text.upper() if good else ""


def clock(hour: object, minute: object) -> str:
    """ "09:00", or nothing where that is no time."""
    hour, minute = whole(hour), whole(minute)
    if hour is None or minute is None or not (0 <= hour <= 23 and 0 <= minute <= 59):
        return ""
    return f"{hour:02}:{minute:02}"


# ── Rules ───────────────────────────────────────────────────────────────────


def times_in(times: int, days: int) -> tuple[Schedule, bool]:
    """So many times in so many days, and whether our schedules say exactly that."""
    if times < 1 or days < 1:
        return Daily(), False
    if times >= days:
        return Daily(), True
    if days == 7:
        return Weekly(times), True
    if days <= 60:
        return Window(times, days), True
    return Window(max(1, round(times * 60 / days)), 60), False


def rule_of(schedule: Schedule, *, target: int = 1, unit: str = "", direction: Direction = "at_least") -> Rule:
    lowest = 1 if direction == "at_least" else 0
    return Rule(schedule, max(lowest, min(target, MAX_TARGET)), words(unit, most=MAX_UNIT), direction)


# A thousandth of the unit has a name of its own, or 60 of them make it.
_FINER: Mapping[str, tuple[int, str]] = {
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
    """Fractions as whole numbers: 2.5 km are 2,500 m. Where there is no finer unit they are rounded."""

    factor: int
    unit: str

    @classmethod
    def of(cls, thousandths: list[int], unit: str) -> "Scale":
        factor, finer = _FINER.get(unit.strip().lower(), (1, unit))
        if factor == 1 or all(value % 1000 == 0 for value in thousandths):
            return cls(1, unit)
        return cls(factor, finer)

    def amount(self, thousandths: int) -> int:
        """Rounded half up; what was something stays something, but for thousandths of nothing."""
        if thousandths < 10:
            return 0
        return max(1, (thousandths * self.factor + 500) // 1000)

    def exact(self, thousandths: int) -> bool:
        return thousandths * self.factor % 1000 == 0
