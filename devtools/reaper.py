"""Process that stops the processes of a supervisor that was killed.

    python -m devtools.reaper <home>

Reads lines `+name` (started) and `-name` (ended); a name is the id of a process group or `servers`. Its input ends
with the supervisor; then it stops what is still on the list.
"""

import os
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from devtools import embedded
from devtools.embedded.daemons import wait_until

GRACE = 10  # seconds for a process to finish its work


def stop_groups(leaders: Collection[int], *, alive: Callable[[int], bool], grace: float = GRACE) -> None:
    """Terminate process groups.

    SIGTERM goes to the leaders, who stop their own children, then SIGKILL to the groups.
    """
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
    running: set[str] = set()
    for line in sys.stdin:
        change = running.add if line[0] == "+" else running.discard
        change(line[1:].strip())
    stop_groups([int(name) for name in running if name != "servers"], alive=_exists)
    if "servers" in running:
        embedded.stop(home)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
