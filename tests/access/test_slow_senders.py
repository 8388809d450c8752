"""Senders that never finish a body do not keep others from the service."""

import contextlib
import http.client
import selectors
import socket
import uuid
from collections.abc import Iterator

import pytest
from django.http import HttpResponse

from bench import service
from habits import photos
from tests.processes import database_url
from tests.waiting import eventually
from wellness import request_bodies

PROCESSES = 2
PATIENCE = 60  # seconds
LOGIN = "/accounts/login/"
UNFINISHED = f"POST {LOGIN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin="


@pytest.fixture
def port(django_db_setup, tmp_path):
    """A service for each test, because a process counts the senders of an ended test until it notices their end."""
    environment = {"DATABASE_URL": database_url(), "DEVELOPMENT": "1", "WELLNESS_HOME": str(tmp_path)}
    with service.running("wellness.wsgi:application", environment, log=tmp_path / "log") as (port, _process):
        yield port


# The largest form, without its content.
PHOTOS = f"/today/{uuid.UUID(int=0)}/logs/{uuid.UUID(int=0)}/photos/"
UNFINISHED_PHOTOS = f"POST {PHOTOS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {photos.MOST_BODY}\r\n\r\n-"
# How a client that knows that a server speaks HTTP/2 begins, with an empty frame of settings.
HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@contextlib.contextmanager
def slow_senders(port: int, addresses: list[str], unfinished: str = UNFINISHED) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        connections = []
        for address in addresses:
            connection = socket.create_connection(("127.0.0.1", port), source_address=(address, 0))
            connections.append(stack.enter_context(connection))
            connection.sendall(unfinished.encode())
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


def status(port: int, method: str, path: str, body: str = "", *, address: str = "127.0.0.1") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(address, 0))
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


@pytest.mark.slow
def test_large_bodies_that_never_come_keep_nobody_from_sending(port):
    per_process = request_bodies.MOST_BYTES_PER_NETWORK // photos.MOST_BODY
    large = "-" * (2 * 1024 * 1024)
    with slow_senders(port, ["127.0.2.1"] * 60, UNFINISHED_PHOTOS) as connections:
        refusals(connections, 60 - PROCESSES * per_process)

        assert {status(port, "POST", LOGIN, "login=somebody", address="127.0.2.1") for _ in range(6)} == {403}
        assert {status(port, "POST", PHOTOS, large, address="127.0.3.1") for _ in range(6)} == {403}
        assert 429 in {status(port, "POST", PHOTOS, large, address="127.0.2.1") for _ in range(6)}


@pytest.mark.parametrize(("limit", "sender"), [("MOST_BYTES", "127.0.3.1"), ("MOST_BYTES_PER_NETWORK", "127.0.2.2")])
def test_a_large_body_takes_room_until_it_is_answered(rf, settings, monkeypatch, limit, sender):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.DATABASE_POOL = 10, 2
    monkeypatch.setattr(request_bodies, limit, 30)

    def post(size: int, address: str) -> int:
        request = rf.post("/", b"-" * size, content_type="text/plain", REMOTE_ADDR=address)
        return middleware(request).status_code

    def answer(request) -> HttpResponse:
        inner = [post(20, sender), post(10, sender)] if request.META["REMOTE_ADDR"] == "127.0.2.1" else []
        statuses.extend(inner)
        return HttpResponse()

    statuses: list[int] = []
    middleware = request_bodies.RequestBodyMiddleware(answer)

    assert post(20, "127.0.2.1") == 200
    assert statuses == [429, 200]
    assert post(20, sender) == 200


@pytest.mark.slow
def test_the_service_speaks_no_http_2(port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(HTTP_2)

        answer = connection.recv(4096)

    # Its settings would be the first frame.
    assert not answer or answer.startswith(b"HTTP/1.1 400")
