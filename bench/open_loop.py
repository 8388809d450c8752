"""The open loop: requests arrive at a fixed rate, whether or not the earlier ones were answered, as people do.

A latency counts from the moment at which its request was meant to be sent. The closed loop (load.py) sends a request only
after an answer, so while the server stalls it sends none, and a stall of a second costs it a few slow answers instead
of a second of them.

    result = run(port, requests, rate=60, seconds=20, expect=b" 200 ")
    found = knee(lambda rate: run(…, rate=rate), start=100)     the highest rate that is served well
"""

import collections
import dataclasses
import selectors
import time
from collections.abc import Callable, Iterator

from bench.load import Connection, Result, result_of

# Connections kept open at most; a request that finds none free waits, and its wait counts.
MOST_CONNECTIONS = 128
# Seconds after the last arrival for which answers are awaited.
PATIENCE = 20.0
# What a person hardly notices, in milliseconds.
WELL = 200.0
STEP = 1.08


def run(port: int, requests: Iterator[bytes], *, rate: float, seconds: float, expect: bytes) -> Result:
    """Sends `rate` requests a second, evenly spaced. What was not answered in time counts as refused."""
    started = time.perf_counter()
    arrivals = (started + number / rate for number in range(int(rate * seconds)))
    return _Loop(port, expect).run(((at, request) for at, request in zip(arrivals, requests, strict=False)), started)


@dataclasses.dataclass
class _Loop:
    port: int
    expect: bytes
    latencies: list[float] = dataclasses.field(default_factory=list)
    refused: int = 0
    size: int = 0

    def run(self, arrivals: Iterator[tuple[float, bytes]], started: float) -> Result:
        selector = selectors.DefaultSelector()
        idle: list[Connection] = []
        waiting: collections.deque[tuple[float, bytes]] = collections.deque()
        coming = next(arrivals, None)
        busy, last = 0, started
        while coming or waiting or busy:
            now = time.perf_counter()
            while coming and coming[0] <= now:
                waiting.append(coming)
                last, coming = now, next(arrivals, None)
            while waiting and (idle or busy + len(idle) < MOST_CONNECTIONS):
                busy += self._send(selector, idle, *waiting.popleft())
            if not coming and now - last > PATIENCE:
                self.refused += busy + len(waiting)
                break
            pause = max(min(coming[0] - now, 0.5), 0) if coming else 0.5
            for key, _events in selector.select(pause):
                if self._receive(key.data):
                    selector.unregister(key.data.socket)
                    idle.append(key.data)
                    busy -= 1
        took = time.perf_counter() - started
        for connection in [*idle, *(key.data for key in list(selector.get_map().values()))]:
            connection.socket.close()
        return result_of(self.latencies, took=took, refused=self.refused, size=self.size)

    def _send(self, selector: selectors.BaseSelector, idle: list[Connection], at: float, request: bytes) -> int:
        connection = idle.pop() if idle else Connection(self.port)
        connection.send(request)
        connection.sent_at = at
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        return 1

    def _receive(self, connection: Connection) -> bool:
        status = connection.receive()
        if status is None:
            return False
        self.latencies.append(time.perf_counter() - connection.sent_at)
        self.refused += self.expect not in status
        self.size += connection.size
        return True


@dataclasses.dataclass(frozen=True)
class Knee:
    """The highest rate that is served well, and what was measured there and one step above."""

    rate: float
    p99: float
    above: float


def is_well(result: Result) -> bool:
    return result.refused == 0 and result.p99 <= WELL


def knee(attempt: Callable[[float], Result], *, start: float) -> Knee:
    """Climbs by STEP from a rate that is served well, then confirms the last good one; `start` is a guess."""
    rate = start
    while not is_well(attempt(rate)):
        if rate < 1:
            raise RuntimeError("not one request a second is served well")
        rate /= STEP**3
    while is_well(above := attempt(rate * STEP)):
        rate *= STEP
    # A rate that was good once, by luck, is not the knee.
    while not is_well(again := attempt(rate)):
        rate, above = rate / STEP, again
    return Knee(rate, again.p99, above.p99)
