"""The criteria of achievements: a closed set of pure conditions, and progress to them.

    criterion = parse(achievement.criteria)     typed and checked; CriteriaError says what is wrong
    satisfied(criterion, progress)              has it been earned?
    criterion.tally(progress)                   CriterionTally(have, need, first), for "50일 중 32일"
    criterion.watched                           the facts that can complete it; nothing else is a reason to look at it
    EXAMPLES                                    one example of each kind

The `criteria` column holds one JSON object: `kind`, `need` (how much of it), the kind's own parameters, and `hidden`
for an achievement that shows only its hint until it is earned. Parsing is slow and checking is fast: keep what `parse`
returns.

Most kinds ask for a sum, which only grows while things are done. `date`, `lunar`, `comeback` and the streaks ask for
the moment: they hold at a check-in or they do not. `all` wants its parts at one check-in.
"""

import datetime as dt
from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gamification.counters import DAYS, PERFECT, PERFECT_WEEKS, TIMES, Counters, CounterSums, Note
from gamification.lunar_dates import FEASTS, Feast, lunar_day

type Measure = Literal["days", "weeks", "times", "habits", "categories", "seasons", "levels", "parts"]

SEASONS = ((3, 4, 5), (6, 7, 8), (9, 10, 11), (12, 1, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The facts that criteria ask about: a person's sums, and what the current act added.

    The caller fills it in.

    An act is whatever changes the record: a check-in, its undo, details, a day that closes. The defaults mean no act:
    enough for a page that shows the achievements still to earn.
    """

    # The sums of the habit of the act, after it.
    streak: int = 0  # in `streak_unit`
    streak_unit: Literal["days", "weeks", "months"] = "days"
    rested: int = 0  # rested days inside that streak
    protected: int = 0  # freezes spent inside it
    habit_total: int = 0  # days on which this habit was completed
    # The person's.
    active_habits: int = 0
    reactions: int = 0  # messages of the coach that they have answered

    # The act.
    completed: bool = False  # a habit's day is done by it
    day: dt.date = dt.date.min  # local day it counts for
    days_away: int = 0  # days without any check-in just before this one

    # Filled in by gamification before it decides: the sums over all days, and the names of those that the act raised.
    counters: Counters = field(default_factory=lambda: MappingProxyType({}))
    raised: frozenset[str] = frozenset()
    level: int = 1

    # The key of the habit of the act (its counter is habit.<key>), for `context`; criteria do not ask for it.
    habit: str = ""

    def parts(self, prefix: str) -> Collection[int]:
        """The counters with this prefix.

        They are looked for once, however many criteria ask for them: `CounterSums` are shared by all facts made from these.
        """
        counters = self.counters
        if not isinstance(counters, CounterSums):
            counters = CounterSums(counters)
            object.__setattr__(self, "counters", counters)
        return counters.group(prefix)


class CriterionTally(NamedTuple):
    have: int  # never more than `need`
    need: int
    first: int = 0  # what everybody has before they do anything

    @property
    def share(self) -> float:
        """The part of the way from `first` to `need`, from 0 to 1."""
        return (self.have - self.first) / (self.need - self.first)


class Criterion(BaseModel):
    """One kind of condition. `measure` is what it counts, `need` how many of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    measure: ClassVar[Measure] = "times"

    need: int = Field(ge=1, le=100_000)
    hidden: bool = False

    @property
    @abstractmethod
    def watched(self) -> frozenset[str]:
        """The facts of which one has to rise for this to become true.

        Names of counters, a prefix of them that ends with a dot, or one of ACT_FACTS.
        """

    @property
    def measured(self) -> str:
        """What it counts, as text: the same for criteria that differ only in how much they need."""
        return self.model_dump_json(exclude={"need", "hidden"})

    @abstractmethod
    def have(self, progress: Progress) -> int: ...

    def tally(self, progress: Progress) -> CriterionTally:
        return CriterionTally(min(self.have(progress), self.need), self.need)


class _Counted(Criterion):
    """A criterion whose progress is the value of one counter."""

    @property
    @abstractmethod
    def counter(self) -> str: ...

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({self.counter})

    def have(self, progress: Progress) -> int:
        return progress.counters.get(self.counter, 0)


class _Summed(Criterion):
    """Has the sum of some counters, each a part of all completions."""

    @property
    @abstractmethod
    def summed(self) -> list[str]: ...

    @property
    def watched(self) -> frozenset[str]:
        return frozenset(self.summed)

    def have(self, progress: Progress) -> int:
        return sum(progress.counters.get(name, 0) for name in self.summed)


class _Different(Criterion):
    """Has the number of counters with a prefix that reach `times`."""

    prefix: ClassVar[str]
    times: int

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({self.prefix})

    def have(self, progress: Progress) -> int:
        return sum(times >= self.times for times in progress.parts(self.prefix))


Days = Annotated[int, Field(ge=1, le=3660)]


class StreakDays(Criterion):
    """A streak of so many days, of a habit that is judged by the day."""

    measure = "days"
    kind: Literal["streak_days"]
    need: Days

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"streak"})

    def have(self, progress: Progress) -> int:
        return progress.streak if progress.streak_unit == "days" else 0


