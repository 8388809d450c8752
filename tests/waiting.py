"""Waiting for events in tests, with an end that only a fault reaches."""

from collections.abc import Callable

from devtools.embedded.daemons import wait_until

PATIENCE = 120  # seconds; the slowest machine under load needs a tenth


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    return wait_until(condition, seconds)
