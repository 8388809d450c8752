"""Server processes that outlive the command that started them.

Each holds an flock on a file of its own for as long as it or any process it forked lives, so the kernel answers the
question "does it run?". What a pid file says is believed only while that lock is held: none can go stale.
"""

import fcntl
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from devtools.embedded.paths import Place, ServerError, run_as

# What a server inherits: nothing of the caller's PG*, locale or time zone.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

PATIENCE = 60  # seconds; recovering from a crash takes a while

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Daemon:
    """A server of a place. To be used under the place's lock: one start or stop at a time looks and acts.

    Whatever happens inside the data folder is done as the account that owns it: root follows no link it finds there.
    """

    place: Place
    name: str
    pid_file: str  # in its folder
    sockets: Sequence[str]  # and what belongs to them, in the sockets' folder
    endings: Sequence[str]  # signals that end it, the kindest first

    @property
    def folder(self) -> Path:
        return self.place.data / self.name

    @property
    def log(self) -> Path:
        return self.place.folder / f"{self.name}.log"

    @property
    def lock(self) -> Path:
        return self.place.folder / f"{self.name}.lock"

    def runs(self) -> bool:
        if not self.lock.exists():
            return False
        with self.lock.open("a") as lock:
            return not take(lock)

    def start(self, command: Command, *, ready: Callable[[], bool]) -> None:
        """Start it unless it runs, and wait until it is ready."""
        log_end = self.log.stat().st_size if self.log.exists() else 0
        wait_until(lambda: ready() or not self.runs(), PATIENCE)
        if not self.runs():
            self._launch(command)
            wait_until(lambda: ready() or not self.runs(), PATIENCE)
        if not ready():
            reason = _reason(self.log.read_bytes()[log_end:])
            raise ServerError(f"{self.name} does not start: {reason} (its log is {self.log})")

    def _launch(self, command: Command) -> None:
        left_by_a_crash: list[str | Path] = [self.pid_file, *(self.place.sockets / name for name in self.sockets)]
        self.run(["rm", "-f", *left_by_a_crash], cwd=self.folder)
        with self.lock.open("a") as lock, self.log.open("ab") as log:
            take(lock)
            # setsid forks: the server becomes nobody's child, and nobody's terminal reaches it.
            outputs: dict[str, Any] = {"stdout": log, "stderr": log, "pass_fds": [lock.fileno()]}
            self.run(["setsid", "--fork", *command], cwd=self.folder, **outputs)

    def stop(self) -> None:
        for ending in self.endings:
            if not self.runs():
                return
            # Its pid is the first line; without the file only its children are left, and they notice.
            self.run(["sh", "-c", f'kill -s {ending} "$(head -n 1 {self.pid_file})" || true'], cwd=self.folder)
            wait_until(lambda: not self.runs(), seconds=20)
        if self.runs():
            raise ServerError(f"{self.name} does not end: {self.folder / self.pid_file} names its process")

    def run(self, command: Command, *, text: str = "", **options: Any) -> None:
        """Run a program to its end as the servers' account, out of reach of Ctrl-C. `text` is its input."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options, **run_as(self.place.account)}
        done = subprocess.run(  # noqa: S603
            command, input=text.encode(), env=ENVIRONMENT, start_new_session=True, check=False, **options
        )
        if done.returncode:
            raise ServerError(f"{Path(command[0]).name} fails: {_reason(done.stdout or b'')}")


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def take(lock: IO[str]) -> bool:
    """Take the lock without waiting, if nobody has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _reason(output: bytes) -> str:
    """The line of a program's output that says why it failed."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "rror", "could not"))]
    return (telling or lines or ["it does not answer"])[-1]
