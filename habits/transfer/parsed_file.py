"""The content of an imported file: habits with their days, and problems found in it.

parsed = ParsedFile("loop", today=…)
habit = parsed.add_habit(key, name)                           None where there is no name
parsed.add_day(habit, day, amount, note=…, at=Location(…))    a day on which it was done
parsed.add_rest(habit, day, at=Location(…))                   a skipped day
parsed.add_unreadable(habit, reason, Location(…), day=…)      a row that cannot be read
"""

import datetime as dt
import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from core import text_storage
from habits.schedules import FURTHEST, MAX_TARGET, Daily, Rule, Timeline
from habits.transfer import import_limits
from habits.transfer.importers.values import plain_text, single_line

MAX_HABITS = 150
# So many unreadable lines are listed; all of them, and what is imported with changes, are counted.
MAX_LISTED = 200
MAX_NAME, MAX_KEY, MAX_GROUP, MAX_DESCRIPTION, MAX_NOTE = 200, 200, 50, 2000, 2000


class RefusalReason(enum.StrEnum):
    """Why a file is refused as a whole; nothing of it is imported."""

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
    UNREADABLE = "unreadable"


class ImportRefused(Exception):
    """Nothing of the file is imported."""

    def __init__(self, reason: RefusalReason):
        super().__init__(reason)
        self.reason = reason


class ProblemReason(enum.StrEnum):
    """Why a part of a file is not imported, or is imported with changes."""

    SHAPE = "shape"
    NAME = "name"
    DAY = "day"
    AHEAD = "ahead"
    TOO_OLD = "too_old"
    AMOUNT = "amount"
    NO_HABIT = "no_habit"
    TOO_MANY_HABITS = "too_many_habits"
    NOTE_ALONE = "note_alone"
    # Imported with a small change.
    NOTE_CUT = "note_cut"
    ROUNDED = "rounded"
    SCHEDULE = "schedule"
    PER_PERIOD = "per_period"
    NO_TARGET = "no_target"
    NO_SCHEDULE = "no_schedule"
    # The file says two things of one day.
    DISAGREES = "disagrees"
    DOWNS = "downs"
    # No habit, or no single day.
    NOT_HABITS = "not_habits"
    AVERAGED = "averaged"
    NO_ENTRY = "no_entry"


CHANGED = frozenset(
    {
        ProblemReason.NOTE_CUT,
        ProblemReason.ROUNDED,
        ProblemReason.SCHEDULE,
        ProblemReason.PER_PERIOD,
        ProblemReason.NO_TARGET,
        ProblemReason.NO_SCHEDULE,
        ProblemReason.DISAGREES,
        ProblemReason.DOWNS,
    }
)
LEFT_OUT = frozenset({ProblemReason.NOT_HABITS, ProblemReason.AVERAGED, ProblemReason.NO_ENTRY})


class Location(NamedTuple):
    """A place in the file: a part and the line or row in it.

    Parts are "001 Run/Checkmarks.csv", "habits[3]", "Repetitions".
    """

    part: str = ""
    line: int = 0


NO_LOCATION = Location()


class Problem(NamedTuple):
    reason: ProblemReason
    part: str
    line: int


class ParsedDay(NamedTuple):
    amount: int
    note: str = ""
    # 1 to 10; only in our own files.
    mood: int | None = None
    energy: int | None = None

    @property
    def is_private(self) -> bool:
        """Whether it holds health data, which needs consent."""
        return bool(self.note or self.mood or self.energy)


class ParsedCheckIn(NamedTuple):
    """One of a day's check-ins. Only our own files tell them apart."""

    amount: int
    note: str = ""
    mood: int | None = None
    energy: int | None = None
    place: str = ""
    weather: str = ""
    at: dt.datetime | None = None
    target: int | None = None
    # The hour on the person's clock (`HabitLog.local_hour`).
    hour: int | None = None
    # The time of a file that holds no instant.
    clock: dt.time | None = None

    @property
    def is_private(self) -> bool:
        """Whether it holds health data, which needs consent."""
        return bool(self.note or self.mood or self.energy or self.place)

    def without_private(self) -> "ParsedCheckIn":
        return self._replace(note="", mood=None, energy=None, place="")


class ParsedRest(NamedTuple):
    """A pause or a skipped day of our own files; `last` is None for one without an end."""

    kind: str
    first: dt.date
    last: dt.date | None


