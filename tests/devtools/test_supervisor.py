import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools import embedded
from devtools.embedded.paths import ServerPaths
from devtools.reaper import stop_groups
from tests.waiting import PATIENCE, eventually

PROGRAM = """
import os, pathlib, sys
from devtools.supervisor import Supervisor

with Supervisor(pathlib.Path(sys.argv[1]), os.environ) as supervisor:
    if "servers" in sys.argv:
        supervisor.start_servers()
    supervisor.run("hello", ["echo", "안녕"])
    supervisor.run("touch", ["touch", pathlib.Path(sys.argv[1], "schedule")])
    supervisor.run_beside("done", ["echo", "once"])
    supervisor.run_beside("job", ["sh", "-c", "echo tried; exit 3"])
    supervisor.keep_running("nap", ["sh", "-c", "echo $$; exec sleep 1000"])
    while True:
        supervisor.restart_dead()
        supervisor.pause(0.05)
"""


class Service:
    """A supervisor in a process of its own, keeping one napping child."""

    def __init__(self, home: Path, *options: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.output = home / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                # A run under nohup would hand down that it ignores SIGHUP.
                ["env", "--default-signal=HUP", sys.executable, "-c", PROGRAM, home, *options],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def children(self) -> list[int]:
        """Every child so far, in the order they came."""
        return [int(pid) for pid in re.findall(r"nap +\| (\d+)", self.output.read_text())]

    def wait_for_child(self, number: int) -> int:
        assert eventually(lambda: len(self.children()) >= number), self.output.read_text()
        return self.children()[number - 1]


@pytest.fixture
def supervise() -> Iterator[Callable[..., Service]]:
    services: list[Service] = []

    def start(home: Path, *options: str) -> Service:
        services.append(Service(home, *options))
        return services[-1]

    yield start
    for service in services:
        service.process.terminate()
        service.process.wait()


@pytest.fixture
def service(tmp_path, supervise):
    return supervise(tmp_path)


def gone(pid: int) -> Callable[[], bool]:
    """Ended; whether it has been reaped is its parent's business."""

    def is_gone() -> bool:
        status = Path(f"/proc/{pid}/status")
        return not status.exists() or "State:\tZ" in status.read_text()

    return is_gone


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_cleanly(service, ending):
    child = service.wait_for_child(1)

    service.process.send_signal(ending)

    assert service.process.wait(PATIENCE) == 0
    assert gone(child)()


def test_a_killed_supervisor_leaves_nothing(service):
    child = service.wait_for_child(1)

    service.process.kill()

    assert eventually(gone(child))


def test_the_next_one_starts_at_once_after_a_kill(service, supervise, tmp_path):
    service.wait_for_child(1)
    service.process.kill()

    after = supervise(tmp_path)

    assert after.wait_for_child(1)


def test_a_child_that_dies_is_started_again_and_said(service):
    os.kill(service.wait_for_child(1), signal.SIGKILL)

    again = service.wait_for_child(2)

    assert not gone(again)()
    assert "nap ended (exit -9), starts again in 1 s" in service.output.read_text()


def test_only_one_runs_in_a_home(service, tmp_path):
    service.wait_for_child(1)

    second = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], capture_output=True, text=True, check=False)

    assert f"The service of {tmp_path} runs already" in second.stderr


def test_its_servers_come_back_when_killed_and_end_with_it(home, supervise):
    service = supervise(home, "servers")
    service.wait_for_child(1)
    redis = int((ServerPaths(home).data / "redis" / "redis.pid").read_text())
    os.kill(redis, signal.SIGKILL)

    assert eventually(gone(redis))
    assert eventually(lambda: embedded.status(home) is not None)
    service.process.terminate()
    service.process.wait(PATIENCE)
    assert embedded.status(home) is None


def test_its_servers_end_when_it_is_killed(home, supervise):
    service = supervise(home, "servers")
    service.wait_for_child(1)

    service.process.kill()

    service.process.wait(PATIENCE)
    assert eventually(lambda: not ServerPaths(home).sockets.exists())


def test_servers_that_ran_before_go_on_after_it(home, supervise):
    servers = embedded.start(home)
    service = supervise(home, "servers")
    service.wait_for_child(1)

    service.process.terminate()

    assert service.process.wait(PATIENCE) == 0
    assert embedded.status(home) == servers


def test_a_job_that_fails_is_tried_again_and_stops_nothing(service):
    child = service.wait_for_child(1)

    assert eventually(lambda: "job fails (exit 3), see above; the service goes on" in service.output.read_text())
    assert [service.output.read_text().count(line) for line in ("job    | tried", "done   | once")] == [3, 1]
    assert not gone(child)()


def test_output_joins_the_log_under_its_name(service):
    service.wait_for_child(1)

    assert "hello  | 안녕\n" in service.output.read_text()


def test_only_the_owner_reads_what_a_process_creates(service, tmp_path):
    service.wait_for_child(1)

    assert stat.S_IMODE((tmp_path / "schedule").stat().st_mode) == 0o600


def test_who_does_not_listen_is_killed_with_its_children():
    stubborn = "trap '' TERM; (trap '' TERM; echo $BASHPID; exec sleep 1000) & wait"
    parent = subprocess.Popen(["bash", "-c", stubborn], stdout=subprocess.PIPE, process_group=0)
    child = int(parent.stdout.readline())

    stop_groups([parent.pid], alive=lambda _: parent.poll() is None, grace=0.1)

    assert parent.wait(PATIENCE) == -signal.SIGKILL
    assert eventually(gone(child))
    parent.stdout.close()
