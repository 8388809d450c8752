"""The embedded PostgreSQL: created by initdb, configured at each start, on a socket.

And replicas of it, for tests.
"""

import os
import pwd
import re
import shutil
from urllib.parse import quote

import psycopg

from devtools.embedded.daemons import ANSWER_TIMEOUT, Daemon
from devtools.embedded.paths import Programs, ServerError, ServerPaths

MIN_FREE = 150 * 2**20  # bytes on disk for a new cluster and the first migrations

SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m '
log_error_verbosity = terse  # error details quote rows
log_min_error_statement = panic  # statements contain values
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
shared_buffers = 192MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 64MB
max_wal_size = 1GB
random_page_cost = 1.1
max_locks_per_transaction = 256  # one statement may lock many partitions
jit = off  # takes longer than our queries
max_parallel_workers_per_gather = 0  # two cores, and containers have little /dev/shm
"""

NOT_DURABLE = """
fsync = off
full_page_writes = off
synchronous_commit = off
"""


def url(paths: ServerPaths) -> str:
    return f"postgres://wellness@:5432/wellness?host={quote(str(paths.sockets), safe='')}"


def is_ready(paths: ServerPaths) -> bool:
    try:
        psycopg.connect(url(paths), connect_timeout=ANSWER_TIMEOUT).close()
    except psycopg.OperationalError:
        return False
    return True


def make_database(url: str, name: str) -> str:
    """Creates an empty database, in place of one of that name; gives its URL."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE IF EXISTS "{name}"')
        conn.execute(f'CREATE DATABASE "{name}"')
    return re.sub(r"/(\w+)(\?|$)", rf"/{name}\2", url, count=1)


def start(paths: ServerPaths, programs: Programs, *, durable: bool) -> None:
    """Start the server. `durable` survives power cuts, but each commit waits for the disk."""
    daemon = _daemon(paths)
    if not daemon.folder.exists():
        _make_cluster(daemon, programs)
    _configure(daemon, durable=durable)
    daemon.start([programs.postgres / "postgres", "-D", "."], ready=lambda: is_ready(paths))


def start_replica(primary: ServerPaths, paths: ServerPaths, programs: Programs) -> None:
    """Start a streaming replica of a running server in folders of its own.

    It is copied now unless there is a copy.
    """
    daemon = _daemon(paths)
    if not daemon.folder.exists():
        unfinished = daemon.folder.with_suffix(".unfinished")
        daemon.run(["rm", "-rf", unfinished])
        source = ["-h", str(primary.sockets), "-U", "postgres", "--checkpoint=fast", "--wal-method=stream", "--no-sync"]
        # --write-recovery-conf makes standby.signal and the address of the primary.
        daemon.run([programs.postgres / "pg_basebackup", "-D", unfinished, "--write-recovery-conf", *source])
        daemon.run(["mv", unfinished, daemon.folder])
    _configure(daemon, durable=False)
    daemon.start([programs.postgres / "postgres", "-D", "."], ready=lambda: is_ready(paths))


def stop(paths: ServerPaths) -> None:
    _daemon(paths).stop()


def _daemon(paths: ServerPaths) -> Daemon:
    sockets = (".s.PGSQL.5432", ".s.PGSQL.5432.lock")
    return Daemon(paths, "postgres", pid_file="postmaster.pid", sockets=sockets, stop_signals=("INT", "QUIT", "KILL"))


def _make_cluster(daemon: Daemon, programs: Programs) -> None:
    """Create cluster, role and database in a folder that is renamed when it is complete."""
    free = shutil.disk_usage(daemon.paths.data).free
    if free < MIN_FREE:
        raise ServerError(f"{daemon.paths.data} has {free >> 20} MB free, PostgreSQL needs {MIN_FREE >> 20} MB")
    unfinished = daemon.folder.with_suffix(".unfinished")
    daemon.run(["rm", "-rf", unfinished])
    kind = ["--username=postgres", "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8"]
    daemon.run([programs.postgres / "initdb", "-D", unfinished, *kind, "--no-instructions", "--no-sync"])
    sql = "CREATE ROLE wellness LOGIN CREATEDB\nCREATE DATABASE wellness OWNER wellness\n"
    single = ["--single", "-c", "exit_on_error=true", "-D", str(unfinished)]
    daemon.run([programs.postgres / "postgres", *single, "postgres"], text=sql)
    daemon.run(["mv", unfinished, daemon.folder])


def _configure(daemon: Daemon, *, durable: bool) -> None:
    paths = daemon.paths
    accounts = {pwd.getpwuid(os.geteuid()).pw_name, paths.account.pw_name}
    roles = ("wellness", "postgres")
    files = {
        "postgresql.conf": f"unix_socket_directories = '{paths.sockets}'\n{SETTINGS}{'' if durable else NOT_DURABLE}",
        "pg_hba.conf": "local all all peer map=people\nlocal replication all peer map=people\n",
        "pg_ident.conf": "".join(f'people "{account}" {role}\n' for account in accounts for role in roles),
    }
    for name, text in files.items():
        daemon.run(["tee", name], text=text, cwd=daemon.folder)