@dataclass
class ParsedHabit:
    """`key` identifies it in the other app.

    `days` are those on which it was done, `rests` the skipped ones.
    """

    key: str
    name: str
    rule: Rule = field(default_factory=lambda: Rule(Daily()))
    description: str = ""
    # Its category in the other app.
    category: str = ""
    group: str = ""
    color: str = ""
    archived: bool = False
    # "09:00", and ISO weekdays; no weekdays means every due day.
    reminder_times: list[str] = field(default_factory=list)
    reminder_days: list[int] = field(default_factory=list)
    # Only in our own files. `timeline` holds its rules over time.
    timeline: Timeline | None = None
    part_of_day: str = "anytime"
    # Taken as they are, for a new habit. `check_ins` and `spans` say more about `days` and `rests`.
    is_own: bool = False
    status: str = ""
    started_on: dt.date | None = None
    paused_at: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    check_ins: dict[dt.date, list[ParsedCheckIn]] = field(default_factory=dict)
    spans: list[ParsedRest] = field(default_factory=list)
    anchor: str = ""
    icon: str = ""
    days: dict[dt.date, ParsedDay] = field(default_factory=dict)
    rests: set[dt.date] = field(default_factory=set)
    # What each day of the file was first said to be, 0 included.
    said: dict[dt.date, int] = field(default_factory=dict)
    # What of the habit itself is imported with changes.
    changes: set[ProblemReason] = field(default_factory=set)
    # Whether a line of it could not be read.
    is_damaged: bool = False
    # The first and the last day that the file mentions.
    first_on: dt.date | None = None
    last_on: dt.date | None = None

    def check_ins_on(self, day: dt.date) -> list[ParsedCheckIn]:
        return self.check_ins.get(day) or [ParsedCheckIn(*self.days[day])]

    def reached_target(self, day: dt.date) -> bool:
        """Whether the day reached an at-least target: then it is done, and no rest."""
        done = self.days.get(day)
        return done is not None and (self.timeline or Timeline.always(self.rule)).on(day).completes(done.amount)

    @property
    def notes(self) -> int:
        """Number of days with a note, a mood or an energy."""
        return sum(day.is_private for day in self.days.values())

    @property
    def private_check_ins(self) -> int:
        """Number of check-ins with health data: a note, a mood, an energy or a place."""
        return sum(one.is_private for day in self.days for one in self.check_ins_on(day))


