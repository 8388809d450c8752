"""How many rows tables have: exact up to a thousand, then the planner's estimate."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

# Counted one by one up to here.
EXACT = 1000
# Digits of an estimate that mean something.
_DIGITS = 2
# The rows of a partitioned table are in its parts.
_ESTIMATES = """
    SELECT of.relname, sum(GREATEST(part.reltuples, 0))::bigint
    FROM pg_class AS of
    JOIN LATERAL (
        SELECT of.oid AS oid UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = of.oid
    ) AS piece ON true
    JOIN pg_class AS part ON part.oid = piece.oid
    WHERE of.relname = ANY(%s) AND of.relkind IN ('r', 'p')
    GROUP BY of.relname
"""


def texts(tables: Mapping[str, QuerySet[Any]]) -> dict[str, str]:
    """The number of rows behind each queryset as people read it: "85", "약 380,000"."""
    counted = _counted(tables)
    estimates = _estimates(tables[name].model._meta.db_table for name, number in counted.items() if number > EXACT)
    return {
        name: f"{number:,}" if number <= EXACT else _about(estimates.get(tables[name].model._meta.db_table, 0))
        for name, number in counted.items()
    }


def _counted(tables: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Each number up to one more than `EXACT`, by one statement."""
    if not tables:
        return {}
    parts = [
        rows.order_by().values_list("pk")[: EXACT + 1].query.sql_with_params()
        for rows in (rows.select_related(None) for rows in tables.values())
    ]
    columns = ", ".join(f"(SELECT count(*) FROM ({sql}) AS part)" for sql, _values in parts)  # noqa: S608 - of the ORM
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [value for _sql, values in parts for value in values])
        return dict(zip(tables, cursor.fetchone(), strict=True))


def _estimates(tables: Any) -> dict[str, int]:
    names = [*tables]
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ESTIMATES, [names])
        return dict(cursor.fetchall())


def _about(number: int) -> str:
    """An estimate with the digits that mean something; never fewer than were counted."""
    number = max(number, EXACT)
    return _("약 %(n)s") % {"n": f"{round(number, _DIGITS - len(str(number))):,}"}
