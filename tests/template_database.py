"""The migrated database that the test databases of all workers are copies of.

Migrating takes half a minute of a worker, copying a second. The database stays beside the servers' data for the next run.
Its name holds a digest of what migrations do, so a change of that makes another one.
"""

import datetime as dt
import fcntl
import hashlib
from contextlib import contextmanager
from pathlib import Path

from devtools.embedded.paths import make_folder
from tests.servers import HOME

ROOT = Path(__file__).parent.parent
PREFIX = "wellness_template_"
# Migrations, the content they load, and the code they call.
SOURCES = ["*/migrations/*.py", "*/*/migrations/*.py", "*/content/*", "core/**/*.py", "requirements.lock"]


def prepare(connection) -> str:
    """The name of the database to copy, migrated now unless it is there."""
    name = PREFIX + _digest()
    with _alone(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            for stale in found:
                cursor.execute(f"DROP DATABASE {stale}")
            _migrate(connection, f"{PREFIX}unfinished")
            cursor.execute(f"ALTER DATABASE {PREFIX}unfinished RENAME TO {name}")
    return name


def _digest() -> str:
    # Migrations make partitions of the months around the present one.
    digest = hashlib.sha256(dt.datetime.now(dt.UTC).strftime("%Y-%m").encode())
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file()}):
        if "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(connection, name: str) -> None:
    settings = connection.settings_dict
    kept = settings["NAME"], settings["TEST"]["NAME"]
    settings["TEST"]["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
    finally:
        connection.close()
        connection.close_pool()
        settings["NAME"], settings["TEST"]["NAME"] = kept


@contextmanager
def _alone():
    make_folder(HOME / "test")
    with (HOME / "test" / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
