"""The statements that requests send, and what PostgreSQL does for them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

# The actor goes before a statement that is audited (core/db/audit_context.py).
_ACTOR = re.compile(r"^\s*SELECT set_config\([^;]*\);\s*")
_EXPLAINED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.I)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """The statements of the block, with their values, which PostgreSQL can explain."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    texts = (_ACTOR.sub("", query["sql"]) for query in queries.captured_queries)
    found += [text for text in texts if _EXPLAINED.match(text)]


def plan_of(statement: str, *, run: bool = False) -> dict[str, Any]:
    """The plan; with `run` the statement is executed and undone, and the plan has rows and buffers."""
    options = "FORMAT JSON, ANALYZE, BUFFERS, TIMING OFF" if run else "FORMAT JSON"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {statement.replace('%', '%%')}", [])
        [(plan,)] = cursor.fetchall()
        transaction.set_rollback(True)
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def partitions_of(plan: dict[str, Any]) -> set[str]:
    """The monthly partitions that the plan opens: `habit_logs_y2026m11`."""
    tables = {node.get("Relation Name", "") for node in nodes(plan)}
    return {table for table in tables if re.fullmatch(r"\w+_y\d{4}m\d\d", table)}
