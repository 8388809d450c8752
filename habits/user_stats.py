"""Refreshes `user_stats_summary`, the schema document's materialized view over all people."""

from django.db import connection, transaction


def refresh() -> None:
    """Recomputes the view while others read the old rows.

    A concurrent second call waits for the first.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('user_stats_summary'))")
        cursor.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY user_stats_summary")