class StreakWeeks(Criterion):
    """A streak of so many weeks, of a habit that is judged by the week. A month has four."""

    measure = "weeks"
    kind: Literal["streak_weeks"]
    need: int = Field(ge=1, le=520)

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"streak"})

    def have(self, progress: Progress) -> int:
        return progress.streak * {"weeks": 1, "months": 4}.get(progress.streak_unit, 0)


class Rested(Criterion):
    """A streak that has lasted over so many rested days."""

    measure = "days"
    kind: Literal["rested"]
    need: Days

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"streak"})

    def have(self, progress: Progress) -> int:
        return progress.rested if progress.streak else 0


class Protected(Criterion):
    """A streak that has lasted over so many days protected by a freeze."""

    measure = "days"
    kind: Literal["protected"]
    need: Days

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"streak"})

    def have(self, progress: Progress) -> int:
        return progress.protected if progress.streak else 0


class HabitTotal(Criterion):
    """So many completions of one habit."""

    kind: Literal["habit_total"]

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"habit_total"})

    def have(self, progress: Progress) -> int:
        return progress.habit_total


class Total(_Counted):
    """So many completions of all habits together."""

    kind: Literal["total"]

    @property
    def counter(self) -> str:
        return TIMES


class Habits(Criterion):
    """So many active habits at once."""

    measure = "habits"
    kind: Literal["habits"]
    need: int = Field(ge=1, le=20)

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"active_habits"})

    def have(self, progress: Progress) -> int:
        return progress.active_habits


class DaysActive(_Counted):
    """So many days with a completion."""

    measure = "days"
    kind: Literal["days"]
    need: Days

    @property
    def counter(self) -> str:
        return DAYS


class PerfectDays(_Counted):
    """So many days on which everything due was done."""

    measure = "days"
    kind: Literal["perfect_days"]
    need: Days

    @property
    def counter(self) -> str:
        return PERFECT


class PerfectWeeks(_Counted):
    """So many weeks, Monday to Sunday, of seven perfect days."""

    measure = "weeks"
    kind: Literal["perfect_weeks"]
    need: int = Field(ge=1, le=520)

    @property
    def counter(self) -> str:
        return PERFECT_WEEKS


class HabitsDone(_Different):
    """So many different habits with at least `times` completions each."""

    measure = "habits"
    prefix = "habit."
    kind: Literal["habits_done"]
    need: int = Field(ge=1, le=20)
    times: int = Field(ge=1, le=3660)


