"""The grid of what can happen to a subscription: phase × event × gateway × cycle.

Derived from the enums and the table in billing/lifecycle.py, so a new value makes it larger by itself. Every pair of values
has a test in tests/billing/test_grid.py, each legal cell one in tests/faults/fault_billing.py. docs/billing-grid.md is this
page: `manage.py billing_grid` writes it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from billing import gateways
from billing.lifecycle import STATUS_OF, TRANSITIONS, Event, Phase
from billing.periods import Cycle


class GridCell(NamedTuple):
    phase: Phase
    event: Event
    gateway: str
    cycle: Cycle

    @property
    def after(self) -> Phase | None:
        """The next phase; None if the event is refused."""
        return TRANSITIONS[self.phase].get(self.event)


def cells() -> Iterator[GridCell]:
    """Every cell, legal or not."""
    for phase in Phase:
        for event in Event:
            for gateway in gateways.GATEWAYS:
                for cycle in Cycle:
                    yield GridCell(phase, event, gateway, cycle)


def legal_cells() -> list[GridCell]:
    return [cell for cell in cells() if cell.after is not None]


def page() -> str:
    """The page as Markdown."""
    every, legal = sum(1 for _cell in cells()), len(legal_cells())
    head = ["event", *(str(phase) for phase in Phase)]
    lines = [
        "# The grid of subscriptions",
        "",
        "Written by `manage.py billing_grid` from the enums and the table in `billing/lifecycle.py`; a test holds it current.",
        "",
        f"{every} cells: {len(Phase)} phases × {len(Event)} events × {len(gateways.GATEWAYS)} gateways × {len(Cycle)} cycles",
        f"(gateways: {', '.join(gateways.GATEWAYS)}; cycles: {', '.join(Cycle)}).",
        f"{legal} are legal, and each has a test; the others are refused, which is tested too.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(_row(event)) + " |" for event in Event),
        "",
        "`status`, the column of the schema document, follows from the phase:",
        "",
        "| phase | status |",
        "|---|---|",
        *(f"| {phase} | {status} |" for phase, status in STATUS_OF.items()),
        "",
    ]
    return "\n".join(lines)


def _row(event: Event) -> Iterator[str]:
    yield str(event)
    for phase in Phase:
        after = TRANSITIONS[phase].get(event)
        yield "·" if after is None else f"→ {after}"
