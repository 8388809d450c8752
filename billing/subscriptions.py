"""A person's subscription: the current one, its lock, and its changes of phase."""

import datetime as dt
from uuid import UUID, uuid4

from django.db.models import QuerySet

from accounts.models import User
from billing import entitlements, lifecycle
from billing.lifecycle import Event, Phase
from billing.models import PaymentTransaction, UserSubscription
from core.db.compiled_queries import Compiled


class NoSubscription(Exception):
    """The person has no current subscription, or not in a phase that allows this."""


def current(user: User) -> UserSubscription | None:
    """The person's subscription that is not over."""
    return _rows().filter(user=user).exclude(phase=Phase.EXPIRED).first()


def lock(subscription_id: UUID) -> UserSubscription:
    """The subscription, locked.

    It is locked before its payments, by everybody.
    """
    [found] = _LOCKED(pk=subscription_id)
    return found


def lock_current(user: User) -> UserSubscription:
    """Raises NoSubscription."""
    found = _rows().select_for_update(of=("self",)).filter(user=user).exclude(phase=Phase.EXPIRED).first()
    if found is None:
        raise NoSubscription
    return found


def advance(subscription: UserSubscription, event: Event, *, at: dt.datetime) -> None:
    """Saves the locked subscription in its next phase and tells the apps above.

    Raises IllegalTransition.
    """
    lifecycle.advance(subscription, event)
    if subscription.phase == Phase.EXPIRED:
        subscription.retry_at = subscription.next_plan = subscription.pause_months = None
    subscription.save()
    entitlements.changed(subscription.user, at=at)


def has_open_payment(subscription: UserSubscription) -> bool:
    """Whether a charge of it is under way or its outcome unknown."""
    return PaymentTransaction.objects.filter(
        subscription=subscription,
        transaction_type=PaymentTransaction.Type.PAYMENT,
        status=PaymentTransaction.Status.PENDING,
    ).exists()


def _rows() -> QuerySet[UserSubscription]:
    return UserSubscription.objects.select_related("user", "plan", "next_plan", "method")


_LOCKED = Compiled(lambda pk: _rows().select_for_update(of=("self",)).filter(pk=pk), pk=uuid4())
