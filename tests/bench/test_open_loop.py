"""The load generator tells the truth about a server that stops for a while."""

import itertools
import socketserver
import threading
import time

import pytest

from bench import load, open_loop, report
from bench.load import Result

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
STALL = 1.0


class Server(socketserver.ThreadingTCPServer):
    """Answers each request at once, except while it is stopped."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answer: bytes = ANSWER):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.goes_on = threading.Event()
        self.goes_on.set()

    def stop_for(self, seconds: float, *, after: float) -> None:
        def stall():
            time.sleep(after)
            self.goes_on.clear()
            time.sleep(seconds)
            self.goes_on.set()

        threading.Thread(target=stall, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while self.request.recv(65_536):
            self.server.goes_on.wait()
            self.request.sendall(self.server.answer)


@pytest.fixture
def server():
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def requests():
    return itertools.repeat(load.get("/", "session=1"))


@pytest.mark.slow
def test_the_open_loop_sees_a_stall_that_the_closed_loop_hides(server):
    server.stop_for(STALL, after=0.5)
    seen = open_loop.run(server.port, requests(), rate=100, seconds=3, expect=b" 200 ")
    server.stop_for(STALL, after=0.5)
    hidden = load.run(server.port, requests(), seconds=3, expect=b" 200 ")

    # A third of the arrivals met the stopped server; of the closed loop's requests eight did.
    assert seen.p99 >= 500
    assert hidden.p99 < seen.p99
    assert (seen.answered, seen.refused) == (300, 0)


def test_errors_are_counted(server):
    server.answer = ANSWER.replace(b"200 OK", b"503 No")

    result = open_loop.run(server.port, requests(), rate=200, seconds=0.1, expect=b" 200 ")

    assert (result.answered, result.refused) == (20, 20)
    assert not open_loop.is_well(result)


def served_up_to(limit: float):
    """A server that is good until `limit` requests a second."""
    return lambda rate: Result(rate, 5, 50 if rate <= limit else 5_000, 100, 0)


@pytest.mark.parametrize("start", [10, 99, 100, 400])
def test_the_knee_is_found_from_any_guess(start):
    found = open_loop.knee(served_up_to(100), start=start)

    assert 100 / open_loop.STEP < found.rate <= 100
    assert (found.p99, found.above) == (50, 5_000)


def test_a_rate_that_was_good_by_luck_is_not_the_knee():
    lucky = [True]

    def attempt(rate):
        is_good = rate <= 100 or (rate <= 110 and lucky and lucky.pop())
        return Result(rate, 5, 50 if is_good else 5_000, 100, 0)

    assert open_loop.knee(attempt, start=95).rate <= 100


def test_figures_replace_their_own_sections_only(tmp_path):
    document = tmp_path / "measurements.md"
    document.write_text(
        f"# Before\n\n{report.BEGIN}\n\n### Old\n\n| a |\n\n### Kept\n\nas it is\n\n{report.END}\n\nafter\n"
    )

    report.write(
        [
            report.Section("Old", ("what", "value"), [("x", "2")]),
            report.Section("New", ("what", "value"), [("y", "3")], "A note."),
            report.Section("Some rows of it", ("what",), [("z",)], is_partial=True),
        ],
        document=document,
    )

    text = document.read_text()
    assert (text[:9], text[-6:]) == ("# Before\n", "after\n")
    assert [line for line in text.splitlines() if line.startswith("###")] == ["### Old", "### Kept", "### New"]
    assert "| a |" not in text
    assert [part for part in ("| x | 2 |", "as it is", "A note.") if part not in text] == []
