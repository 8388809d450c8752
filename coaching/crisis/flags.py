"""Remembers for a day that a person wrote words of danger, so that nothing nudges them.

Only the kind of danger is stored, sealed; never the words. Kept for 30 days (core/retention_periods.py), never in events.
"""

import datetime as dt

from django.db import transaction
from django.db.models import DateTimeField, OuterRef, Subquery

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
# The person of a request has the time of their last flag as this attribute (accounts/backends.py).
READ_ALONG = "crisis_raised_at"


def last_raised() -> Subquery:
    """When the person of the outer query wrote such words last; NULL if they did not."""
    flags = CrisisFlag.objects.filter(user=OuterRef("pk")).order_by("-raised_at").values("raised_at")[:1]
    return Subquery(flags, output_field=DateTimeField())


def raise_flag(user: User, danger: Danger, *, at: dt.datetime) -> None:
    with transaction.atomic():
        CrisisFlag.objects.create(user=user, danger=danger.value, raised_at=at)
    # What was read with the person does not hold any more.
    user.__dict__.pop(READ_ALONG, None)


def is_raised(user: User, at: dt.datetime) -> bool:
    """Whether the person wrote such words in the 24 hours before `at`.

    `at` is now where `user` is the person of a request.
    """
    if READ_ALONG in user.__dict__:
        last = user.__dict__[READ_ALONG]
        return last is not None and at - QUIET < last <= at
    return bool(prepared_statements.fetch(_RAISED, [user.pk, at - QUIET, at]))
