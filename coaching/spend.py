"""Caps on the cost of the provider's calls: reserve before a call, settle after it.

    reserved = reserve(user_id, highest, at=…)     None: a cap would be passed
    settle(reserved, real_cost)

Both rows are checked and raised in one transaction, the one of all people last, because every call waits for it. A worker
that dies between the two leaves its reservation: what may have been spent counts as spent for that day.
"""

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import connection, transaction

from coaching.models import CoachingControls, CoachingSpend

log = structlog.get_logger(__name__)

# Shares of the daily cap at which a warning is logged.
ALERTS = (50, 80, 100)

_RESERVE = """
    INSERT INTO coaching_spend (spent_on, user_id, reserved, spent)
    SELECT %(day)s, %(user)s, %(amount)s, 0 WHERE %(amount)s <= %(cap)s
    ON CONFLICT (spent_on, user_id) DO UPDATE SET reserved = coaching_spend.reserved + %(amount)s
        WHERE coaching_spend.reserved + coaching_spend.spent + %(amount)s <= %(cap)s
    RETURNING reserved + spent
"""
_SETTLE = """
    UPDATE coaching_spend SET reserved = greatest(reserved - %(amount)s, 0), spent = spent + %(cost)s
    WHERE spent_on = %(day)s AND (user_id = %(user)s OR user_id IS NULL)
"""


class Reservation(NamedTuple):
    user_id: UUID
    day: dt.date
    amount: int


class _OverCap(Exception):
    """One of the caps would be passed."""


def reserve(user_id: UUID, amount: int, *, at: dt.datetime) -> Reservation | None:
    """Reserves `amount` for one call; None if a cap would be passed.

    Days are in UTC, as the provider bills.
    """
    controls, day = CoachingControls.current(), at.astimezone(dt.UTC).date()
    try:
        with transaction.atomic():
            _raise(day, user_id, amount, controls.daily_cap_per_person)
            total = _raise(day, None, amount, controls.daily_cap)
    except _OverCap:
        return None
    _alert(total, amount, controls.daily_cap)
    return Reservation(user_id, day, amount)


def settle(reserved: Reservation, cost: int) -> None:
    """Replaces the reservation by the real cost; 0 for a call that cost nothing."""
    values: dict[str, Any] = {"amount": reserved.amount, "cost": cost, "day": reserved.day, "user": reserved.user_id}
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)


def of_day(day: dt.date) -> CoachingSpend | None:
    """What all calls of the day cost."""
    return CoachingSpend.objects.filter(spent_on=day, user=None).first()


def _raise(day: dt.date, user_id: UUID | None, amount: int, cap: int) -> int:
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"day": day, "user": user_id, "amount": amount, "cap": cap}
        cursor.execute(_RESERVE, values)
        row = cursor.fetchone()
    if row is None:
        raise _OverCap
    return int(row[0])


def _alert(total: int, amount: int, cap: int) -> None:
    for share in ALERTS:
        if (total - amount) * 100 < cap * share <= total * 100:
            log.warning("coach spending", percent_of_cap=share)
