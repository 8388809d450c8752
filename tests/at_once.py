"""Runs one action in many threads at once, each with its own connection; tells who waits for a lock."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from tests.waiting import PATIENCE


def at_once(people: int, act: Callable[[int], Any]) -> list[Any]:
    """Starts `act(0)`, `act(1)`, … together; returns what each returned or raised. Needs the fixture `committed`."""
    start = threading.Barrier(people, timeout=PATIENCE)

    def one(number: int) -> Any:
        start.wait()
        try:
            return act(number)
        except Exception as error:  # the test checks it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(one, range(people)))


def backend() -> int:
    """The process of PostgreSQL that serves this thread."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def someone_waits_for(pid: int) -> bool:
    """Whether another process waits for a lock that this one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid))", [pid])
        return cursor.fetchone()[0] > 0
