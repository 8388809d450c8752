"""Processes beside the tests' own: with the tests' database, started by name, killed as a whole group."""

import contextlib
import os
import signal
import subprocess
from urllib.parse import urlsplit, urlunsplit

from django.db import connection


def database_url() -> str:
    """The address of the database of the running tests, for DATABASE_URL."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return urlunsplit(url._replace(path=url.path.rpartition("/")[0] + f"/{name}"))


class Processes:
    """All of them end with the block. `environment` is added to that of the tests."""

    def __init__(self, **environment: str) -> None:
        self._environment = os.environ | {"DATABASE_URL": database_url(), "DATABASE_POOL": "2"} | environment
        self._running: dict[str, subprocess.Popen] = {}
        self.kills = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self._running):
            self._end(name)

    def kill(self, name: str) -> None:
        self._end(name)
        self.kills += 1

    def _start(self, name: str, command: list[str]) -> None:
        self._running[name] = subprocess.Popen(
            command, env=self._environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _end(self, name: str) -> None:
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
