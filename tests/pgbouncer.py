"""PgBouncer in transaction mode in front of the tests' PostgreSQL.

    python -m tests.pgbouncer tests/habits …    runs these tests through it

Each transaction gets another session than the last one, so that code which keeps something in its session fails at
once. Needs Debian's package: `apt-get install pgbouncer`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from devtools.embedded.daemons import ENVIRONMENT, wait_until
from devtools.embedded.paths import ServerPaths, run_as
from tests.servers import HOME

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
# What docs/scaling.md gives to the role, since a pooler passes no `options` on.
ROLE = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min", "timezone": "UTC"}
# `any` takes the name in `user` for everybody; the sockets are in folders that only one account may enter.
SETTINGS = """
[databases]
* = host={server} port=5432 user=wellness
[pgbouncer]
unix_socket_dir = {sockets}
unix_socket_mode = 0700
listen_addr =
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 20
min_pool_size = 3
server_round_robin = 1
server_idle_timeout = 5
max_client_conn = 200
logfile = {sockets}/pgbouncer.log
pidfile =
"""

# Past the pooler, which stays connected to a database that is to be renamed or copied.
PREPARE = """
import django
django.setup()
from django.db import connection
from tests import template_database
template_database.prepare(connection)
"""


@contextmanager
def running(server: ServerPaths, folder: Path) -> Iterator[str]:
    """Its address, for DATABASE_URL, while the block lasts. `folder` is made, with a short path."""
    assert PROGRAM
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.chown(folder, server.account.pw_uid, server.account.pw_gid)
    (folder / "pgbouncer.ini").write_text(SETTINGS.format(server=server.sockets, sockets=folder))
    process = subprocess.Popen([PROGRAM, "-q", folder / "pgbouncer.ini"], env=ENVIRONMENT, **run_as(server.account))
    url = f"postgres://wellness@:6432/wellness?host={quote(str(folder), safe='')}"
    try:
        assert wait_until(lambda: _answers(url), 30)
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def main(tests: list[str]) -> int:
    """Runs the tests in a database that pytest keeps: PgBouncer is connected to it until the end."""
    # The servers of tests.servers run until this process ends.
    execute("DROP DATABASE IF EXISTS test_wellness WITH (FORCE)")
    subprocess.run(
        [sys.executable, "-c", PREPARE], env=os.environ | {"DJANGO_SETTINGS_MODULE": "wellness.settings"}, check=True
    )
    execute(*(f"ALTER ROLE CURRENT_USER SET {name} = '{value}'" for name, value in ROLE.items()))
    with running(ServerPaths(HOME / "test"), Path(f"/tmp/wellness-pgbouncer-{os.getpid()}")) as url:  # noqa: S108
        check_role(url)
        environment = os.environ | {"DATABASE_URL": url, "DATABASE_BEHIND_POOLER": "1"}
        command = [sys.executable, "-m", "pytest", "--reuse-db", *tests]
        done = subprocess.run(command, env=environment, check=False)
    execute("DROP DATABASE IF EXISTS test_wellness WITH (FORCE)", "ALTER ROLE CURRENT_USER RESET ALL")
    return done.returncode


def check_role(url: str) -> None:
    """The settings of the role reach the sessions behind the pooler."""
    with psycopg.connect(url, prepare_threshold=None) as connection:
        found = {name: value for name in ROLE for (value,) in connection.execute(f"SHOW {name}")}
    assert found == ROLE


def execute(*statements: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


if __name__ == "__main__":
    if PROGRAM is None:
        sys.exit("PgBouncer is not installed: apt-get install pgbouncer")
    sys.exit(main(sys.argv[1:]))
