"""Leaving: out at once, thirty days to change one's mind, then erased (`wellness.privacy.erasure`)."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts import sessions
from accounts.models import User
from billing.models import UserSubscription
from habits.transfer import import_jobs as imports
from wellness.privacy import deletion_log
from wellness.privacy.erasure import GRACE
from wellness.privacy.models import DataExport


def ask(user: User, *, at: dt.datetime) -> dt.datetime:
    """Turns the account off: nobody gets in, nothing is sent, nothing renews. Gives when it will be erased."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.deletion_requested_at is None:
            user.is_active, user.deletion_requested_at = False, at
            user.save(update_fields=["is_active", "deletion_requested_at"])
            sessions.end_others(user, keep=None)
            UserSubscription.objects.filter(user=user, status=UserSubscription.Status.ACTIVE).update(
                status=UserSubscription.Status.CANCELED, canceled_at=at
            )
            DataExport.objects.filter(user=user, state__in=["pending", "running"]).delete()
            imports.forget(user)
            deletion_log.note(user.pk, deletion_log.Step.ASKED, at=at)
    assert user.deletion_requested_at is not None  # noqa: S101 - set above
    return user.deletion_requested_at + GRACE


def days_left(user: User, *, now: dt.datetime) -> int:
    """Days in which somebody who asked to leave may still come back, begun ones counted whole."""
    assert user.deletion_requested_at is not None  # noqa: S101 - asked of those who asked to leave
    left = user.deletion_requested_at + GRACE - now
    return max(-(-left // dt.timedelta(days=1)), 0)


def stay(user_id: UUID, *, at: dt.datetime) -> bool:
    """Takes it back. False when there is nothing to take back, or nobody any more."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None or user.deletion_requested_at is None or user.anonymised_at is not None:
            return False
        user.is_active, user.deletion_requested_at = True, None
        user.save(update_fields=["is_active", "deletion_requested_at"])
        deletion_log.note(user.pk, deletion_log.Step.STAYED, at=at)
    return True
