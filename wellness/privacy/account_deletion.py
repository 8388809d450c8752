"""Account deletion: deactivated at once, erased after a grace period (erasure.py)."""

import contextlib
import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts import activation, sessions
from accounts.models import User
from billing import cancellation, payment_methods, subscriptions
from circles import cheers
from habits.transfer import import_jobs
from wellness.privacy import deletion_log
from wellness.privacy.erasure import GRACE
from wellness.privacy.models import DataExport


def request_deletion(user: User, *, at: dt.datetime) -> dt.datetime:
    """Deactivates the account: no sign-in, no messages, no renewal.

    The cheers that the person sent are taken back. Gives when it will be erased.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.deletion_requested_at is None:
            user.is_active, user.deletion_requested_at = False, at
            user.save(update_fields=["is_active", "deletion_requested_at"])
            sessions.end_others(user, keep=None)
            _end_renewal(user, at=at)
            DataExport.objects.filter(user=user, state__in=DataExport.AT_WORK).delete()
            import_jobs.discard(user, now=at)
            cheers.take_back(user.pk)
            deletion_log.record(user.pk, deletion_log.Step.ASKED, at=at)
    assert user.deletion_requested_at is not None  # noqa: S101 - set above
    return user.deletion_requested_at + GRACE


def _end_renewal(user: User, *, at: dt.datetime) -> None:
    """Nothing is charged after the request. The gateways delete the person's methods before the erasure (erasure.py)."""
    with contextlib.suppress(subscriptions.NoSubscription):
        cancellation.cancel(user, at=at)
    payment_methods.remove_all(user, at=at)


def days_left(user: User, *, now: dt.datetime) -> int:
    """Days in which the deletion can still be cancelled, rounded up."""
    assert user.deletion_requested_at is not None  # noqa: S101 - the caller checks it
    left = user.deletion_requested_at + GRACE - now
    return max(-(-left // dt.timedelta(days=1)), 0)


def waits_for_gateway(user: User, *, now: dt.datetime) -> bool:
    """Whether the erasure is due and waits until a gateway has deleted the person's card."""
    return days_left(user, now=now) == 0 and payment_methods.has_any(user)


def cancel_deletion(user_id: UUID, *, at: dt.datetime) -> bool:
    """Activates the account again. False when no deletion was requested or the person is erased."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None or user.deletion_requested_at is None or user.anonymised_at is not None:
            return False
        user.is_active, user.deletion_requested_at = True, None
        user.save(update_fields=["is_active", "deletion_requested_at"])
        deletion_log.record(user.pk, deletion_log.Step.STAYED, at=at)
    return True


def set_active(user: User, *, active: bool, at: dt.datetime) -> None:
    """Activates or deactivates an account for staff; activation cancels a deletion.

    The cheers of an account that is deactivated are taken back.
    """
    if not (active and cancel_deletion(user.pk, at=at)):
        activation.set_active(user, active=active)
    if not active:
        cheers.take_back(user.pk)
