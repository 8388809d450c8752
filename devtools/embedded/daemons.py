"""Server processes that outlive the command that started them.

A server and its forked processes hold an flock on a file, so the kernel knows whether it is running. The pid file is
trusted only while that lock is held, so a stale one is never used.
"""

import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from devtools.embedded.paths import ServerError, ServerPaths, run_as

# Environment of a server: without the caller's PG* variables, locale and time zone.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
# Of a clock that tests have moved: both or none (tests/another_day.py).
if "CLOCK_SHIFT" in os.environ:
    ENVIRONMENT |= {name: os.environ[name] for name in ("LD_PRELOAD", "CLOCK_SHIFT")}

PATIENCE = 120  # seconds for a server to be ready; recovery after a crash takes long

ANSWER_TIMEOUT = 10  # seconds for one answer of a running server

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Daemon:
    """A server process.

    Callers hold the lock of its folder, so that only one start or stop runs at a time.

    Commands inside the data folder run as its owner, so that root never follows a link that was put there.
    """

    paths: ServerPaths
    name: str
    pid_file: str  # in its folder
    sockets: Sequence[str]  # files in the folder of the sockets
    stop_signals: Sequence[str]  # the gentlest first

    @property
    def folder(self) -> Path:
        return self.paths.data / self.name

    @property
    def log(self) -> Path:
        return self.paths.folder / f"{self.name}.log"

    @property
    def lock(self) -> Path:
        return self.paths.folder / f"{self.name}.lock"

    def is_running(self) -> bool:
        if not self.lock.exists():
            return False
        with self.lock.open("a") as lock:
            return not try_lock(lock)

    def start(self, command: Command, *, ready: Callable[[], bool]) -> None:
        """Start the server unless it is running, and wait until it is ready."""
        log_end = self.log.stat().st_size if self.log.exists() else 0
        wait_until(lambda: ready() or not self.is_running(), PATIENCE)
        if not self.is_running():
            self._launch(command)
            wait_until(lambda: ready() or not self.is_running(), PATIENCE)
        if not ready():
            reason = _failure_reason(self.log.read_bytes()[log_end:])
            raise ServerError(f"{self.name} does not start: {reason} (its log is {self.log})")

    def _launch(self, command: Command) -> None:
        stale_files: list[str | Path] = [self.pid_file, *(self.paths.sockets / name for name in self.sockets)]
        self.run(["rm", "-f", *stale_files], cwd=self.folder)
        with self.lock.open("a") as lock, self.log.open("ab") as log:
            try_lock(lock)
            # Every account may pass through root's folder, and an earlier release left the log open.
            os.fchmod(log.fileno(), 0o600)
            # setsid forks: the server has no parent process and no terminal.
            outputs: dict[str, Any] = {"stdout": log, "stderr": log, "pass_fds": [lock.fileno()]}
            self.run(["setsid", "--fork", *command], cwd=self.folder, **outputs)

    def stop(self) -> None:
        for stop_signal in self.stop_signals:
            if not self.is_running():
                return
            # The pid is the first line. Without the file only its children are left, and they end by themselves.
            self.run(["sh", "-c", f'kill -s {stop_signal} "$(head -n 1 {self.pid_file})" || true'], cwd=self.folder)
            wait_until(lambda: not self.is_running(), seconds=20)
        if self.is_running():
            raise ServerError(f"{self.name} does not end: {self.folder / self.pid_file} names its process")

    def run(self, command: Command, *, text: str = "", **options: Any) -> None:
        """Run a program to its end as the servers' account, not reached by Ctrl-C.

        `text` is its input.
        """
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options, **run_as(self.paths.account)}
        done = subprocess.run(  # noqa: S603
            command, input=text.encode(), env=ENVIRONMENT, start_new_session=True, check=False, **options
        )
        if done.returncode:
            raise ServerError(f"{Path(command[0]).name} fails: {_failure_reason(done.stdout or b'')}")


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll the condition. Returns False when it is still false after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def try_lock(lock: IO[str]) -> bool:
    """Lock the file without waiting. Returns False when another process holds the lock."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _failure_reason(output: bytes) -> str:
    """The line of a program's output that names the error."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "rror", "could not"))]
    return (errors or lines or ["it does not answer"])[-1]
