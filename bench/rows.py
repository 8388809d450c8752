"""What the bench measures, in one table: add a line here for a new page or job.

    Request    is sent in the closed loop, in rounds that alternate with the others
    Ratio      of two requests, with the aim it has to meet
    Study      measures something else and gives a section of its own

`group` is what `make bench ROWS=…` selects by.
"""

import dataclasses
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from bench import (
    catalogue_size,
    coach_messages,
    day_fill,
    growth,
    jobs,
    knees,
    memory,
    phone,
    sealed_names,
    staff_pages,
    stalls,
)
from bench.load import Result
from bench.processes import Cpu
from bench.report import Section, number
from bench.stage import Stage

type Rounds = Sequence[tuple[Result, Cpu]]


@dataclasses.dataclass(frozen=True)
class Request:
    name: str
    group: str
    # The requests of a round, from its number.
    make: Callable[[Stage, int], Iterator[bytes]]
    bare: bool = False


@dataclasses.dataclass(frozen=True)
class Ratio:
    """`of` ÷ `by`: of their rates, or of their CPU where a machine's noise is larger than the difference."""

    of: str
    by: str
    aim: str
    cpu: bool = False

    def line(self, measured: Mapping[str, Rounds]) -> tuple[str, str, str]:
        value = _cpu if self.cpu else _rate
        ratios = [value(one) / value(two) for one, two in zip(measured[self.of], measured[self.by], strict=True)]
        kind = ", CPU" if self.cpu else ""
        spread = f"{statistics.median(ratios):.2f} [{min(ratios):.2f} to {max(ratios):.2f}]"
        return (f"{self.of} ÷ {self.by}{kind}", spread, self.aim)


@dataclasses.dataclass(frozen=True)
class Study:
    name: str
    group: str
    measure: Callable[[Stage], Section]


REQUESTS = (
    Request("tap", "tap", lambda stage, turn: stage.month.check_ins(turn)),
    Request("tap, 3 years", "tap", lambda stage, turn: stage.years.check_ins(turn)),
    Request("tap, 10 years", "tap", lambda stage, turn: stage.decade.check_ins(turn)),
    Request("check-in alone", "tap", lambda stage, turn: stage.others.check_ins(turn, alone=True)),
    Request("bare check-in", "tap", lambda stage, _turn: stage.bare.check_ins(), bare=True),
    Request("Today", "today", lambda stage, turn: stage.month.pages(turn)),
    Request("Today, 3 years", "today", lambda stage, turn: stage.years.pages(turn)),
    Request("Today, 10 years", "today", lambda stage, turn: stage.decade.pages(turn)),
    Request("bare page", "today", lambda stage, _turn: stage.bare.pages(), bare=True),
    Request("achievements", "today", lambda stage, turn: stage.month.pages(turn, path="/achievements/")),
    Request("achievements, 10 years", "today", lambda stage, turn: stage.decade.pages(turn, path="/achievements/")),
    Request("coach inbox", "today", lambda stage, turn: stage.month.pages(turn, path="/coach/")),
    Request("habit page", "habit", lambda stage, turn: stage.month.habit_pages(turn)),
    Request("habit page, 3 years", "habit", lambda stage, turn: stage.years.habit_pages(turn)),
    Request("habit page, 10 years", "habit", lambda stage, turn: stage.decade.habit_pages(turn)),
    Request("insights, 3 years", "insights", lambda stage, turn: stage.years.pages(turn, path="/insights/")),
    Request("insights, 10 years", "insights", lambda stage, turn: stage.decade.pages(turn, path="/insights/")),
    Request(
        "insights of one, 3 years", "insights", lambda stage, turn: stage.years.habit_pages(turn, under="/insights/")
    ),
    Request("catalogue", "catalogue", lambda stage, turn: stage.month.pages(turn, path="/habits/")),
)

