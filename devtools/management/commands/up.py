import argparse
import http.client
import os
import socket
import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError

from core import data_folder
from devtools import embedded
from devtools.embedded import ServerError
from devtools.supervisor import Supervisor, print_line

HOST = "127.0.0.1"
REPORT_EVERY = 15  # seconds between two lines while the pages start
PATIENCE = 300  # seconds for the pages to be ready; a loaded machine needs one or two minutes
MANAGE = [sys.executable, "manage.py"]
GRANIAN = [sys.executable, "-m", "wellness.web_server", "--interface", "wsgi", "--no-ws"]
WEB = [*GRANIAN, "--workers", "2", "--blocking-threads", "32", "--workers-kill-timeout", "5"]
CELERY = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "-q", "-A", "wellness.celery:app"]
WORKER = ["worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"]
BEAT = ["beat", "--loglevel", "INFO", "--pidfile", ""]


class Command(BaseCommand):
    help = "Run the whole service on this machine: servers, migrations, demo people, web, worker and beat."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="end when the process that started this ends")

    def handle(self, *, with_parent: bool, **options: object) -> None:
        try:
            _run(data_folder.home(), parent=os.getppid() if with_parent else None)
        except (ServerError, OSError) as error:
            raise CommandError(str(error)) from error


def _run(home: Path, *, parent: int | None) -> None:
    development = embedded.development_environment(home)
    environment = {**development, **os.environ}
    with Supervisor(home, environment, parent=parent) as supervisor:
        port = _free_port(environment.get("PORT") or "8000")
        if any(environment[name] == development[name] for name in ("DATABASE_URL", "REDIS_URL")):
            print_line(f"PostgreSQL and Redis, their data in {home}")
            supervisor.start_servers()
        accounts = _prepare(supervisor)
        for schedule in home.glob("celerybeat-schedule*"):
            schedule.chmod(0o600)  # created by a release that left them open
        print_line("web, worker and beat start")
        supervisor.keep_running("web", [*WEB, "--host", HOST, "--port", str(port), "wellness.wsgi:application"])
        supervisor.keep_running("worker", [*CELERY, *WORKER])
        supervisor.keep_running("beat", [*CELERY, *BEAT, "--schedule", home / "celerybeat-schedule"])
        _wait_for_pages(supervisor, port)
        for line in (f"ready: http://{HOST}:{port}", *accounts):
            print_line(line)
        if settings.DEVELOPMENT and "crowd" in get_commands():
            # Nobody waits for these figures of the staff's pages, nor needs them.
            supervisor.run_beside("figures", [*MANAGE, "crowd"])
        while True:
            supervisor.restart_dead()
            supervisor.pause(0.2)


def _prepare(supervisor: Supervisor) -> list[str]:
    """Bring the database up to date, printing each step. Returns the lines about the demo accounts."""
    steps = [
        ("migrate", "migrations", ["migrate_with_progress"]),
        ("roles", "staff roles", ["staff_roles"]),
        # The service may have been off for longer than its partitions reach ahead.
        ("months", "monthly partitions", ["maintain_partitions"]),
    ]
    if not settings.DEVELOPMENT:
        steps.append(("static", "static files", ["collectstatic", "--no-input"]))
    elif "demo" in get_commands():
        steps.append(("demo", "demo accounts", ["demo"]))
    accounts: list[str] = []
    for number, (name, description, command) in enumerate(steps, start=1):
        print_line(f"step {number}/{len(steps)}: {description}")
        output = supervisor.run(name, [*MANAGE, *command], capture=name == "demo")
        accounts += output.splitlines()
    return accounts


def _free_port(port: str) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(port)))
        except (ValueError, OverflowError):
            raise ServerError(f"PORT must be a number up to 65535, not {port}") from None
        except OSError as error:
            raise ServerError(
                f"Port {port} cannot be had ({error.strerror}): choose another, as in PORT=8001"
            ) from None
    return int(port)


def _wait_for_pages(supervisor: Supervisor, port: int) -> None:
    """Wait until the service is ready, printing how long already.

    After PATIENCE seconds any answer is enough; without one, raise ServerError.
    """
    began = time.monotonic()
    next_line = REPORT_EVERY
    while (status := _readiness(port)) != http.HTTPStatus.OK and (waited := time.monotonic() - began) < PATIENCE:
        if waited >= next_line:
            print_line(f"the pages do not answer yet: {waited:.0f} of at most {PATIENCE} seconds")
            next_line += REPORT_EVERY
        supervisor.restart_dead()
        supervisor.pause(0.2)
    if status is None:
        raise ServerError(f"The pages do not answer after {PATIENCE} seconds, see above")
    if status != http.HTTPStatus.OK:
        print_line(f"/readyz answers {status}")


def _readiness(port: int) -> int | None:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
