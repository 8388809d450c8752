"""Counters of what a person did: what one day counts, and the sums over all days.

Pure code. `gamification/criteria.py` asks for the sums, `gamification/progress_tally.py` stores them.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

type Counters = Mapping[str, int]
type Note = Literal["mood", "energy", "note", "photo"]

# Names of counters; the others are listed in `DayCounters`.
TIMES = "times"
DAYS = "days"
PERFECT = "perfect"
PERFECT_WEEKS = "perfect_weeks"


class CounterSums(dict[str, int]):
    """Counters over all days, and by group, such as "habit.".

    A group is looked for once, and kept with each change.
    """

    def __init__(self, counters: Counters = MappingProxyType({})) -> None:
        super().__init__(counters)
        self._groups: dict[str, dict[str, int]] = {}

    def group(self, prefix: str) -> Collection[int]:
        """The counters whose names begin with this prefix, which ends with their first dot."""
        if prefix not in self._groups:
            self._groups[prefix] = {name: much for name, much in self.items() if name.startswith(prefix)}
        return self._groups[prefix].values()

    def add(self, gains: Counters) -> None:
        """Adds to the sums; a counter that becomes 0 is left out."""
        for name, much in gains.items():
            after = self.get(name, 0) + much
            _keep(self, name, after)
            _keep(self._groups.get(name[: name.find(".") + 1], {}), name, after)


def _keep(counters: dict[str, int], name: str, much: int) -> None:
    if much:
        counters[name] = much
    else:
        counters.pop(name, None)


@dataclass(slots=True)
class DayCounters:
    """Collects what one day counts.

    logs                                  check-ins
    noted.<what>, weather.<weather>       check-ins with this detail
    times                                 completions: habits whose day is done
    habit.<key>, category.<name_en>       the same of one habit, of one category
    weekday.<1..7, ISO>, hour.<0..23>     the same by weekday, and by local hour where it is known
    days, month.<1..12>                   1 if there is any completion
    perfect                               1 if all that was due is done
    """

    day: dt.date
    counters: dict[str, int] = field(default_factory=dict)

    def check_in(self, noted: Iterable[Note], weather: str) -> None:
        self._add("logs")
        for what in noted:
            self._add(f"noted.{what}")
        if weather:
            self._add(f"weather.{weather}")

    def details(self, noted: Iterable[Note], weather: str) -> None:
        """Details of a check-in that is counted already."""
        for what in noted:
            self._add(f"noted.{what}")
        if weather:
            self._add(f"weather.{weather}")

    def completion(self, *, habit: str, category: str, hour: int | None) -> None:
        for name in (TIMES, f"habit.{habit}", f"category.{category}", f"weekday.{self.day.isoweekday()}"):
            self._add(name)
        if hour is not None:
            self._add(f"hour.{hour}")
        self.counters |= {DAYS: 1, f"month.{self.day.month}": 1}

    def perfect(self, is_perfect: bool) -> None:  # noqa: FBT001 -- the fact itself
        self.counters.pop(PERFECT, None)
        if is_perfect:
            self.counters[PERFECT] = 1

    def _add(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1
