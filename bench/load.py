"""The closed loop: a few connections, each of which sends its next request when the last one was answered.

It shows what the server can do. Its latencies hide stalls; open_loop.py has those that people would wait.
"""

import dataclasses
import selectors
import socket
import statistics
import time
from collections.abc import Iterator


@dataclasses.dataclass(frozen=True)
class Result:
    """Requests answered per second over the whole run; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    answered: int
    refused: int
    # Bytes of an answer, with its headers, on average.
    size: float = 0.0


def result_of(latencies: list[float], *, took: float, refused: int, size: int) -> Result:
    """The result of a run of `took` seconds from the latencies of its answers."""
    if len(latencies) < 2:
        return Result(0, float("inf"), float("inf"), len(latencies), max(refused, 1))
    ranked = statistics.quantiles(latencies, n=100, method="inclusive")
    return Result(
        len(latencies) / took, ranked[49] * 1000, ranked[98] * 1000, len(latencies), refused, size / len(latencies)
    )


def run(port: int, requests: Iterator[bytes], *, connections: int = 8, seconds: float, expect: bytes) -> Result:
    """Sends `requests` over `connections` to 127.0.0.1 until time or requests run out.

    A response counts if its status line contains `expect` (such as b" 200 "); the others are counted as refused.
    """
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    refused = size = 0
    started = time.perf_counter()
    deadline = started + seconds
    for _number in range(connections):
        connection = Connection(port)
        if connection.send(next(requests, None)):
            selector.register(connection.socket, selectors.EVENT_READ, connection)
    while selector.get_map():
        for key, _events in selector.select(timeout=5):
            connection = key.data
            status = connection.receive()
            if status is None:
                continue
            now = time.perf_counter()
            latencies.append(now - connection.sent_at)
            refused += expect not in status
            size += connection.size
            if now >= deadline or not connection.send(next(requests, None)):
                selector.unregister(connection.socket)
                connection.socket.close()
    took = time.perf_counter() - started
    return result_of(latencies, took=took, refused=refused, size=size)


class Connection:
    """One persistent connection, with one request on its way at most."""

    def __init__(self, port: int):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self.size = 0
        self._buffer = b""

    def send(self, request: bytes | None) -> bool:
        if request is None:
            return False
        self.sent_at = time.perf_counter()
        self._buffer = b""
        self.socket.sendall(request)
        return True

    def receive(self) -> bytes | None:
        """The status line, once the whole response has arrived."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise ConnectionError("the server closed a connection that should be kept")
        self._buffer += chunk
        head, ended, body = self._buffer.partition(b"\r\n\r\n")
        if not ended:
            return None
        lower = head.lower()
        start = lower.find(b"content-length:")
        if start >= 0:
            length = int(lower[start + 15 : lower.find(b"\r\n", start) if b"\r\n" in lower[start:] else None])
            is_whole = len(body) >= length
        else:
            is_whole = body.endswith(b"0\r\n\r\n")
        self.size = len(self._buffer)
        return head.split(b"\r\n", 1)[0] if is_whole else None


# As a browser sends them from our own page.
_BROWSER = "Host: 127.0.0.1\r\nAccept-Encoding: gzip, deflate, br\r\nSec-Fetch-Site: same-origin\r\n"


def get(path: str, cookie: str, *, htmx: bool = False) -> bytes:
    extra = "HX-Request: true\r\n" if htmx else ""
    return f"GET {path} HTTP/1.1\r\n{_BROWSER}Cookie: {cookie}\r\n{extra}\r\n".encode()


def post(path: str, cookie: str, csrf: str, body: str, *, target: str = "") -> bytes:
    """`target` is the id of the element that htmx replaces with the answer."""
    extra = f"HX-Target: {target}\r\n" if target else ""
    return (
        f"POST {path} HTTP/1.1\r\n{_BROWSER}Cookie: {cookie}\r\nX-CSRFToken: {csrf}\r\nHX-Request: true\r\n{extra}"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
