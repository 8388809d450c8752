"""Ends what a supervisor started when the supervisor can no longer do so, whatever killed it.

    python -m devtools.reaper <home>

Reads `+name` and `-name` lines: what has started and what has ended; a name is a process group's id or `servers`.
When its input ends, so has the supervisor, and what is still on the list is ended.
"""

import os
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from devtools import embedded
from devtools.embedded.daemons import wait_until

GRACE = 10  # seconds for a process to finish what it is doing


def end_groups(leaders: Collection[int], *, alive: Callable[[int], bool], grace: float = GRACE) -> None:
    """Ask the leaders to end (they know how to end their own children), then kill who is left of their groups."""
    for leader in leaders:
        with suppress(ProcessLookupError):
            os.kill(leader, signal.SIGTERM)
    wait_until(lambda: not any(map(alive, leaders)), grace)
    for leader in leaders:
        kill_group(leader)


def kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def main(home: Path) -> None:
    left: set[str] = set()
    for line in sys.stdin:
        change = left.add if line[0] == "+" else left.discard
        change(line[1:].strip())
    end_groups([int(name) for name in left if name != "servers"], alive=_exists)
    if "servers" in left:
        embedded.stop(home)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
