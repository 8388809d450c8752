"""The document's materialized view over all people."""

from django.db import connection, transaction


def refresh() -> None:
    """Fills the view anew while others read the old one. Two at once: the second waits for the first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('user_stats_summary'))")
        cursor.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY user_stats_summary")
