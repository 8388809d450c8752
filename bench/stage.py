"""The stage of a run: servers with production settings, the product and the floor, people with a history."""

import contextlib
import dataclasses
import datetime as dt
import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self

from core import data_folder
from devtools import embedded
from devtools.embedded import postgres

if TYPE_CHECKING:
    from bench.floors import BareDjango
    from bench.load import Result
    from bench.people import Group
    from bench.processes import Cpu

FOLDER = data_folder.home() / "bench"
GOOD = b" 200 "
# Details of the operator that production requires; no measurement depends on them.
_DETAILS = (
    "OPERATOR_DETAILS", "PRIVACY_OFFICER", "PROCESSORS", "MODEL_PROVIDER", "MODEL_COUNTRY", "SELLER_NAME",
    "SELLER_REPRESENTATIVE", "SELLER_BUSINESS_NUMBER", "SELLER_MAIL_ORDER_NUMBER", "SELLER_ADDRESS", "SELLER_PHONE", "SELLER_HOSTING",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Scale:
    """How long and how large. Figures of a smaller scale say only that the bench works."""

    rounds: int = 5
    seconds: float = 4.0
    # Divides the numbers of people and habits.
    divide: int = 1

    def of(self, number: int) -> int:
        return max(number // self.divide, 2)


FULL = Scale()
QUICK = Scale(rounds=1, seconds=0.7, divide=50)


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Runs durable servers (fsync on) with fresh databases; gives production settings without TLS."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    running = embedded.start(FOLDER)
    try:
        environment = embedded.development_environment(FOLDER) | {
            "WELLNESS_HOME": str(FOLDER),
            "DATABASE_URL": postgres.make_database(running.database_url, "bench"),
            "REDIS_URL": running.redis_url,
            "BARE_URL": postgres.make_database(running.database_url, "bare"),
            "DEVELOPMENT": "0",
            "DEBUG": "0",
            "HTTPS": "0",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SUPPORT_EMAIL": "help@localhost",
            "SITE_URL": "http://127.0.0.1",
            "EMAIL_URL": "smtp://localhost:25",
            "DJANGO_SETTINGS_MODULE": "wellness.settings",
        }
        environment |= dict.fromkeys(_DETAILS, "-")
        os.environ.update(environment)
        for command in (["migrate", "-v0"], ["collectstatic", "-v0", "--no-input", "--clear"]):
            subprocess.run([sys.executable, "manage.py", *command], check=True)
        yield environment
    finally:
        embedded.stop(FOLDER)


@dataclasses.dataclass
class Stage:
    """What the rows of the bench measure with. People are created when a row first asks for them."""

    scale: Scale
    environment: dict[str, str]
    now: dt.datetime
    port: int
    pid: int
    bare_port: int
    bare_pid: int
    bare: "BareDjango"
    database_pid: int

    @classmethod
    @contextlib.contextmanager
    def set_up(cls, scale: Scale, environment: dict[str, str]) -> Iterator[Self]:
        """Django is set up before, because people are created in this process."""
        from bench import floors, processes, service  # noqa: PLC0415 - needs Django

        bare_environment = os.environ | environment | {"DATABASE_URL": environment["BARE_URL"]}
        bare_environment["DJANGO_SETTINGS_MODULE"] = "bench.bare.settings"
        bare = floors.BareDjango(bare_environment, sys.executable)
        product = service.running("wellness.wsgi:application", environment, log=FOLDER / "web.log")
        floor = service.running(
            "bench.bare.wsgi:application", bare_environment, log=FOLDER / "bare.log", server="granian"
        )
        with product as (port, pid), floor as (bare_port, bare_pid):
            now = dt.datetime.now(dt.UTC)
            yield cls(scale, environment, now, port, pid, bare_port, bare_pid, bare, processes.postmaster())

    @functools.cached_property
    def month(self) -> "Group":
        """Ten habits each, thirty days of history."""
        return self.people("month", people=100, days=30)

    @functools.cached_property
    def others(self) -> "Group":
        """As many others like them, because a habit is done once a day."""
        return self.people("others", people=100, days=30)

    @functools.cached_property
    def years(self) -> "Group":
        return self.people("years", people=50, days=3 * 365)

    @functools.cached_property
    def decade(self) -> "Group":
        return self.people("decade", people=50, days=3650)

    def people(self, name: str, *, people: int, days: int, habits: int = 10) -> "Group":
        from bench.people import Group  # noqa: PLC0415 - needs Django

        print(f"creating people: {name}, {habits} habits each, {days} days of history", flush=True)
        return Group(name, people=self.scale.of(people), days=days, now=self.now, habits=habits)

    def forget_today(self) -> None:
        """Undoes the check-ins of all people that were created."""
        for name in ("month", "others", "years", "decade"):
            if name in self.__dict__:
                getattr(self, name).forget_today()

    def closed(
        self, requests: Iterator[bytes], *, bare: bool = False, seconds: float = 0, connections: int = 8
    ) -> "tuple[Result, Cpu]":
        """One run of the closed loop, with the CPU of each side for one request."""
        from bench import load  # noqa: PLC0415 - needs no Django, but is of no use before

        port = self.bare_port if bare else self.port
        with self.cpu(bare=bare) as used:
            result = load.run(
                port, requests, connections=connections, seconds=seconds or self.scale.seconds, expect=GOOD
            )
        _must_be_good(result)
        return result, used().milliseconds_each(result.answered)

    def open(self, requests: Iterator[bytes], *, rate: float, seconds: float) -> "Result":
        """One run of the open loop against the product."""
        from bench import open_loop  # noqa: PLC0415 - the same

        return open_loop.run(self.port, requests, rate=rate, seconds=seconds, expect=GOOD)

    @contextlib.contextmanager
    def cpu(self, *, bare: bool = False) -> "Iterator[Callable[[], Cpu]]":
        """Gives, at the end, the seconds of CPU that the server and PostgreSQL used meanwhile."""
        from bench.processes import Cpu  # noqa: PLC0415 - needs Django

        pid = self.bare_pid if bare else self.pid
        used: list[Cpu] = []
        before = Cpu.read(pid, self.database_pid)
        yield lambda: used[0]
        used.append(Cpu.read(pid, self.database_pid).since(before))


def _must_be_good(result: "Result") -> None:
    if result.refused:
        raise RuntimeError(f"{result.refused} of {result.answered} answers were not 200")
