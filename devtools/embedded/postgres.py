"""The embedded PostgreSQL: made by initdb, configured anew at each start, reached through its socket."""

import os
import pwd
import shutil
from urllib.parse import quote

import psycopg

from devtools.embedded.daemons import Daemon
from devtools.embedded.paths import Place, Programs, ServerError

NEEDED = 150 * 2**20  # bytes on disk for a new cluster and the first migrations

SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m '
log_error_verbosity = terse  # the details of an error quote the row
log_min_error_statement = panic  # and its statement the values
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

CARELESS = """
fsync = off
full_page_writes = off
synchronous_commit = off
"""


def url(place: Place) -> str:
    return f"postgres://wellness@:5432/wellness?host={quote(str(place.sockets), safe='')}"


def ready(place: Place) -> bool:
    try:
        psycopg.connect(url(place), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def start(place: Place, programs: Programs, *, careful: bool) -> None:
    """`careful` survives power cuts, at the price of waiting for the disk."""
    daemon = _daemon(place)
    if not daemon.folder.exists():
        _make_cluster(daemon, programs)
    _configure(daemon, careful=careful)
    daemon.start([programs.postgres / "postgres", "-D", "."], ready=lambda: ready(place))


def stop(place: Place) -> None:
    _daemon(place).stop()


def _daemon(place: Place) -> Daemon:
    sockets = (".s.PGSQL.5432", ".s.PGSQL.5432.lock")
    return Daemon(place, "postgres", pid_file="postmaster.pid", sockets=sockets, endings=("INT", "QUIT", "KILL"))


def _make_cluster(daemon: Daemon, programs: Programs) -> None:
    """Cluster, role and database, in a folder that gets its name when it is complete."""
    free = shutil.disk_usage(daemon.place.data).free
    if free < NEEDED:
        raise ServerError(f"{daemon.place.data} has {free >> 20} MB free, PostgreSQL needs {NEEDED >> 20} MB")
    unfinished = daemon.folder.with_suffix(".unfinished")
    daemon.run(["rm", "-rf", unfinished])
    kind = ["--username=postgres", "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8"]
    daemon.run([programs.postgres / "initdb", "-D", unfinished, *kind, "--no-instructions", "--no-sync"])
    sql = "CREATE ROLE wellness LOGIN CREATEDB\nCREATE DATABASE wellness OWNER wellness\n"
    single = ["--single", "-c", "exit_on_error=true", "-D", str(unfinished)]
    daemon.run([programs.postgres / "postgres", *single, "postgres"], text=sql)
    daemon.run(["mv", unfinished, daemon.folder])


def _configure(daemon: Daemon, *, careful: bool) -> None:
    place = daemon.place
    people = {pwd.getpwuid(os.geteuid()).pw_name, place.account.pw_name}
    roles = ("wellness", "postgres")
    files = {
        "postgresql.conf": f"unix_socket_directories = '{place.sockets}'\n{SETTINGS}{'' if careful else CARELESS}",
        "pg_hba.conf": "local all all peer map=people\n",
        "pg_ident.conf": "".join(f'people "{person}" {role}\n' for person in people for role in roles),
    }
    for name, text in files.items():
        daemon.run(["tee", name], text=text, cwd=daemon.folder)
