"""The tests' own PostgreSQL and Redis, started before Django reads its settings (pytest loads this with `-p`).

The servers are made for tests: fast and careless about power cuts. The workers of a run share them, each with a
PostgreSQL database and a Redis database of its own; the last run that ends turns them off. Whoever sets DATABASE_URL
and REDIS_URL brings servers of their own.
"""

import atexit
import fcntl
import os
from pathlib import Path

from core import data_folder
from devtools import embedded
from devtools.embedded.paths import make_folder

# Each worker is given the environment of the process that started it: what belongs to the run is kept aside here.
HOME = Path(os.environ.setdefault("WELLNESS_TESTS_HOME", str(data_folder.home())))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def use() -> None:
    """Have servers, and an environment that knows them. Processes started from here inherit it."""
    if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        os.environ.update(_started().environment())
    number = int(WORKER.removeprefix("gw") or 0)
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].partition('?')[0]}?db={number}"
    os.environ["DEVELOPMENT"] = "1"
    for name in ("SECRET_KEY", "PII_KEYS", "PII_INDEX_KEY", "VAPID_PRIVATE_KEY"):
        os.environ.pop(name, None)
    # Rooms of their own: what tests write must not meet what a person keeps.
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
            return  # another run is still at it
        embedded.stop(HOME, profile="test")

    return embedded.start(HOME, profile="test")


# At import: pytest-django reads the settings before any hook of ours is called.
use()
