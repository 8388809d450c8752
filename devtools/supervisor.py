"""Supervisor of the service's processes: one log, restarts after a crash, a common end."""

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
from devtools.embedded.daemons import try_lock, wait_until
from devtools.embedded.paths import ServerError
from devtools.reaper import kill_group, stop_groups

PROJECT = Path(__file__).parents[1]
MAX_RESTART_DELAY = 30  # seconds before a process that keeps dying is started again
MAX_TRIES = 3  # of a job beside the service
STABLE_AFTER = 60  # seconds of life after which earlier deaths no longer count
SERVER_CHECK_INTERVAL = 2  # seconds
REAPER_PATIENCE = 60  # seconds for a reaper to stop processes and servers

Process = subprocess.Popen[bytes]


class StopRequested(Exception):
    """A signal asked the service to end, or its parent process is gone."""


@dataclass
class RestartedProcess:
    """A process that is started again when it dies.

    A job is started again only when it fails, MAX_TRIES times at most.
    """

    name: str
    command: Sequence[str | Path]
    process: Process | None = None
    due: float = 0  # when to start it, by time.monotonic
    started: float = 0
    deaths: int = 0
    is_job: bool = False


class Supervisor:
    """Context manager that stops every process started in it, and the servers it started.

    SIGINT, SIGTERM and SIGHUP (unless ignored, as under nohup) end it, and so does the end of the process `parent`.
    A reaper process (see `reaper`) stops everything if this process is killed.
    """

    def __init__(self, home: Path, environment: Mapping[str, str], *, parent: int | None = None) -> None:
        self._home = home
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._parent = parent
        self._running: dict[int, Process] = {}
        self._relays: dict[int, threading.Thread] = {}
        self._restarted: list[RestartedProcess] = []
        self._owns_servers = False  # False when they ran before
        self._server_check_due = 0.0
        self._stop_requested = threading.Event()

    def __enter__(self) -> Self:
        self._lock = self._acquire_lock("up.lock", seconds=0)
        # The reaper of a killed supervisor may still be at work.
        self._reaper_lock = self._acquire_lock("reaper.lock", seconds=REAPER_PATIENCE)
        reading_end, writing_end = os.pipe()
        self._reaper = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "devtools.reaper", self._home],
            cwd=PROJECT,
            stdin=reading_end,
            pass_fds=[self._reaper_lock.fileno()],
            start_new_session=True,
        )
        os.close(reading_end)
        self._to_reaper = os.fdopen(writing_end, "w", buffering=1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda *_: self._stop_requested.set())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if kind is StopRequested:
            print_line("ending")
        stop_groups(self._running, alive=lambda pid: self._running[pid].poll() is None)
        for process in list(self._running.values()):
            self._forget(process)
        if self._owns_servers:
            embedded.stop(self._home)
            self._tell_reaper("-servers")
        with suppress(BrokenPipeError):
            self._to_reaper.close()
        self._reaper.wait()
        self._reaper_lock.close()
        self._lock.close()
        return kind is StopRequested

    def start_servers(self) -> None:
        """Start PostgreSQL and Redis; they stop with the supervisor unless they ran before."""
        if embedded.status(self._home) is None:
            self._owns_servers = True
            self._tell_reaper("+servers")
        embedded.start(self._home)
        self.pause(0)

    def run(self, name: str, command: Sequence[str | Path], *, capture: bool = False) -> str:
        """Run a command to its end. Its output goes to the log or, with `capture`, is returned.

        Raises ServerError when it fails.
        """
        with tempfile.TemporaryFile() as output:
            process = self._start(name, command, output if capture else subprocess.PIPE)
            while process.poll() is None:
                self.pause(0.05)
            self._forget(process)
            if process.returncode:
                raise ServerError(f"{name} fails (exit {process.returncode}), see above")
            output.seek(0)
            return output.read().decode(errors="replace")

    def keep_running(self, name: str, command: Sequence[str | Path]) -> None:
        """Run a command until the supervisor ends, restarting it when it dies."""
        self._restarted.append(RestartedProcess(name, command))
        self.restart_dead()

    def run_beside(self, name: str, command: Sequence[str | Path]) -> None:
        """Run a command to its end beside the service.

        A failed one is tried again; the service goes on without it.
        """
        self._restarted.append(RestartedProcess(name, command, is_job=True))
        self.restart_dead()

    def restart_dead(self) -> None:
        """Restart dead processes and servers. To be called several times a second."""
        now = time.monotonic()
        if self._owns_servers and now >= self._server_check_due:
            self._server_check_due = now + SERVER_CHECK_INTERVAL
            self._restart_servers()
        for restarted in list(self._restarted):
            if restarted.process is None:
                if now >= restarted.due:
                    restarted.process, restarted.started = self._start(restarted.name, restarted.command), now
            elif restarted.process.poll() is not None:
                self._schedule_restart(restarted, restarted.process, now)

    def _schedule_restart(self, restarted: RestartedProcess, dead: Process, now: float) -> None:
        self._forget(dead)
        is_stable = now - restarted.started > STABLE_AFTER and not restarted.is_job
        restarted.deaths = 0 if is_stable else restarted.deaths + 1
        if restarted.is_job and (not dead.returncode or restarted.deaths >= MAX_TRIES):
            self._restarted.remove(restarted)
            if dead.returncode:
                print_line(
                    f"{restarted.name} fails (exit {dead.returncode}), see above; the service goes on without it"
                )
            return
        delay = min(2**restarted.deaths // 2, MAX_RESTART_DELAY)
        print_line(f"{restarted.name} ended (exit {dead.returncode}), starts again in {delay} s")
        restarted.process, restarted.due = None, now + delay

    def _restart_servers(self) -> None:
        if embedded.status(self._home) is None:
            print_line("PostgreSQL or Redis has ended, starting it again")
            try:
                embedded.start(self._home)
            except ServerError as error:
                print_line(str(error))

    def pause(self, seconds: float) -> None:
        """Sleep; raises StopRequested as soon as the service is to end."""
        parent_is_gone = self._parent is not None and os.getppid() != self._parent
        if parent_is_gone or self._stop_requested.wait(seconds):
            raise StopRequested

    def _start(self, name: str, command: Sequence[str | Path], output: int | IO[bytes] = subprocess.PIPE) -> Process:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=PROJECT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output == subprocess.PIPE else None,
            process_group=0,  # Ctrl-C in the terminal reaches the supervisor only
            umask=0o077,  # for root, every account may pass through the home: beat's schedule is created in it
        )
        self._running[process.pid] = process
        self._tell_reaper(f"+{process.pid}")
        if process.stdout:
            self._relays[process.pid] = threading.Thread(target=_relay, args=(name, process.stdout), daemon=True)
            self._relays[process.pid].start()
        return process

    def _forget(self, process: Process) -> None:
        kill_group(process.pid)  # children that it left running
        if relay := self._relays.pop(process.pid, None):
            relay.join(timeout=10)  # a process that left the group may hold the pipe open
        del self._running[process.pid]
        self._tell_reaper(f"-{process.pid}")

    def _tell_reaper(self, change: str) -> None:
        with suppress(BrokenPipeError):
            self._to_reaper.write(f"{change}\n")

    def _acquire_lock(self, name: str, *, seconds: float) -> IO[str]:
        lock = (self._home / name).open("a")
        if not wait_until(lambda: try_lock(lock), seconds):
            lock.close()
            raise ServerError(f"The service of {self._home} runs already")
        return lock


def print_line(line: str) -> None:
    _write(line.encode())


def _relay(name: str, output: IO[bytes]) -> None:
    for line in output:
        _write(b"%-6s | %s" % (name.encode(), line.rstrip()))


_writing = threading.Lock()


def _write(line: bytes) -> None:
    """Write one whole line in the encoding it came in. A reader that is gone is ignored."""
    with suppress(OSError), _writing:
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
