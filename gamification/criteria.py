"""The criteria of achievements: a closed set of pure conditions, and progress to them.

    criterion = parse(achievement.criteria)     typed and checked; CriteriaError says what is wrong
    satisfied(criterion, progress)              has it been earned?
    progress_ratio(criterion, progress)         0.0 to 1.0, for the arc of an achievement not yet earned
    criterion.tally(progress)                   (have, need), for the text "50일 중 32일"
    json_schema()                               for the form in which staff edit the criteria

    counters = count(counters, progress)        before judging a check-in, or details added to one
    counters = uncount(counters, progress)      when it is undone

The `criteria` column holds one JSON object: `kind`, `need` (how much of it), the kind's own parameters, and `hidden`
for an achievement that shows only its hint until it is earned. Parsing is slow and checking is fast: keep what `parse`
returns.
"""

import datetime as dt
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

type Counters = Mapping[str, int]
type Note = Literal["mood", "energy", "note", "photo"]
type Measure = Literal["days", "weeks", "times", "habits", "categories", "seasons", "levels"]

SEASONS = ((3, 4, 5), (6, 7, 8), (9, 10, 11), (12, 1, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The facts that criteria ask about: a person's sums, and what the current act added.

    The caller fills it in.

    An act is a check-in, or details added to one. To undo an act, hand in what it had added, with `first_of_day` and
    `perfect_day` as they were before the undo. The defaults mean no act: enough for a page that shows the
    achievements still to earn.
    """

    # The person's sums after the act.
    streak: int = 0  # of this habit, in `streak_unit`
    streak_unit: Literal["days", "weeks", "months"] = "days"
    rested: int = 0  # rested days inside that streak
    protected: int = 0  # freezes spent inside it
    habit_total: int = 0  # days on which this habit was completed
    total: int = 0  # the same, over all habits
    active_habits: int = 0

    # The act.
    completed: bool = False  # it reached the day's target
    day: dt.date = dt.date.min  # local day it counts for
    hour: int | None = None  # local hour, 0 to 23; None when it was written down for a past day
    category: str = ""  # `name_en` of the habit's category
    first_of_day: bool = False  # no other habit was completed on that day
    perfect_day: bool = False  # with it, and not without it, all that was due that day is done
    days_away: int = 0  # days without any check-in just before this one
    noted: frozenset[Note] = frozenset()  # details it newly added
    weather: str = ""  # newly added

    # Stored by gamification, which fills them in before it decides.
    counters: Counters = field(default_factory=lambda: MappingProxyType({}))
    level: int = 1


def _counters_of(act: Progress) -> list[str]:
    """The counters that one act changes by one.

    noted.<what>, weather.<weather>       details added
    hour.<0..23>, weekday.<1..7, ISO>     completions by local hour, by weekday
    category.<name_en>                    completions by category
    days, month.<1..12>                   days with at least one completion, and by month
    perfect                               days on which all that was due was done
    """
    names = [f"noted.{what}" for what in act.noted]
    if act.weather:
        names.append(f"weather.{act.weather}")
    if not act.completed:
        return names
    names += [f"weekday.{act.day.isoweekday()}", f"category.{act.category}"]
    if act.hour is not None:
        names.append(f"hour.{act.hour}")
    if act.first_of_day:
        names += ["days", f"month.{act.day.month}"]
    if act.perfect_day:
        names.append("perfect")
    return names


def count(counters: Counters, act: Progress) -> dict[str, int]:
    """The counters after the act."""
    after = dict(counters)
    for name in _counters_of(act):
        after[name] = after.get(name, 0) + 1
    return after


def uncount(counters: Counters, act: Progress) -> dict[str, int]:
    """The counters as they were before the act. None falls below 0; a counter of 0 is removed."""
    before = dict(counters)
    for name in _counters_of(act):
        before[name] = before.get(name, 0) - 1
    return {name: times for name, times in before.items() if times > 0}


class CriterionTally(NamedTuple):
    have: int  # never more than `need`
    need: int


class Criterion(BaseModel):
    """One kind of condition. `measure` is what it counts, `need` how many of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    measure: ClassVar[Measure] = "times"

    need: int = Field(ge=1, le=100_000)
    hidden: bool = False

    @abstractmethod
    def have(self, progress: Progress) -> int: ...

    def tally(self, progress: Progress) -> CriterionTally:
        return CriterionTally(min(self.have(progress), self.need), self.need)


Days = Annotated[int, Field(ge=1, le=3660)]


class StreakDays(Criterion):
    """A streak of so many days, of a habit that is judged by the day."""

    measure = "days"
    kind: Literal["streak_days"]
    need: Days

    def have(self, progress: Progress) -> int:
        return progress.streak if progress.streak_unit == "days" else 0


class StreakWeeks(Criterion):
    """A streak of so many weeks, of a habit that is judged by the week. A month has four."""

    measure = "weeks"
    kind: Literal["streak_weeks"]
    need: int = Field(ge=1, le=520)

    def have(self, progress: Progress) -> int:
        return progress.streak * {"weeks": 1, "months": 4}.get(progress.streak_unit, 0)


class Rested(Criterion):
    """A streak that has lasted over so many rested days."""

    measure = "days"
    kind: Literal["rested"]
    need: Days

    def have(self, progress: Progress) -> int:
        return progress.rested if progress.streak else 0


class Protected(Criterion):
    """A streak that has lasted over so many days protected by a freeze."""

    measure = "days"
    kind: Literal["protected"]
    need: Days

    def have(self, progress: Progress) -> int:
        return progress.protected if progress.streak else 0


class HabitTotal(Criterion):
    """So many completions of one habit."""

    kind: Literal["habit_total"]

    def have(self, progress: Progress) -> int:
        return progress.habit_total


class Total(Criterion):
    """So many completions of all habits together."""

    kind: Literal["total"]

    def have(self, progress: Progress) -> int:
        return progress.total


class Habits(Criterion):
    """So many active habits at once."""

    measure = "habits"
    kind: Literal["habits"]
    need: int = Field(ge=1, le=100)

    def have(self, progress: Progress) -> int:
        return progress.active_habits


class DaysActive(Criterion):
    """So many days with a completion."""

    measure = "days"
    kind: Literal["days"]
    need: Days

    def have(self, progress: Progress) -> int:
        return progress.counters.get("days", 0)


class PerfectDays(Criterion):
    """So many days on which everything due was done."""

    measure = "days"
    kind: Literal["perfect_days"]
    need: Days

    def have(self, progress: Progress) -> int:
        return progress.counters.get("perfect", 0)


class Hours(Criterion):
    """So many completions from hour `start` until before hour `end`.

    The hours go past midnight if `end` is smaller.
    """

    kind: Literal["hours"]
    start: int = Field(ge=0, le=23)
    end: int = Field(ge=0, le=24)

    @cached_property
    def _names(self) -> list[str]:
        return [f"hour.{(self.start + n) % 24}" for n in range((self.end - self.start) % 24 or 24)]

    def have(self, progress: Progress) -> int:
        return sum(progress.counters.get(name, 0) for name in self._names)


class Weekdays(Criterion):
    """So many completions on these ISO weekdays, Monday 1 to Sunday 7."""

    kind: Literal["weekdays"]
    days: list[Annotated[int, Field(ge=1, le=7)]] = Field(min_length=1, max_length=7)

    @cached_property
    def _names(self) -> list[str]:
        return [f"weekday.{day}" for day in set(self.days)]

    def have(self, progress: Progress) -> int:
        return sum(progress.counters.get(name, 0) for name in self._names)


class Category(Criterion):
    """So many completions in one category."""

    kind: Literal["category"]
    category: str = Field(min_length=1, max_length=100)

    def have(self, progress: Progress) -> int:
        return progress.counters.get(f"category.{self.category}", 0)


class Categories(Criterion):
    """So many different categories with at least `times` completions each."""

    measure = "categories"
    kind: Literal["categories"]
    need: int = Field(ge=1, le=20)
    times: int = Field(ge=1, le=100_000)

    def have(self, progress: Progress) -> int:
        counted = progress.counters.items()
        return sum(times >= self.times and name.startswith("category.") for name, times in counted)


class Noted(Criterion):
    """So many check-ins with this detail."""

    kind: Literal["noted"]
    what: Note

    def have(self, progress: Progress) -> int:
        return progress.counters.get(f"noted.{self.what}", 0)


class Weather(Criterion):
    """So many check-ins in this weather."""

    kind: Literal["weather"]
    weather: str = Field(min_length=1, max_length=50)

    def have(self, progress: Progress) -> int:
        return progress.counters.get(f"weather.{self.weather}", 0)


class Seasons(Criterion):
    """So many seasons (spring begins in March) with at least `days` days with a completion."""

    measure = "seasons"
    kind: Literal["seasons"]
    need: int = Field(ge=1, le=4)
    days: int = Field(ge=1, le=90)

    def have(self, progress: Progress) -> int:
        counters = progress.counters
        return sum(sum(counters.get(f"month.{month}", 0) for month in months) >= self.days for months in SEASONS)


class Comeback(Criterion):
    """A check-in after at least `away` days without any."""

    kind: Literal["comeback"]
    need: Literal[1] = 1
    away: Days

    def have(self, progress: Progress) -> int:
        return int(progress.completed and progress.days_away >= self.away)


class OnDate(Criterion):
    """A completion on this day of the year."""

    kind: Literal["date"]
    need: Literal[1] = 1
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)

    def have(self, progress: Progress) -> int:
        return int(progress.completed and (progress.day.month, progress.day.day) == (self.month, self.day))


class Level(Criterion):
    """The level of the person's points."""

    measure = "levels"
    kind: Literal["level"]
    need: int = Field(ge=2, le=100)

    def have(self, progress: Progress) -> int:
        return progress.level


type AnyCriterion = Annotated[
    StreakDays | StreakWeeks | Rested | Protected | HabitTotal | Total | Habits | DaysActive | PerfectDays | Hours
    | Weekdays | Category | Categories | Noted | Weather | Seasons | Comeback | OnDate | Level,
    Field(discriminator="kind"),
]  # fmt: skip
_ADAPTER: TypeAdapter[Criterion] = TypeAdapter(AnyCriterion)


class CriteriaError(ValueError):
    """Invalid criteria.

    `problems` maps each wrong parameter (`kind` for the whole) to a text for staff.
    """

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in problems.items()))
        self.problems = problems


