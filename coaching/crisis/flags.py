"""Remembers for a day that a person wrote words of danger, so that nothing nudges them.

Only the kind of danger is stored, sealed; never the words. Kept for 30 days (core/retention_periods.py), never in events.
"""

import datetime as dt

from django.db import transaction

from accounts.models import User
from coaching.crisis.words import Danger
from coaching.models import CrisisFlag
from core.db import prepared_statements

QUIET = dt.timedelta(days=1)
# Pages of streaks ask this: prepared.
_RAISED = """
    SELECT FROM crisis_flags
    WHERE user_id = %s::uuid AND raised_at > %s::timestamptz AND raised_at <= %s::timestamptz LIMIT 1
"""


def raise_flag(user: User, danger: Danger, *, at: dt.datetime) -> None:
    with transaction.atomic():
        CrisisFlag.objects.create(user=user, danger=danger.value, raised_at=at)


def is_raised(user: User, at: dt.datetime) -> bool:
    """Whether the person wrote such words in the 24 hours before `at`."""
    return bool(prepared_statements.fetch(_RAISED, [user.pk, at - QUIET, at]))
