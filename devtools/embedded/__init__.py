"""PostgreSQL 16 and Redis for development and tests, run from Python wheels.

They need no installation, port or password.

    <WELLNESS_HOME>/            .wellness in the repository unless the environment says otherwise
        data/postgres, redis    owned by the account that runs the servers (see `paths`)
        postgres.log, redis.log
        dev.env                 this machine's development secrets
        test/                   the same servers for the test suite: fast, but not safe against power cuts

The servers listen on sockets in a private folder and authenticate by operating-system user.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from devtools.embedded import postgres, redis
from devtools.embedded.dev_secrets import load_secrets
from devtools.embedded.paths import (
    ServerError,
    ServerPaths,
    find_programs,
    make_folder,
    prepare_folders,
    remove_sockets,
)

__all__ = ["Profile", "ServerError", "Servers", "development_environment", "start", "status", "stop"]

Profile = Literal["dev", "test"]


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def start(home: Path, *, profile: Profile = "dev") -> Servers:
    """Start both servers and wait until they are ready.

    Creates or recovers their data; running servers are kept.

    Raises ServerError when they cannot be started.
    """
    paths = _paths(home, profile)
    with _locked(paths):
        prepare_folders(paths, disposable=profile == "test")
        programs = find_programs(paths.account)
        postgres.start(paths, programs, durable=profile == "dev")
        redis.start(paths, programs)
    return Servers(postgres.url(paths), redis.url(paths))


def stop(home: Path, *, profile: Profile = "dev") -> None:
    """Stop both servers and keep their data. Does nothing when none is running."""
    paths = _paths(home, profile)
    if not paths.folder.exists():
        return
    with _locked(paths):
        redis.stop(paths)
        postgres.stop(paths)
        remove_sockets(paths)


def status(home: Path, *, profile: Profile = "dev") -> Servers | None:
    """The running servers, or None unless both answer."""
    paths = _paths(home, profile)
    if postgres.is_ready(paths) and redis.is_ready(paths):
        return Servers(postgres.url(paths), redis.url(paths))
    return None


def development_environment(home: Path) -> dict[str, str]:
    """Default settings of a development process: server addresses and secrets.

    The secrets are generated at the first call and stored in `dev.env`.
    """
    paths = _paths(home, "dev")
    with _system_errors_as_server_errors(home):
        make_folder(home)
        secrets = load_secrets(home)
    return {"DATABASE_URL": postgres.url(paths), "REDIS_URL": redis.url(paths), **secrets}


def _paths(home: Path, profile: Profile) -> ServerPaths:
    return ServerPaths(home / "test" if profile == "test" else home)


@contextmanager
def _locked(paths: ServerPaths) -> Iterator[None]:
    """Lock the folder: one start or stop at a time."""
    with _system_errors_as_server_errors(paths.folder):
        make_folder(paths.folder)
        with (paths.folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@contextmanager
def _system_errors_as_server_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError (a full disk, a missing permission) into a ServerError with a one-line message."""
    try:
        yield
    except OSError as error:
        raise ServerError(f"{error.strerror}: {error.filename or folder}") from error