class Hours(_Summed):
    """So many completions from hour `start` until before hour `end`.

    The hours go past midnight if `end` is smaller.
    """

    kind: Literal["hours"]
    start: int = Field(ge=0, le=23)
    end: int = Field(ge=0, le=24)

    @cached_property
    def summed(self) -> list[str]:
        return [f"hour.{(self.start + n) % 24}" for n in range((self.end - self.start) % 24 or 24)]


class WeekdayTotal(_Summed):
    """So many completions on these ISO weekdays, Monday 1 to Sunday 7."""

    kind: Literal["weekdays"]
    days: list[Annotated[int, Field(ge=1, le=7)]] = Field(min_length=1, max_length=7)

    @cached_property
    def summed(self) -> list[str]:
        return [f"weekday.{day}" for day in set(self.days)]


class CategoryTotal(_Counted):
    """So many completions in one category."""

    kind: Literal["category"]
    category: str = Field(min_length=1, max_length=100)

    @property
    def counter(self) -> str:
        return f"category.{self.category}"


class Categories(_Different):
    """So many different categories with at least `times` completions each."""

    measure = "categories"
    prefix = "category."
    kind: Literal["categories"]
    need: int = Field(ge=1, le=20)
    times: int = Field(ge=1, le=100_000)


class Noted(_Counted):
    """So many check-ins with this detail."""

    kind: Literal["noted"]
    what: Note

    @property
    def counter(self) -> str:
        return f"noted.{self.what}"


class WeatherTotal(_Counted):
    """So many check-ins in this weather."""

    kind: Literal["weather"]
    weather: str = Field(min_length=1, max_length=50)

    @property
    def counter(self) -> str:
        return f"weather.{self.weather}"


class Seasons(Criterion):
    """So many seasons (spring begins in March) with at least `days` days with a completion."""

    measure = "seasons"
    kind: Literal["seasons"]
    need: int = Field(ge=1, le=4)
    days: int = Field(ge=1, le=90)

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"month."})

    def have(self, progress: Progress) -> int:
        counters = progress.counters
        return sum(sum(counters.get(f"month.{month}", 0) for month in months) >= self.days for months in SEASONS)


class Comeback(Criterion):
    """A check-in after at least `away` days without any."""

    kind: Literal["comeback"]
    need: Literal[1] = 1
    away: Days

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"day"})

    def have(self, progress: Progress) -> int:
        return int(progress.completed and progress.days_away >= self.away)


class OnDate(Criterion):
    """A completion on this day of the year."""

    kind: Literal["date"]
    need: Literal[1] = 1
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"day"})

    def have(self, progress: Progress) -> int:
        return int(progress.completed and (progress.day.month, progress.day.day) == (self.month, self.day))


class LunarDate(Criterion):
    """A completion on a feast of the Korean lunar calendar, known through LAST_LUNAR_YEAR."""

    kind: Literal["lunar"]
    need: Literal[1] = 1
    feast: Feast

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"day"})

    def have(self, progress: Progress) -> int:
        return int(progress.completed and lunar_day(progress.day) == FEASTS[self.feast])


class Reactions(Criterion):
    """So many messages of the coach answered with a reaction."""

    kind: Literal["reactions"]
    need: int = Field(ge=1, le=10_000)

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"reactions"})

    def have(self, progress: Progress) -> int:
        return progress.reactions


class Level(Criterion):
    """The level of the person's points."""

    measure = "levels"
    kind: Literal["level"]
    need: int = Field(ge=2, le=50)

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"level"})

    def have(self, progress: Progress) -> int:
        return progress.level

    def tally(self, progress: Progress) -> CriterionTally:
        return super().tally(progress)._replace(first=1)


class _Several(Criterion):
    measure = "parts"
    need: Literal[1] = 1
    of: list["AnyCriterion"] = Field(min_length=2, max_length=5)

    @cached_property
    def watched(self) -> frozenset[str]:
        return frozenset(name for one in self.of for name in one.watched)


