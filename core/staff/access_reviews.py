"""The monthly review of who looked at whom.

A sample of the reads is looked through and signed by another person.
"""

import datetime as dt
import random
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core import months
from core.audit.models import AuditLog
from core.staff.models import AccessReview

SAMPLE = 20


class OwnReads(Exception):
    """The reviewer is among those whose reads are reviewed."""


def missing(now: dt.datetime) -> dt.date | None:
    """Last month, while nobody has signed its review and somebody looked at a person."""
    month = months.later(now.date(), -1)
    if AccessReview.objects.filter(month=month, signed_at__isnull=False).exists() or not _reads(month).exists():
        return None
    return month


@transaction.atomic
def draw(month: dt.date, *, rng: random.Random | None = None) -> AccessReview:
    """Draws the month's sample, once: who asks again is given the same rows."""
    found = AccessReview.objects.select_for_update().filter(month=month).first()
    if found is not None:
        return found
    ids = [str(pk) for pk in _reads(month).values_list("pk", flat=True)]
    sample = (rng or random.SystemRandom()).sample(ids, min(SAMPLE, len(ids)))
    return AccessReview.objects.create(month=month, reads=len(ids), sample=sorted(sample))


@transaction.atomic
def sign(review: AccessReview, *, by: UUID, note: str, at: dt.datetime) -> AccessReview:
    """Signs a review, once. Raises OwnReads."""
    review = AccessReview.objects.select_for_update().get(pk=review.pk)
    if rows(review).filter(user_id=by).exists():
        raise OwnReads
    if review.signed_at is None:
        review.reviewer_id, review.note, review.signed_at = by, note, at
        review.save(update_fields=["reviewer_id", "note", "signed_at"])
    return review


def rows(review: AccessReview) -> QuerySet[AuditLog]:
    return AuditLog.objects.filter(pk__in=review.sample).order_by("occurred_at")


def _reads(month: dt.date) -> QuerySet[AuditLog]:
    begins = dt.datetime.combine(month, dt.time(), dt.UTC)
    ends = dt.datetime.combine(months.later(month, 1), dt.time(), dt.UTC)
    return AuditLog.objects.filter(action=AuditLog.Action.READ, occurred_at__gte=begins, occurred_at__lt=ends)
