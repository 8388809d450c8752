"""Senders that never finish a body do not keep others from the service."""

import contextlib
import http.client
import selectors
import socket
from collections.abc import Iterator

import pytest

from bench import service
from tests.processes import database_url
from tests.waiting import eventually
from wellness import request_bodies

PROCESSES = 2
PATIENCE = 60  # seconds
LOGIN = "/accounts/login/"
UNFINISHED = f"POST {LOGIN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin="


@pytest.fixture(scope="module")
def port(django_db_setup, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    environment = {"DATABASE_URL": database_url(), "DEVELOPMENT": "1", "WELLNESS_HOME": str(home)}
    with service.running("wellness.wsgi:application", environment, log=home / "log") as (port, _process):
        yield port


@contextlib.contextmanager
def slow_senders(port: int, addresses: list[str]) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        connections = []
        for address in addresses:
            connection = socket.create_connection(("127.0.0.1", port), source_address=(address, 0))
            connections.append(stack.enter_context(connection))
            connection.sendall(UNFINISHED.encode())
        yield connections


def refusals(connections: list[socket.socket], least: int) -> set[bytes]:
    """Waits until so many of the senders are answered. Returns the different status lines."""
    lines = set()
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        while least > 0:
            answered = selector.select(PATIENCE)
            assert answered, f"{least} more should have been refused"
            for key, _events in answered:
                lines.add(key.fileobj.recv(4096).partition(b"\r\n")[0])
                selector.unregister(key.fileobj)
            least -= len(answered)
    return lines


def status(port: int, method: str, path: str, body: str = "") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().status


@pytest.mark.slow
def test_slow_senders_of_one_network_keep_nobody_else_from_anything(port):
    with slow_senders(port, ["127.0.2.1"] * 60) as connections:
        assert refusals(connections, 60 - PROCESSES * request_bodies.MOST_PER_NETWORK) == {
            b"HTTP/1.1 429 Too Many Requests"
        }

        assert status(port, "GET", "/healthz") == 200
        assert status(port, "GET", LOGIN) == 200
        # Without its token a form is refused, but it was read.
        assert status(port, "POST", LOGIN, "login=somebody") == 403


@pytest.mark.slow
def test_pages_are_answered_whatever_the_number_of_slow_senders(port):
    with slow_senders(port, [f"127.0.{number}.1" for number in range(2, 82)]) as connections:
        refusals(connections, 80 - PROCESSES * request_bodies.MOST)

        assert status(port, "GET", "/healthz") == 200
        assert status(port, "GET", LOGIN) == 200


@pytest.mark.slow
def test_a_sender_who_gave_up_is_not_counted_any_more(port):
    with slow_senders(port, ["127.0.0.1"] * 60) as connections:
        refusals(connections, 60 - PROCESSES * request_bodies.MOST_PER_NETWORK)
        assert status(port, "POST", LOGIN, "login=somebody") == 429

    assert eventually(lambda: status(port, "POST", LOGIN, "login=somebody") == 403)
