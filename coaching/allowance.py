"""Counts a person's messages of a day against their plan (`ai_messages_per_day`).

    left(user, at)                          what is left today; None is unlimited
    take(user, at) -> TakenMessage | None   takes one; None when none is left
    give_back(taken)                        after a refusal of the provider, which costs nothing

One statement counts and checks, so that parallel requests never get more than the limit. The day is the person's at the
instant of the request: what is taken before midnight counts for the old day, and is given back to it.
"""

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from accounts.models import User
from billing import entitlements
from core.db import prepared_statements

LIMIT = "ai_messages_per_day"
_TAKE = """
    INSERT INTO coaching_usage (user_id, local_date, used)
    SELECT %(user)s, %(day)s, 1 WHERE %(most)s::int IS NULL OR %(most)s > 0
    ON CONFLICT (user_id, local_date) DO UPDATE SET used = coaching_usage.used + 1
        WHERE %(most)s::int IS NULL OR coaching_usage.used < %(most)s
    RETURNING used
"""
_USED = "SELECT used FROM coaching_usage WHERE user_id = %s AND local_date = %s"
_GIVE_BACK = "UPDATE coaching_usage SET used = used - 1 WHERE user_id = %s AND local_date = %s AND used > 0"


class TakenMessage(NamedTuple):
    """One message of a day."""

    user_id: UUID
    day: dt.date


def take(user: User, *, at: dt.datetime) -> TakenMessage | None:
    """Takes one message of the person's day at `at`; None when none is left."""
    day = user.calendar.day_of(at)
    most = entitlements.limit(user, LIMIT, at=at).most
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"user": user.pk, "day": day, "most": most})
        return TakenMessage(user.pk, day) if cursor.fetchone() else None


def give_back(taken: TakenMessage) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [*taken])


def used(user: User, *, at: dt.datetime) -> int:
    """How many were taken on the person's day."""
    rows = prepared_statements.fetch(_USED, [user.pk, user.calendar.day_of(at)])
    return rows[0][0] if rows else 0


def left(user: User, *, at: dt.datetime) -> int | None:
    """How many are left on the person's day; None is unlimited."""
    most = entitlements.limit(user, LIMIT, at=at).most
    return None if most is None else max(most - used(user, at=at), 0)
