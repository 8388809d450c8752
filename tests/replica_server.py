"""A streaming replica of the tests' PostgreSQL, made with its own tools, as Django's database `replica`."""

import os
import shutil
import signal
from contextlib import contextmanager

import psycopg
from django.db import connections
from django.test import override_settings

from core.db import replica
from devtools.embedded import postgres
from devtools.embedded.paths import ServerPaths, find_programs, make_folder, prepare_folders, remove_sockets
from tests.servers import HOME
from tests.waiting import PATIENCE, eventually


class ReplicaServer:
    """`behind` keeps it ten minutes behind, `kill` ends it as a crash does."""

    def __init__(self) -> None:
        self.primary = ServerPaths(HOME / "test")
        self.paths = ServerPaths(HOME / "test" / "replica")
        self._programs = find_programs(self.primary.account)

    def start(self) -> None:
        make_folder(self.paths.folder)
        prepare_folders(self.paths, disposable=True)
        postgres.start_replica(self.primary, self.paths, self._programs)

    def stop(self) -> None:
        postgres.stop(self.paths)
        remove_sockets(self.paths)
        shutil.rmtree(self.paths.data)
        self.paths.entry.unlink(missing_ok=True)

    def kill(self) -> None:
        """As a crash: every process of it at once."""
        [pid, *_rest] = (self.paths.data / "postgres" / "postmaster.pid").read_text().split()
        os.kill(int(pid), signal.SIGKILL)
        assert eventually(lambda: not postgres.is_ready(self.paths))

    def settings(self) -> dict:
        """Those of the tests' database, on the replica."""
        its = connections["default"].settings_dict
        pool = {**its["OPTIONS"]["pool"], "min_size": 0, "timeout": 1}
        options = {**its["OPTIONS"], "host": str(self.paths.sockets), "pool": pool, "connect_timeout": 2}
        return {**its, "OPTIONS": options, "TEST": {**its["TEST"], "MIRROR": "default"}}

    @contextmanager
    def behind(self, delay: str = "10min"):
        """It receives what is committed from now on, and applies it when it is that old."""
        self._set("recovery_min_apply_delay", delay)
        try:
            with override_settings(REPLICA_PATIENCE=0.05):
                yield
        finally:
            self._set("recovery_min_apply_delay", "0")

    def _set(self, name: str, value: str) -> None:
        self._run(f"ALTER SYSTEM SET {name} = '{value}'")
        self._run("SELECT pg_reload_conf()")
        assert eventually(lambda: self._run(f"SHOW {name}") == value)

    def _run(self, sql: str):
        with psycopg.connect(postgres.url(self.paths).replace("wellness@", "postgres@"), autocommit=True) as it:
            done = it.execute(sql)
            return done.fetchone()[0] if done.description else None


@contextmanager
def as_replica(server: ReplicaServer):
    """The setting DATABASE_REPLICA_URL, for as long as the block lasts."""
    # As in production: a commit is in the log before it is answered.
    default = connections["default"]
    options, default.settings_dict["OPTIONS"]["options"] = (
        default.settings_dict["OPTIONS"]["options"],
        default.settings_dict["OPTIONS"]["options"] + " -c synchronous_commit=on",
    )
    default.close_pool()
    connections.settings[replica.ALIAS] = server.settings()
    try:
        # Other tests of this server write too: it is behind for longer than in production.
        with override_settings(REPLICA_PATIENCE=PATIENCE):
            yield server
    finally:
        connections[replica.ALIAS].close_pool()
        del connections[replica.ALIAS]
        del connections.settings[replica.ALIAS]
        default.settings_dict["OPTIONS"]["options"] = options
        default.close_pool()
        replica.circuit_breaker.record_success()
