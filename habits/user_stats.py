"""Refreshes `user_stats_summary`, the schema document's materialized view over all people.

    refresh()           recomputes it while others read the old rows
    refreshed_at()      when its numbers were true; None before the first refresh

The time is in the comment of the view: it is written in the transaction of the refresh and leaves with the view.
"""

import datetime as dt

from django.db import connection, transaction

# The daily refresh has failed when the view is older.
OLDEST = dt.timedelta(hours=30)

_STAMP = """
    DO $$ BEGIN
        EXECUTE format('COMMENT ON MATERIALIZED VIEW user_stats_summary IS %L', now());
    END $$
"""
_READ = "SELECT obj_description('user_stats_summary'::regclass, 'pg_class')::timestamptz"


def refresh() -> None:
    """Recomputes the view. A concurrent second call waits for the first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('user_stats_summary'))")
        cursor.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY user_stats_summary")
        cursor.execute(_STAMP)


def refreshed_at() -> dt.datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        row = cursor.fetchone()
    return row[0] if row else None


def is_too_old(now: dt.datetime) -> bool:
    at = refreshed_at()
    return at is not None and now - at > OLDEST
