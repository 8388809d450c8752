"""Whether the bench sees a stall: the server is stopped for one second of twenty."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

from bench.load import Result
from bench.processes import tree
from bench.report import Section
from bench.stage import Stage

SECONDS, STALL = 20.0, 1.0
# Of the closed loop's rate: what the server serves without effort. Fewer requests would miss the stall by chance.
RATE, LEAST = 0.3, 15.0
# Of one second in twenty, p99 falls on the last fifth before the server goes on.
MUST_SEE = 500.0


def measure(stage: Stage) -> Section:
    """Raises RuntimeError if the open loop does not see the stall: then no other latency can be believed."""
    rate = max(stage.closed(stage.month.pages(0))[0].rate * RATE, LEAST)
    calm = stage.open(stage.month.pages(0), rate=rate, seconds=SECONDS / 4)
    with _stalled(stage.pid):
        seen = stage.open(stage.month.pages(0), rate=rate, seconds=SECONDS)
    with _stalled(stage.pid):
        hidden = stage.closed(stage.month.pages(0), seconds=SECONDS)[0]
    if seen.p99 < MUST_SEE:
        raise RuntimeError(f"the server was stopped for a second, and the open loop says p99 {seen.p99:.0f} ms")
    rows = [
        (f"open loop, {rate:.0f} a second, no stall", *_latencies(calm)),
        (f"open loop, {rate:.0f} a second, stopped for {STALL:.0f} s of {SECONDS:.0f}", *_latencies(seen)),
        (f"closed loop, stopped for {STALL:.0f} s of {SECONDS:.0f}", *_latencies(hidden)),
    ]
    return Section(
        "A stall", ("Today", "p50 ms", "p99 ms"), rows, f"The open loop must see at least {MUST_SEE:.0f} ms."
    )


@contextlib.contextmanager
def _stalled(pid: int) -> Iterator[None]:
    """Stops a process and its children for STALL seconds, after a third of SECONDS."""
    thread = threading.Thread(target=_stall, args=(tree(pid),))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _stall(pids: list[int]) -> None:
    time.sleep(SECONDS / 3)
    try:
        _signal(pids, signal.SIGSTOP)
        time.sleep(STALL)
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: list[int], message: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, message)


def _latencies(result: Result) -> tuple[str, str]:
    return f"{result.p50:.0f}", f"{result.p99:,.0f}"
