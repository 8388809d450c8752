import http.client
import os
import signal
import socket
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import IO

import pytest
from django.core.management import CommandError, call_command

from devtools import embedded
from tests.waiting import PATIENCE, eventually

PROJECT = Path(__file__).parents[2]


def services(action: str) -> list[str]:
    output = StringIO()
    call_command("services", action, stdout=output)
    return output.getvalue().splitlines()


def up(home: Path, *, port: int, output: int | IO[str] = subprocess.PIPE) -> subprocess.Popen[str]:
    """`manage.py up` in an environment that knows nothing."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "WELLNESS_HOME": str(home), "PORT": str(port)},
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_services_tell_their_addresses_as_settings(home, monkeypatch):
    monkeypatch.setenv("WELLNESS_HOME", str(home))

    started, shown, stopped = services("start"), services("status"), services("stop")

    environment = embedded.development_environment(home)
    assert started == shown == [f"{name}={environment[name]}" for name in ("DATABASE_URL", "REDIS_URL")]
    assert stopped == []


def test_services_that_do_not_run_say_so(home, monkeypatch):
    monkeypatch.setenv("WELLNESS_HOME", str(home))

    with pytest.raises(CommandError, match="do not run") as stopped:
        services("status")

    assert stopped.value.returncode == 3


def test_up_names_a_taken_port_in_one_line_and_starts_nothing(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said, _ = up(home, port=port).communicate(timeout=PATIENCE)

    assert said.splitlines() == [
        f"CommandError: Port {port} cannot be had (Address already in use): choose another, as in PORT=8001"
    ]
    assert not (home / "data").exists()


@pytest.mark.slow
def test_up_runs_the_service_until_it_is_told_to_end(home, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "log"

    with log.open("w") as output:
        process = up(home, port=port, output=output)
    ready = f"\nready: http://127.0.0.1:{port}\n"
    # Migrating and making the demo accounts takes four minutes on a slow machine: a crash ends the wait.
    assert eventually(lambda: ready in log.read_text() or process.poll() is not None, 10 * PATIENCE)
    assert ready in log.read_text(), log.read_text()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/readyz")
    status = connection.getresponse().status
    connection.close()
    process.send_signal(signal.SIGINT)

    assert status == 200
    assert process.wait(PATIENCE) == 0
    assert embedded.status(home) is None
