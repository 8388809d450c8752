"""The tests' own PostgreSQL and Redis, started before Django reads its settings (pytest loads this with `-p`).

The servers are made for tests: fast and careless about power cuts. The workers share them, each with a PostgreSQL
database and a Redis database of its own; the process that began the run turns them off.
"""

import os
from pathlib import Path

from wellness import embedded

# Every worker is given the environment of the one that started it: what belongs to the run is kept aside here.
HOME = Path(os.environ.setdefault("WELLNESS_TESTS_HOME", str(embedded.home())))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def _start() -> None:
    servers = embedded.start(HOME, profile="test")
    number = int(WORKER.removeprefix("gw") or 0)
    for name in ("SECRET_KEY", "PII_KEYS", "PII_INDEX_KEY"):
        os.environ.pop(name, None)
    os.environ["DEVELOPMENT"] = "1"
    os.environ["DATABASE_URL"] = servers.database_url
    os.environ["REDIS_URL"] = f"{servers.redis_url}?db={number}"
    # Rooms of their own: what tests write must not meet what a person keeps.
    home = HOME / "test" / f"home-{number}"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["WELLNESS_HOME"] = str(home)


# At import: pytest-django reads the settings before any hook of ours is called.
_start()


def pytest_unconfigure() -> None:
    if not WORKER:
        embedded.stop(HOME, profile="test")
