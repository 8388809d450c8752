"""The tests' PostgreSQL and Redis, started before Django reads its settings.

pytest loads this module with `-p`. The servers are fast and not durable. The workers of a run share them, each with its own
PostgreSQL and Redis database; the last run that ends stops them. DATABASE_URL and REDIS_URL replace them.
"""

import atexit
import fcntl
import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from core import data_folder
from devtools import embedded
from devtools.embedded.paths import make_folder

# Workers inherit the environment of the process that started them, so the folder of the run has its own variable.
HOME = Path(os.environ.setdefault("WELLNESS_TESTS_HOME", str(data_folder.home())))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def use() -> None:
    """Starts the servers and sets the environment variables that name them; child processes inherit both."""
    if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        os.environ.update(_started().environment())
    number = int(WORKER.removeprefix("gw") or 0)
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].partition('?')[0]}?db={number}"
    os.environ["DEVELOPMENT"] = "1"
    # As in production.
    os.environ["COUNT_MADE_PEOPLE"] = "0"
    # On a busy machine Redis answers late, and a page without it signs out a browser that has only a session.
    os.environ["REDIS_TIMEOUT"] = "30"
    for name in ("SECRET_KEY", "PII_KEYS", "PII_INDEX_KEY", "VAPID_PRIVATE_KEY"):
        os.environ.pop(name, None)
    # Separate folders: tests must not touch a developer's data.
    home = HOME / "test" / f"home-{number}"
    make_folder(home.parent)
    make_folder(home)
    os.environ["WELLNESS_HOME"] = str(home)


def _started() -> embedded.Servers:
    make_folder(HOME / "test")
    users = (HOME / "test" / "users.lock").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)

    @atexit.register
    def stop() -> None:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another run still uses them
        embedded.stop(HOME, profile="test")

    servers = embedded.start(HOME, profile="test")
    _allow_replica_role(servers.database_url)
    return servers


def _allow_replica_role(url: str) -> None:
    """Tests put rows back without triggers (tests/initial_rows.py). A role of DATABASE_URL needs the same right."""
    parts = urlsplit(url)
    as_owner = urlunsplit(parts._replace(netloc=parts.netloc.replace(parts.username or "", "postgres", 1)))
    with psycopg.connect(as_owner, autocommit=True) as connection:
        connection.execute(f"GRANT SET ON PARAMETER session_replication_role TO {parts.username}")


# At import, because pytest-django reads the settings before it calls any of our hooks.
use()