@dataclass
class ParsedFile:
    # The importer's key.
    source: str
    today: dt.date
    # The day of the export, if the file says it.
    written_on: dt.date | None = None
    habits: list[ParsedHabit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_counts: Counter[str] = field(default_factory=Counter)
    # Whether "3/7/2026" was read as the 3rd of July; None if the file has no such dates.
    day_first: bool | None = None
    # How the file spells the name of each habit.
    spellings: dict[str, str] = field(default_factory=dict)
    # Rows read so far, and how long that took.
    rows: int = 0
    computing: import_limits.ComputingTime = field(default_factory=import_limits.ComputingTime)

    @property
    def known_until(self) -> dt.date | None:
        """The last day of which the file knows anything."""
        return max((day for day in (self.written_on, *(one.last_on for one in self.habits)) if day), default=None)

    def count_row(self) -> None:
        """Refuses a file of too many rows, or one that takes too long.

        Each added day, rest and problem is counted; importers count what they only sum up.
        """
        self.rows += 1
        if self.rows > import_limits.MAX_ROWS:
            raise ImportRefused(RefusalReason.TOO_MANY)
        if self.rows % 1000 == 0 and self.computing.is_over:
            raise ImportRefused(RefusalReason.SLOW)

    def add_problem(
        self,
        reason: ProblemReason,
        at: Location = NO_LOCATION,
        *,
        times: int = 1,
        habit: ParsedHabit | None = None,
    ) -> None:
        """`habit` is the one that the preview names, for what is changed of a habit as a whole."""
        self.count_row()
        self.problem_counts[reason] += times
        if habit:
            habit.changes.add(reason)
        if reason not in LEFT_OUT | CHANGED and len(self.problems) < MAX_LISTED:
            self.problems.append(Problem(reason, at.part[:120], at.line))

    def add_habit(self, key: str, name: object, *, at: Location = NO_LOCATION) -> ParsedHabit | None:
        """A habit without days; None where it has no name or there are too many.

        A name that differs from an earlier one only in its encoding (NFC, NFD) is the same habit.
        """
        title = single_line(name, max_length=MAX_NAME)
        if not title:
            self.add_problem(ProblemReason.NAME, at)
            return None
        spelling = self.spellings.setdefault(title, str(name))
        if spelling != name and text_storage.normalize(spelling) == text_storage.normalize(str(name)):
            return next(one for one in self.habits if one.name == title)
        if len(self.habits) == MAX_HABITS:
            self.add_problem(ProblemReason.TOO_MANY_HABITS, at)
            return None
        known = {one.key for one in self.habits}
        # Habits with the same key are numbered in their order.
        key = single_line(key, max_length=MAX_KEY - 8) or title[: MAX_KEY - 8]
        number, unique = 2, key
        while unique in known:
            unique, number = f"{key}#{number}", number + 1
        self.habits.append(ParsedHabit(unique, title))
        return self.habits[-1]

    def add_day(
        self,
        habit: ParsedHabit,
        day: dt.date,
        amount: int,
        *,
        note: object = "",
        mood: int | None = None,
        energy: int | None = None,
        at: Location = NO_LOCATION,
    ) -> None:
        """Sets the day; a later value replaces an earlier one.

        The preview tells how many differ. An amount of 0 is no check-in and keeps no note.
        """
        if not self._accept_amount(habit, day, amount, at):
            return
        if habit.said.setdefault(day, amount) != amount:
            self.add_problem(ProblemReason.DISAGREES, at)
        text = self._note(note, at)
        if amount:
            habit.days[day] = ParsedDay(amount, text, mood, energy)
        else:
            habit.days.pop(day, None)
            if text:
                self.add_problem(ProblemReason.NOTE_ALONE, at)

    def add_check_in(self, habit: ParsedHabit, day: dt.date, one: ParsedCheckIn, *, at: Location) -> None:
        """Adds one of the day's check-ins, for files that tell them apart."""
        known = habit.days.get(day, ParsedDay(0))
        amount = known.amount + one.amount
        if not self._accept_amount(habit, day, amount if one.amount > 0 else -1, at):
            return
        one = one._replace(note=self._note(one.note, at))
        notes = "\n".join(filter(None, [known.note, one.note]))
        mood, energy = one.mood or known.mood, one.energy or known.energy
        habit.days[day] = ParsedDay(amount, text_storage.shorten(notes, MAX_NOTE), mood, energy)
        habit.check_ins.setdefault(day, []).append(one)

    def _accept_amount(self, habit: ParsedHabit, day: dt.date, amount: int, at: Location) -> bool:
        if not self.accept_day(habit, day, at):
            return False
        if 0 <= amount <= MAX_TARGET:
            return True
        self.add_unreadable(habit, ProblemReason.AMOUNT, at, day=day)
        return False

    def _note(self, note: object, at: Location) -> str:
        text = plain_text(note)
        if len(text) > MAX_NOTE:
            self.add_problem(ProblemReason.NOTE_CUT, at)
        return text_storage.shorten(text, MAX_NOTE)

    def add_rest(self, habit: ParsedHabit, day: dt.date, *, note: object = "", at: Location = NO_LOCATION) -> None:
        if self.accept_day(habit, day, at):
            habit.rests.add(day)
            if plain_text(note):
                self.add_problem(ProblemReason.NOTE_ALONE, at)

    def add_unreadable(
        self, habit: ParsedHabit, reason: ProblemReason, at: Location, *, day: dt.date | None = None
    ) -> None:
        """A line that cannot be read.

        Its day is no miss, for nothing is known of it: it becomes a rest.
        """
        habit.is_damaged = True
        self.add_problem(reason, at)
        if day and day not in habit.days and self.accept_day(habit, day, at):
            habit.rests.add(day)

    def accept_day(self, habit: ParsedHabit, day: dt.date, at: Location) -> bool:
        """Whether the day can be stored. If so, it extends the span of the habit."""
        self.count_row()
        if day > self.today:
            self.add_problem(ProblemReason.AHEAD, at)
        elif day < self.today - FURTHEST:
            self.add_problem(ProblemReason.TOO_OLD, at)
        else:
            habit.first_on, habit.last_on = min(habit.first_on or day, day), max(habit.last_on or day, day)
            return True
        return False
