"""Runs one action in many threads at once, each with its own connection."""

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
