"""The keys that two people have purged, read by every process within seconds.

The database backend calls `look` whenever a thread takes a connection: at the beginning of each request and each task. Every
five seconds one of these calls reads the table, so that opening a value costs nothing. What has begun goes on with the ring it
began with, a task for two minutes at most.
"""

import time

import psycopg
from django.db import connection

from core.crypto import keyring

# Seconds until a process reads the table again.
READ_EVERY = 5.0
_IDS = "SELECT key_id FROM purged_keys"


class _Watch:
    def __init__(self) -> None:
        self._due = 0.0

    def look(self, opened: psycopg.Connection) -> None:
        """Reads the table on this connection, outside a transaction, when that is due."""
        if time.monotonic() < self._due:
            return
        try:
            rows = opened.execute(_IDS).fetchall()
        except psycopg.errors.UndefinedTable:
            rows = []  # before its migration
        keyring.leave_out(key_id for (key_id,) in rows)
        self._due = time.monotonic() + READ_EVERY

    def read(self) -> None:
        """Reads the table now, in the caller's transaction if there is one."""
        with connection.cursor() as cursor:
            cursor.execute(_IDS)
            keyring.leave_out(key_id for (key_id,) in cursor.fetchall())


_watch = _Watch()
look, read = _watch.look, _watch.read
