"""What grows: a page with a person's habits, and with the number of other people."""

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping

from bench import crowd
from bench.people import Group
from bench.processes import Cpu
from bench.report import Section
from bench.stage import Stage

HABITS = (1, 10, 100, 500)
FEW, MANY = 1_000, 100_000
ROUNDS = 3

type Pages = Mapping[str, Callable[[Group, int], Iterator[bytes]]]

PAGES: Pages = {
    "tap": lambda group, turn: group.check_ins(turn),
    "Today": lambda group, turn: group.pages(turn),
}
# The pages whose statements meet other people's rows.
AMONG_PEOPLE: Pages = {
    **PAGES,
    "habit page": lambda group, turn: group.habit_pages(turn),
    "insights": lambda group, turn: group.pages(turn, path="/insights/"),
    "catalogue": lambda group, turn: group.pages(turn, path="/habits/"),
}


def habits(stage: Stage) -> Section:
    """CPU of a tap and of Today by the number of a person's habits, as a multiple of ten habits'."""
    spent: dict[int, dict[str, Cpu]] = {}
    for number in HABITS:
        # At least a thousand habits to check in, however many a person has.
        group = stage.people(f"each{number}", people=max(600 // number, 2), days=30, habits=number)
        # One after the other: of taps at once by the same person all but one are written by the plain path, and with more
        # habits each there are fewer people here.
        spent[number] = _spent(stage, group, PAGES, connections=1)
    rows = [(str(number), *(_cell(spent[number][name], spent[10][name]) for name in PAGES)) for number in HABITS]
    note = "CPU ms, server + PostgreSQL, and × that of ten habits. Aims: a tap at 500 ≤ 1.3 ×, Today at 100 ≤ 2.5 ×."
    return Section("Habits of a person", ("habits", *PAGES), rows, note)


def people(stage: Stage) -> Section:
    """CPU of each page among a thousand and among a hundred thousand people, and the exponent of the growth."""
    through = stage.now.date() - dt.timedelta(days=1)
    few, many = stage.scale.of(FEW), stage.scale.of(MANY)
    crowd.add_people("few", people=few, habits=3, through=through, days=30)
    before = _spent(stage, stage.month, AMONG_PEOPLE)
    print(f"joining {many:,} people", flush=True)
    crowd.add_people("many", people=many - few, habits=3, through=through, days=8)
    after = _spent(stage, stage.month, AMONG_PEOPLE)
    rows = [
        (name, _both(before[name]), _both(after[name]), f"{_exponent(before[name], after[name], many / few):.2f}")
        for name in AMONG_PEOPLE
    ]
    columns = ("request", f"CPU ms, {few:,} people", f"CPU ms, {many:,} people", "exponent")
    note = (
        "CPU of server + PostgreSQL, three habits each and their logs. Exponent 0 does not grow, 1 is proportional. Nothing in a page's"
        " plan but the depth of an index depends on people, so a million costs what a hundred thousand do."
    )
    return Section("People", columns, rows, note)


def _spent(stage: Stage, group: Group, pages: Pages, *, connections: int = 8) -> dict[str, Cpu]:
    """The least of some rounds: what disturbs a round only adds to it."""
    for make in pages.values():
        stage.closed(make(group, 99), seconds=stage.scale.seconds / 4, connections=connections)
    spent: dict[str, list[Cpu]] = {name: [] for name in pages}
    for turn in range(min(ROUNDS, stage.scale.rounds)):
        for name, make in pages.items():
            seconds = stage.scale.seconds / 2
            spent[name].append(stage.closed(make(group, turn), seconds=seconds, connections=connections)[1])
        group.forget_today()
    return {name: min(many, key=_sum) for name, many in spent.items()}


def _sum(cpu: Cpu) -> float:
    return cpu.server + cpu.postgres


def _both(cpu: Cpu) -> str:
    return f"{cpu.server:.1f} + {cpu.postgres:.1f}"


def _cell(cpu: Cpu, ten: Cpu) -> str:
    return f"{_both(cpu)} (× {_sum(cpu) / _sum(ten):.2f})"


def _exponent(before: Cpu, after: Cpu, times: float) -> float:
    return math.log(_sum(after) / _sum(before)) / math.log(times)
