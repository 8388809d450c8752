"""What the fake gateways have in common: a ledger, faults, and an HTTP server that drops, fails or stalls when told to.

drop      does what was asked and closes the connection without an answer
fail      does it and answers 500
stall     does it and says nothing until the client has hung up
silent    does nothing and closes the connection
"""

import contextlib
import itertools
import json
import socket
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DECLINED = "0341"


@dataclass
class Refund:
    id: str
    key: str
    units: int
    state: str = "succeeded"


@dataclass
class Payment:
    """A payment in the currency's smallest unit."""

    id: str
    key: str
    units: int
    currency: str
    customer: str
    method: str
    state: str = "paid"
    made_at: int = 0
    refunds: list[Refund] = field(default_factory=list)
    # open, won or lost
    dispute: str = ""


class _Server(ThreadingHTTPServer):
    """Answers for one fake at a time; without one it closes each connection.

    Servers are used again: the official client of a new address takes two seconds to read its certificates.
    """

    daemon_threads = True
    gateway: "FakeGateway | None" = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()


_idle: list[_Server] = []


class FakeGateway(ABC):
    """A server on 127.0.0.1 with a ledger.

    `faults` are used up one per charge, refund or question.
    """

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.methods: dict[str, str] = {}
        self.forgotten: set[str] = set()
        self.faults: list[str] = []
        self.requests: list[tuple[str, str]] = []
        # How many requests were left without an answer until the client hung up.
        self.stalled = 0
        # The clock of the gateway; tests set it.
        self.now = time.time
        self.lock = threading.RLock()
        self._numbers = itertools.count(1)
        self.server = _idle.pop() if _idle else _Server()
        self.server.gateway = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        """From now on no request is answered."""
        self.server.gateway = None
        _idle.append(self.server)

    def number(self) -> int:
        return next(self._numbers)

    def taken(self) -> int:
        """How many payments took money."""
        return sum(payment.state == "paid" for payment in self.payments.values())

    @abstractmethod
    def handle(self, method: str, path: str, query: str, headers, body: bytes) -> tuple[int, dict]:
        """The status and the answer of one request, in the gateway's own protocol."""

    def refund_in_console(self, key: str, units: int) -> None:
        """Gives back no more than is left."""
        payment = self.payments[key]
        left = payment.units - sum(refund.units for refund in payment.refunds if refund.state != "failed")
        if left > 0:
            payment.refunds.append(Refund(f"re_{self.number()}", "", min(units, left)))

    def fail_refunds(self, key: str) -> None:
        """The bank sends the refunds back, some time after they succeeded."""
        for refund in self.payments[key].refunds:
            refund.state = "failed"

    def dispute_in_console(self, key: str, state: str) -> None:
        """A chargeback is opened and then decided; one that is decided is not opened again."""
        if state != "open" or not self.payments[key].dispute:
            self.payments[key].dispute = state


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # An answer is sent at once: the second of two packets would wait until the client acknowledges the first.
    wbufsize = -1

    def log_message(self, *_args) -> None:
        pass

    def _go(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        fault, status, answer = self._ask(path, query, body)
        if fault in ("silent", "drop"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault == "stall":
            self._wait_for_the_end()
            return
        if fault == "fail":
            status, answer = 500, {"error": {"type": "api_error", "message": "internal"}}
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _wait_for_the_end(self) -> None:
        """Until the client hangs up; one that would not is left after a minute."""
        self.close_connection = True
        self.connection.settimeout(60)
        with contextlib.suppress(OSError):
            self.connection.recv(1)

    def _ask(self, path: str, query: str, body: bytes) -> tuple[str, int, dict[str, object]]:
        """The fault that is due, the status and the answer."""
        gateway = self.server.gateway
        if gateway is None:
            return "silent", 500, {}
        with gateway.lock:
            gateway.requests.append((self.command, path))
            fault = gateway.faults.pop(0) if gateway.faults else ""
            gateway.stalled += fault == "stall"
            if fault == "silent":
                return fault, 500, {}
            return fault, *gateway.handle(self.command, path, query, self.headers, body)

    do_GET = do_POST = do_DELETE = _go  # noqa: N815
