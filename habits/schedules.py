"""When a habit is due and how much of it: pure values and their JSON.

    rule = parse("custom", {"kind": "weekdays", "days": [1, 3, 5]}, target=8, unit="잔")
    rule.is_due(day)       may this day be done? (a day of `Weekly` and `Window` always may)
    rule.met(count)        does `count` reach the target, or stay within it?
    rule.sentence("물")    "매주 월·수·금, 물 8잔"
    rule.frequency, rule.schedule.to_json(), rule.target, rule.unit, rule.direction    back to columns

`target_frequency` and the `schedule` column:

    daily   {}                                                       Daily()
    weekly  {"times": 1..7}                                          Weekly(times)       N days in a week
    custom  {"kind": "weekdays", "days": [1..7, ISO]}                Weekdays(days)
            {"kind": "interval", "every": 2..365, "from": "Y-M-D"}   Interval(every, anchor)
            {"kind": "window", "times": n, "days": m}, n ≤ m ≤ 60    Window(times, days)  N times in any M days

A `Timeline` is a habit's rules over time: a change counts from its day on, what came before keeps its own rule.
`direction` is "at_least" or "at_most"; `target` is the amount of one due day, whatever the schedule.
Whatever is not exactly such a value raises `RuleError`, which names the field and speaks to the person.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Literal, Self

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from core.text_format import amount

type Direction = Literal["at_least", "at_most"]
type Frequency = Literal["daily", "weekly", "custom"]
# What is judged when it closes: each due day, each week, or each run of M days.
type Judged = Literal["day", "week", "window"]

# Nobody remembers further back, and each day from the first one on is judged.
FURTHEST = timedelta(days=366 * 10)
MAX_TARGET = 1_000_000
MAX_UNIT = 20


class RuleError(ValueError):
    """`field` is the part that is wrong: frequency, schedule, times, days, every, from, target, unit or direction."""

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(message)
        self.field = field


def _whole(field: str, value: object, low: int, high: int, message: Promise) -> None:
    if type(value) is not int or not low <= value <= high:
        raise RuleError(field, message)


@dataclass(frozen=True, slots=True)
class Daily:
    frequency: ClassVar[Frequency] = "daily"
    judged: ClassVar[Judged] = "day"

    def is_due(self, day: date) -> bool:
        return True

    def to_json(self) -> dict[str, Any]:
        return {}

    def __str__(self) -> str:
        return gettext("매일")


@dataclass(frozen=True, slots=True)
class Weekly:
    times: int

    frequency: ClassVar[Frequency] = "weekly"
    judged: ClassVar[Judged] = "week"

    def __post_init__(self) -> None:
        _whole("times", self.times, 1, 7, _("일주일에 1번부터 7번까지 고를 수 있어요."))

    def is_due(self, day: date) -> bool:
        return True

    def to_json(self) -> dict[str, Any]:
        return {"times": self.times}

    def __str__(self) -> str:
        return ngettext("매주 %(times)d번", "매주 %(times)d번", self.times) % {"times": self.times}


@dataclass(frozen=True, slots=True)
class Weekdays:
    """`days` are ISO weekdays, Monday 1 to Sunday 7, ascending."""

    days: tuple[int, ...]

    frequency: ClassVar[Frequency] = "custom"
    judged: ClassVar[Judged] = "day"

    def __post_init__(self) -> None:
        message = _("요일을 하나 이상 골라 주세요.")
        for day in self.days:
            _whole("days", day, 1, 7, message)
        if not self.days or list(self.days) != sorted(set(self.days)):
            raise RuleError("days", message)

    def is_due(self, day: date) -> bool:
        return day.isoweekday() in self.days

    def to_json(self) -> dict[str, Any]:
        return {"kind": "weekdays", "days": list(self.days)}

    def __str__(self) -> str:
        named = {
            (1, 2, 3, 4, 5, 6, 7): gettext("매일"),
            (1, 2, 3, 4, 5): gettext("평일마다"),
            (6, 7): gettext("주말마다"),
        }
        if self.days in named:
            return named[self.days]
        names = [
            pgettext("weekday", "월"), pgettext("weekday", "화"), pgettext("weekday", "수"), pgettext("weekday", "목"),
            pgettext("weekday", "금"), pgettext("weekday", "토"), pgettext("weekday", "일"),
        ]  # fmt: skip
        return gettext("매주 %(days)s") % {"days": "·".join(names[day - 1] for day in self.days)}


@dataclass(frozen=True, slots=True)
class Interval:
    """Every `every` days, counted from `anchor` in both directions."""

    every: int
    anchor: date

    frequency: ClassVar[Frequency] = "custom"
    judged: ClassVar[Judged] = "day"

    def __post_init__(self) -> None:
        _whole("every", self.every, 2, 365, _("2일부터 365일까지 고를 수 있어요."))

    def is_due(self, day: date) -> bool:
        return (day - self.anchor).days % self.every == 0

    def to_json(self) -> dict[str, Any]:
        return {"kind": "interval", "every": self.every, "from": self.anchor.isoformat()}

    def __str__(self) -> str:
        return ngettext("%(every)d일마다", "%(every)d일마다", self.every) % {"every": self.every}


@dataclass(frozen=True, slots=True)
class Window:
    """`times` done days in any `days` days on end."""

    times: int
    days: int

    frequency: ClassVar[Frequency] = "custom"
    judged: ClassVar[Judged] = "window"

    def __post_init__(self) -> None:
        _whole("days", self.days, 1, 60, _("1일부터 60일까지 고를 수 있어요."))
        _whole("times", self.times, 1, self.days, _("날수보다 많이 할 수는 없어요."))

    def is_due(self, day: date) -> bool:
        return True

    def to_json(self) -> dict[str, Any]:
        return {"kind": "window", "times": self.times, "days": self.days}

    def __str__(self) -> str:
        words = ngettext("%(days)d일에 %(times)d번", "%(days)d일에 %(times)d번", self.times)
        return words % {"days": self.days, "times": self.times}


type Schedule = Daily | Weekly | Weekdays | Interval | Window


@dataclass(frozen=True, slots=True)
class Rule:
    """A schedule and the amount of one due day. `at_most` with target 0 is a habit to leave alone altogether."""

    schedule: Schedule
    target: int = 1
    unit: str = ""
    direction: Direction = "at_least"

    def __post_init__(self) -> None:
        if self.direction not in ("at_least", "at_most"):
            raise RuleError("direction", _("이상 또는 이하를 골라 주세요."))
        lowest = 1 if self.direction == "at_least" else 0
        _whole("target", self.target, lowest, MAX_TARGET, _("목표는 1부터 1,000,000까지 적을 수 있어요."))
        if not isinstance(self.unit, str) or len(self.unit) > MAX_UNIT or not self.unit.isprintable():
            raise RuleError("unit", _("단위는 20자까지 적을 수 있어요."))

    @property
    def frequency(self) -> Frequency:
        return self.schedule.frequency

    def is_due(self, day: date) -> bool:
        return self.schedule.is_due(day)

    def met(self, count: int) -> bool:
        return count >= self.target if self.direction == "at_least" else count <= self.target

    def amount(self) -> str:
        """ "8잔", "2잔 이하", and nothing for a plain yes or no."""
        if self.target == 0:
            return gettext("하지 않기")
        if self.unit:
            asked = amount(self.target, self.unit)
        else:
            asked = ngettext("하루 %(n)d번", "하루 %(n)d번", self.target) % {"n": self.target}
        if self.direction == "at_most":
            return gettext("%(amount)s 이하") % {"amount": asked}
        return asked if self.unit or self.target > 1 else ""

    def sentence(self, thing: str = "") -> str:
        """What was chosen, in words: "매일", "매주 월·수·금, 물 8잔", "10일에 3번, 커피 2잔 이하"."""
        parts = [str(self.schedule), f"{thing} {self.amount()}".strip()]
        return ", ".join(part for part in parts if part)


def parse(
    frequency: str, schedule: Mapping[str, Any], *, target: int = 1, unit: str = "", direction: str = "at_least"
) -> Rule:
    """The rule that the columns describe. Raises RuleError."""
    return Rule(_parse_schedule(frequency, schedule), target, unit, direction)  # type: ignore[arg-type] # Rule checks it


@lru_cache(maxsize=4096)
def known(frequency: str, schedule: str, *, target: int, unit: str, direction: str) -> Rule:
    """`parse` of a schedule as JSON text, remembered: the same few rules are read on every page."""
    return parse(frequency, json.loads(schedule), target=target, unit=unit, direction=direction)


def _parse_schedule(frequency: str, schedule: Mapping[str, Any]) -> Schedule:
    if frequency not in ("daily", "weekly", "custom"):
        raise RuleError("frequency", _("모르는 주기예요."))
    unknown = RuleError("schedule", _("주기를 다시 골라 주세요."))
    if not isinstance(schedule, Mapping):
        raise unknown
    match frequency, dict(schedule):
        case "daily", {**rest} if not rest:
            return Daily()
        case "weekly", {"times": times, **rest} if not rest:
            return Weekly(times)
        case "custom", {"kind": "weekdays", "days": list(days), **rest} if not rest:
            return Weekdays(tuple(days))
        case "custom", {"kind": "interval", "every": every, "from": str(anchor), **rest} if not rest:
            return Interval(every, _parse_day(anchor))
        case "custom", {"kind": "window", "times": times, "days": days, **rest} if not rest:
            return Window(times, days)
    raise unknown


def _parse_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:  # fromisoformat also reads 20260105 and 2026-W02-1
        raise RuleError("from", _("날짜를 다시 골라 주세요."))
    return day


@dataclass(frozen=True, slots=True)
class Timeline:
    """(first day, rule) in ascending order. The first rule also holds for the days before it."""

    rules: tuple[tuple[date, Rule], ...]

    def __post_init__(self) -> None:
        days = [day for day, _rule in self.rules]
        if not days or days != sorted(set(days)):
            raise RuleError("from", _("날짜를 다시 골라 주세요."))

    @classmethod
    @lru_cache(maxsize=4096)
    def always(cls, rule: Rule) -> Self:
        return cls(((date.min, rule),))

    def on(self, day: date) -> Rule:
        if len(self.rules) == 1:
            # Asked for each day of a replay, and nearly always so.
            return self.rules[0][1]
        return next((rule for first, rule in reversed(self.rules) if first <= day), self.rules[0][1])

    def turns_on(self, day: date) -> bool:
        """Does another rule begin on this day?"""
        return any(day == first for first, _rule in self.rules[1:])

    def change(self, day: date, rule: Rule) -> Self:
        """The same history with `rule` from `day` on."""
        kept = tuple(entry for entry in self.rules if entry[0] < day)
        if kept and kept[-1][1] == rule:
            return type(self)(kept)
        return type(self)((*kept, (day, rule)))

    def to_json(self) -> list[dict[str, Any]]:
        return [
            {
                "from": day.isoformat(),
                "frequency": rule.frequency,
                "schedule": rule.schedule.to_json(),
                "target": rule.target,
                "unit": rule.unit,
                "direction": rule.direction,
            }
            for day, rule in self.rules
        ]

    @classmethod
    def from_json(cls, entries: Sequence[Mapping[str, Any]]) -> Self:
        """Raises RuleError, and KeyError for a missing part."""
        return cls(
            tuple(
                (
                    _parse_day(entry["from"]),
                    parse(
                        entry["frequency"],
                        entry["schedule"],
                        target=entry["target"],
                        unit=entry["unit"],
                        direction=entry["direction"],
                    ),
                )
                for entry in entries
            )
        )