class All(_Several):
    """All of these at one check-in."""

    kind: Literal["all"]

    def have(self, progress: Progress) -> int:
        return int(all(satisfied(one, progress) for one in self.of))

    def tally(self, progress: Progress) -> CriterionTally:
        return CriterionTally(sum(satisfied(one, progress) for one in self.of), len(self.of))


class AnyOf(_Several):
    """Any of these."""

    kind: Literal["any"]

    def have(self, progress: Progress) -> int:
        return int(any(satisfied(one, progress) for one in self.of))

    def tally(self, progress: Progress) -> CriterionTally:
        return max((one.tally(progress) for one in self.of), key=lambda tally: tally.share)


type AnyCriterion = Annotated[
    StreakDays | StreakWeeks | Rested | Protected | HabitTotal | Total | Habits | HabitsDone | DaysActive | PerfectDays
    | PerfectWeeks | Hours | WeekdayTotal | CategoryTotal | Categories | Noted | WeatherTotal | Seasons | Comeback | OnDate | LunarDate
    | Reactions | Level | All | AnyOf,
    Field(discriminator="kind"),
]  # fmt: skip
for _several in (All, AnyOf):
    _several.model_rebuild()
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


# Facts of an act that are no counters.
ACT_FACTS = frozenset({"streak", "habit_total", "active_habits", "day", "reactions", "level"})
# Those of them that are of one habit; all the others are of the person.
HABIT_FACTS = frozenset({"streak", "habit_total"})


def raised_by(gains: Counters, *, completed: bool, reacted: bool) -> frozenset[str]:
    """The facts that an act raises: what `Criterion.watched` is compared with.

    Levels are not among them.
    """
    names = {name for name, much in gains.items() if much > 0}
    names |= {f"{name.partition('.')[0]}." for name in names if "." in name}
    if completed:
        names |= {"streak", "habit_total", "active_habits", "day"}
    return frozenset(names | {"reactions"} if reacted else names)


def satisfied(criterion: Criterion, progress: Progress) -> bool:
    return criterion.have(progress) >= criterion.need


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


# One example of each kind, as the `criteria` column holds it.
EXAMPLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "streak_days": {"kind": "streak_days", "need": 30},
        "streak_weeks": {"kind": "streak_weeks", "need": 4},
        "rested": {"kind": "rested", "need": 1},
        "protected": {"kind": "protected", "need": 1},
        "habit_total": {"kind": "habit_total", "need": 100},
        "total": {"kind": "total", "need": 1000},
        "habits": {"kind": "habits", "need": 3},
        "habits_done": {"kind": "habits_done", "need": 5, "times": 10},
        "days": {"kind": "days", "need": 50},
        "perfect_days": {"kind": "perfect_days", "need": 7},
        "perfect_weeks": {"kind": "perfect_weeks", "need": 4},
        "hours": {"kind": "hours", "start": 4, "end": 6, "need": 7},
        "weekdays": {"kind": "weekdays", "days": [6, 7], "need": 30},
        "category": {"kind": "category", "category": "health", "need": 50},
        "categories": {"kind": "categories", "need": 3, "times": 5},
        "noted": {"kind": "noted", "what": "mood", "need": 30},
        "weather": {"kind": "weather", "weather": "rain", "need": 3, "hidden": True},
        "seasons": {"kind": "seasons", "need": 4, "days": 20},
        "comeback": {"kind": "comeback", "away": 14},
        "date": {"kind": "date", "month": 1, "day": 1},
        "lunar": {"kind": "lunar", "feast": "chuseok"},
        "reactions": {"kind": "reactions", "need": 10},
        "level": {"kind": "level", "need": 5},
        "all": {"kind": "all", "of": [{"kind": "lunar", "feast": "seollal"}, {"kind": "streak_days", "need": 7}]},
        "any": {"kind": "any", "of": [{"kind": "streak_days", "need": 30}, {"kind": "streak_weeks", "need": 4}]},
    }
)
