"""Runs the processes of the service: their logs side by side, restarted when they die, ended together."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from devtools import embedded
from devtools.embedded.daemons import take, wait_until
from devtools.embedded.paths import ServerError
from devtools.reaper import GRACE, end_groups, kill_group

PROJECT = Path(__file__).parents[1]
LONGEST_DELAY = 30  # seconds before a process that keeps dying is started again
STEADY = 60  # seconds of life after which earlier deaths are forgotten
LOOK = 2  # seconds between looks at the servers

Process = subprocess.Popen[bytes]


class Ended(Exception):
    """Somebody asked the service to end."""


@dataclass
class Kept:
    """A process that is started again when it dies."""

    name: str
    command: Sequence[str | Path]
    process: Process | None = None
    due: float = 0  # when to start it
    started: float = 0
    deaths: int = 0


class Supervisor:
    """`with Supervisor(home, environment) as supervisor:` leaves nothing behind that was started inside.

    SIGINT, SIGTERM and SIGHUP (unless ignored, as under nohup) end it, and so does the end of the process `parent`.
    A guard (see `guard`) ends everything if this process is killed.
    """

    def __init__(self, home: Path, environment: Mapping[str, str], *, parent: int | None = None) -> None:
        self._home = home
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._parent = parent
        self._running: dict[int, Process] = {}
        self._relays: dict[int, threading.Thread] = {}
        self._kept: list[Kept] = []
        self._servers = False  # whether they are ours
        self._look_due = 0.0
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        self._lock = self._hold("up.lock", seconds=0)
        self._guard_lock = self._hold("guard.lock", seconds=2 * GRACE)  # a killed supervisor's guard may be at work
        guards_end, ours = os.pipe()
        self._guard = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "devtools.reaper", self._home],
            cwd=PROJECT,
            stdin=guards_end,
            pass_fds=[self._guard_lock.fileno()],
            start_new_session=True,
        )
        os.close(guards_end)
        self._to_guard = os.fdopen(ours, "w", buffering=1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda *_: self._ending.set())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if kind is Ended:
            say("ending")
        end_groups(self._running, alive=lambda pid: self._running[pid].poll() is None)
        for process in list(self._running.values()):
            self._forget(process)
        if self._servers:
            embedded.stop(self._home)
            self._tell_guard("-servers")
        with suppress(BrokenPipeError):
            self._to_guard.close()
        self._guard.wait()
        self._guard_lock.close()
        self._lock.close()
        return kind is Ended

    def start_servers(self) -> None:
        """PostgreSQL and Redis, ended with us unless they ran already."""
        if embedded.status(self._home) is None:
            self._servers = True
            self._tell_guard("+servers")
        embedded.start(self._home)
        self.pause(0)

    def run(self, name: str, command: Sequence[str | Path], *, aside: bool = False) -> str:
        """Run a command to its end. Its output joins the log or, put `aside`, is returned.

        Raises ServerError when it fails.
        """
        with tempfile.TemporaryFile() as output:
            process = self._start(name, command, output if aside else subprocess.PIPE)
            while process.poll() is None:
                self.pause(0.05)
            self._forget(process)
            if process.returncode:
                raise ServerError(f"{name} fails (exit {process.returncode}), see above")
            output.seek(0)
            return output.read().decode(errors="replace")

    def keep(self, name: str, command: Sequence[str | Path]) -> None:
        """Run a command until we end, starting it again when it dies."""
        self._kept.append(Kept(name, command))
        self.tend()

    def tend(self) -> None:
        """Start again what has died. To be called often."""
        now = time.monotonic()
        if self._servers and now >= self._look_due:
            self._look_due = now + LOOK
            self._tend_servers()
        for kept in self._kept:
            if kept.process is None:
                if now >= kept.due:
                    kept.process, kept.started = self._start(kept.name, kept.command), now
            elif kept.process.poll() is not None:
                self._forget(kept.process)
                kept.deaths = 0 if now - kept.started > STEADY else kept.deaths + 1
                delay = min(2**kept.deaths // 2, LONGEST_DELAY)
                say(f"{kept.name} ended (exit {kept.process.returncode}), starts again in {delay} s")
                kept.process, kept.due = None, now + delay

    def _tend_servers(self) -> None:
        if embedded.status(self._home) is None:
            say("PostgreSQL or Redis has ended, starting it again")
            try:
                embedded.start(self._home)
            except ServerError as error:
                say(str(error))

    def pause(self, seconds: float) -> None:
        """Raises Ended once somebody has asked for it."""
        gone = self._parent is not None and os.getppid() != self._parent
        if gone or self._ending.wait(seconds):
            raise Ended

    def _start(self, name: str, command: Sequence[str | Path], output: int | IO[bytes] = subprocess.PIPE) -> Process:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=PROJECT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output == subprocess.PIPE else None,
            process_group=0,  # Ctrl-C in the terminal is ours to pass on
        )
        self._running[process.pid] = process
        self._tell_guard(f"+{process.pid}")
        if process.stdout:
            self._relays[process.pid] = threading.Thread(target=_relay, args=(name, process.stdout), daemon=True)
            self._relays[process.pid].start()
        return process

    def _forget(self, process: Process) -> None:
        kill_group(process.pid)  # whom it has left behind
        if relay := self._relays.pop(process.pid, None):
            relay.join(timeout=1)
        del self._running[process.pid]
        self._tell_guard(f"-{process.pid}")

    def _tell_guard(self, change: str) -> None:
        with suppress(BrokenPipeError):
            self._to_guard.write(f"{change}\n")

    def _hold(self, name: str, *, seconds: float) -> IO[str]:
        lock = (self._home / name).open("a")
        if not wait_until(lambda: take(lock), seconds):
            lock.close()
            raise ServerError(f"The service of {self._home} runs already")
        return lock


def say(line: str) -> None:
    _write(line.encode())


def _relay(name: str, output: IO[bytes]) -> None:
    for line in output:
        _write(b"%-6s | %s" % (name.encode(), line.rstrip()))


_writing = threading.Lock()


def _write(line: bytes) -> None:
    """One whole line, in whatever encoding it came. Its reader may be gone: that stops nothing."""
    with suppress(OSError), _writing:
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
