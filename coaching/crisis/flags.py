"""Remembers for a day that a person wrote words of danger, so that nothing nudges them.

Only the kind of danger is stored, sealed; never the words. Kept for 30 days (core/retention_periods.py), never in events.
"""

import datetime as dt

from django.db import transaction

from accounts.models import User
from coaching.crisis.words import Danger
from coaching.models import CrisisFlag

QUIET = dt.timedelta(days=1)


def raise_flag(user: User, danger: Danger, *, at: dt.datetime) -> None:
    with transaction.atomic():
        CrisisFlag.objects.create(user=user, danger=danger.value, raised_at=at)


def is_raised(user: User, at: dt.datetime) -> bool:
    """Whether the person wrote such words in the 24 hours before `at`."""
    return CrisisFlag.objects.filter(user=user, raised_at__gt=at - QUIET, raised_at__lte=at).exists()
