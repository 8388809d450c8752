"""PostgreSQL and Redis of the tests, started before Django reads its settings (pytest loads this with `-p`).

The servers are fast and not safe against power cuts. The workers of a run share them, each with its own PostgreSQL
database and Redis database; the last run that ends stops them. Set DATABASE_URL and REDIS_URL to use other servers.
"""

import atexit
import fcntl
import os
from pathlib import Path

from core import data_folder
from devtools import embedded
from devtools.embedded.paths import make_folder

# The home of the run. Workers inherit the environment, and `use` changes WELLNESS_HOME in it.
HOME = Path(os.environ.setdefault("WELLNESS_TESTS_HOME", str(data_folder.home())))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def use() -> None:
    """Start the servers and set the environment for them. Processes started from here inherit it."""
    if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        os.environ.update(_started().environment())
    number = int(WORKER.removeprefix("gw") or 0)
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].partition('?')[0]}?db={number}"
    os.environ["DEVELOPMENT"] = "1"
    for name in ("SECRET_KEY", "PII_KEYS", "PII_INDEX_KEY", "VAPID_PRIVATE_KEY"):
        os.environ.pop(name, None)
    # A folder for each worker: tests must not write into a developer's data.
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
            return  # another run uses the servers
        embedded.stop(HOME, profile="test")

    return embedded.start(HOME, profile="test")


# At import: pytest-django reads the settings before any hook of ours is called.
use()
