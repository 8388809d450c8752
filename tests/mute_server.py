"""A server that accepts connections and never answers, such as a stalled Redis."""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def mute_server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def connections(server: socket.socket) -> int:
    """How many clients have connected since the last call."""
    number = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            number += 1
    return number
