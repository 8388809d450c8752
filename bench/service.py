"""Runs the product or the floor as in production: two workers."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

OPTIONS = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "32", "--no-ws", "--log-level", "warning"]
PATIENCE = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(
    application: str, environment: dict[str, str], *, log: Path, server: str = "wellness.web_server"
) -> Iterator[tuple[int, int]]:
    """Yields (port, process id) of a running server and stops it. It logs to a file."""
    port = free_port()
    command = [sys.executable, "-m", server, *OPTIONS, "--host", "127.0.0.1", "--port", str(port), application]
    with log.open("wb") as lines:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=lines, stderr=lines)
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")
