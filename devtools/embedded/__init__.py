"""PostgreSQL 16 and Redis for development and tests, from their wheels: no installation, no port, no password.

    <WELLNESS_HOME>/            .wellness in the repository unless the environment says otherwise
        data/postgres, redis    owned by the account that runs the servers (see `places`)
        postgres.log, redis.log
        dev.env                 this machine's development secrets
        test/                   the same servers again for the test suite: fast, careless about power cuts

The servers listen on sockets in a private folder and know people by their operating-system user.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from devtools.embedded import postgres, redis
from devtools.embedded.dev_secrets import secrets_of
from devtools.embedded.paths import Place, ServerError, find_programs, make_folder, remove_sockets, settle

__all__ = ["Profile", "ServerError", "Servers", "development_environment", "start", "status", "stop"]

Profile = Literal["dev", "test"]


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def start(home: Path, *, profile: Profile = "dev") -> Servers:
    """Have both servers running and ready: making, recovering or adopting what is there.

    Raises ServerError with one line for the operator when that cannot be done.
    """
    place = _place(home, profile)
    with _alone(place):
        settle(place, throwaway=profile == "test")
        programs = find_programs(place.account)
        postgres.start(place, programs, careful=profile == "dev")
        redis.start(place, programs)
    return Servers(postgres.url(place), redis.url(place))


def stop(home: Path, *, profile: Profile = "dev") -> None:
    """End both servers, keeping their data. Nothing happens when none runs."""
    place = _place(home, profile)
    if not place.folder.exists():
        return
    with _alone(place):
        redis.stop(place)
        postgres.stop(place)
        remove_sockets(place)


def status(home: Path, *, profile: Profile = "dev") -> Servers | None:
    """The running servers, or None unless both answer."""
    place = _place(home, profile)
    if postgres.ready(place) and redis.ready(place):
        return Servers(postgres.url(place), redis.url(place))
    return None


def development_environment(home: Path) -> dict[str, str]:
    """What a development process needs and nobody has set: where the servers are, running or not, and secrets.

    The secrets are made at the first call and kept in `dev.env`.
    """
    place = _place(home, "dev")
    with _one_line(home):
        make_folder(home)
        made = secrets_of(home)
    return {"DATABASE_URL": postgres.url(place), "REDIS_URL": redis.url(place), **made}


def _place(home: Path, profile: Profile) -> Place:
    return Place(home / "test" if profile == "test" else home)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """One start or stop at a time, the others wait."""
    with _one_line(place.folder):
        make_folder(place.folder)
        with (place.folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@contextmanager
def _one_line(folder: Path) -> Iterator[None]:
    """What the system refuses, a full disk or a missing permission, is told in one line."""
    try:
        yield
    except OSError as error:
        raise ServerError(f"{error.strerror}: {error.filename or folder}") from error
