"""Records that staff did something: what, to which row, what it replaced.

Who, from where and why are of the transaction.

Triggers record changes of audited rows; an act may change others, or none, such as signing a person out or sending again.
"""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.db import audit_context


def record(table: str, key: str, *, before: dict[str, Any] | None = None, after: dict[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        audit_context.set_actor(connection)
        values = [json.dumps(before, ensure_ascii=False) if before else None, json.dumps(after, ensure_ascii=False)]
        cursor.execute("SELECT audit_logs_act(%s, %s, %s, %s)", [table, record_id(table, key), *values])


def record_id(table: str, key: str) -> UUID:
    """The key itself, or what the triggers make of one that is no UUID."""
    try:
        return UUID(key)
    except ValueError:
        return UUID(hashlib.md5(f"{table}:{key}".encode(), usedforsecurity=False).hexdigest())
