"""Room for temporary tables of a million rows."""

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper


@contextlib.contextmanager
def large_temporary_tables() -> Iterator[CursorWrapper]:
    """A transaction in which they stay in memory.

    A session that has had a temporary table takes no other size, so this begins another one.
    """
    if not connection.in_atomic_block:
        connection.close()
        connection.close_pool()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL temp_buffers = '512MB'")
        yield cursor