RATIOS = (
    Ratio("check-in alone", "bare check-in", "≥ 1.1"),
    Ratio("check-in alone", "bare check-in", "≤ 1", cpu=True),
    Ratio("tap", "check-in alone", "≤ 1.25", cpu=True),
    Ratio("tap", "bare check-in", "-"),
    Ratio("tap, 3 years", "tap", "≥ 0.83"),
    Ratio("tap, 10 years", "tap", "≥ 0.83"),
    Ratio("Today", "bare page", "≥ 1"),
    Ratio("Today", "bare page", "≤ 1.1", cpu=True),
    Ratio("Today, 3 years", "Today", "≥ 0.83"),
    Ratio("Today, 10 years", "Today", "≥ 0.83"),
    Ratio("habit page", "Today", "≤ 2", cpu=True),
    Ratio("habit page, 3 years", "habit page", "≤ 1.3", cpu=True),
    Ratio("habit page, 10 years", "habit page", "≤ 1.3", cpu=True),
    Ratio("insights, 3 years", "Today", "≤ 3", cpu=True),
    Ratio("insights, 10 years", "insights, 3 years", "≤ 1.2", cpu=True),
    # Answered from the cache of the dashboard.
    Ratio("insights, 10 years", "Today", "≥ 0.5"),
    Ratio("insights of one, 3 years", "Today", "≤ 3", cpu=True),
    Ratio("achievements", "bare page", "≥ 0.5"),
    Ratio("achievements", "bare page", "≤ 2", cpu=True),
    Ratio("achievements, 10 years", "achievements", "≤ 1.2", cpu=True),
    Ratio("coach inbox", "bare page", "≥ 0.5"),
    Ratio("catalogue", "Today", "≤ 1.5", cpu=True),
)

STUDIES = (
    Study("memory by process", "memory", memory.measure),
    Study("a phone", "phone", phone.measure),
    Study("a stall", "stall", stalls.measure),
    Study("the knee", "knee", knees.measure),
    Study("habits of a person", "many", growth.habits),
    # Before others fill the tables that its floor reads whole.
    Study("a day's numbers", "days", day_fill.section),
    Study("people", "people", growth.people),
    Study("sealed names", "sealed", sealed_names.section),
    Study("staff pages", "staff", staff_pages.section),
    Study("the coach's messages", "coach", coach_messages.section),
    Study("check-ins beside many achievements", "badges", catalogue_size.check_ins),
    Study("an import of ten years", "import", catalogue_size.imports),
    *(Study(job.name, "jobs", job.measure) for job in jobs.JOBS),
    # The last: its ten million check-ins stay.
    Study("achievements of many people", "achievements", catalogue_size.records),
)

GROUPS = sorted({one.group for one in (*REQUESTS, *STUDIES)})


def requests_section(measured: Mapping[str, Rounds]) -> Section:
    rows = []
    for name, rounds in measured.items():
        p50, p99, size = (
            statistics.median(getattr(result, which) for result, _cpu in rounds) for which in ("p50", "p99", "size")
        )
        server, postgres = (
            statistics.median(getattr(cpu, side) for _result, cpu in rounds) for side in ("server", "postgres")
        )
        rows.append(
            (
                name,
                number(statistics.median(result.rate for result, _cpu in rounds), 0),
                f"{p50:.1f}",
                f"{p99:.1f}",
                f"{server:.1f} + {postgres:.1f}",
                number(size, 0),
            )
        )
    columns = ("request", "per second", "p50 ms", "p99 ms", "CPU ms: server + PostgreSQL", "bytes")
    note = "Closed loop, eight connections: the p99 hides stalls, the knee below does not."
    return Section("Requests", columns, rows, note, is_partial=len(measured) < len(REQUESTS))


def ratios_section(measured: Mapping[str, Rounds]) -> Section:
    ratios = [ratio.line(measured) for ratio in RATIOS if {ratio.of, ratio.by} <= measured.keys()]
    note = "Of rates where nothing else is said; median [range] of the rounds."
    return Section("Ratios", ("what", "ratio", "aim"), ratios, note, is_partial=len(measured) < len(REQUESTS))


def _rate(measured: tuple[Result, Cpu]) -> float:
    return measured[0].rate


def _cpu(measured: tuple[Result, Cpu]) -> float:
    return measured[1].server + measured[1].postgres