def parse(value: object) -> Criterion:
    """The criterion of a `criteria` column. Raises CriteriaError."""
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as invalid:
        problems = {_place(error["loc"]): _words(error) for error in invalid.errors(include_url=False)}
        raise CriteriaError(problems) from invalid


def json_schema() -> dict[str, Any]:
    """JSON Schema of the `criteria` column."""
    return _ADAPTER.json_schema()


def satisfied(criterion: Criterion, progress: Progress) -> bool:
    return criterion.have(progress) >= criterion.need


def progress_ratio(criterion: Criterion, progress: Progress) -> float:
    """0.0 to 1.0."""
    have, need = criterion.tally(progress)
    return have / need


def _place(loc: tuple[int | str, ...]) -> str:
    # Inside a kind the location begins with the kind's name.
    return ".".join(map(str, loc[1:])) or "kind"


def _words(error: Any) -> str:
    words = {
        "missing": _("빠졌어요."),
        "extra_forbidden": _("이 조건에는 없는 이름이에요."),
        "int_type": _("정수여야 해요."),
        "greater_than_equal": _("%(ge)s 이상이어야 해요."),
        "less_than_equal": _("%(le)s 이하여야 해요."),
        "too_short": _("비어 있어요."),
        "string_too_short": _("비어 있어요."),
        "literal_error": _("%(expected)s 가운데 하나여야 해요."),
        "union_tag_invalid": _("%(expected_tags)s 가운데 하나여야 해요."),
        "union_tag_not_found": _("어떤 조건인지 적어 주세요."),
        "model_attributes_type": _("어떤 조건인지 적어 주세요."),
    }
    found = words.get(error["type"])
    return found % error.get("ctx", {}) if found else error["msg"]
