"""Cancelling and undoing it.

A cancelled plan stays until its period is over; what is unpaid or paused ends at once.
"""

import datetime as dt

from django.db import transaction

from accounts.models import User
from billing import notices, subscriptions
from billing.lifecycle import Event, Phase
from billing.models import UserSubscription


def cancel(user: User, *, at: dt.datetime) -> UserSubscription:
    """Ends the renewals.

    Cancelling twice is one cancellation. Raises NoSubscription.
    """
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        if subscription.phase == Phase.CANCELED:
            return subscription
        subscription.canceled_at = at
        subscription.next_plan = subscription.pause_months = None
        subscriptions.advance(subscription, Event.CANCEL, at=at)
        if subscription.phase == Phase.CANCELED:
            notices.canceled(subscription, at=at)
        else:
            notices.ended(subscription, "canceled", at=at)
    return subscription


def undo(user: User, *, at: dt.datetime) -> UserSubscription:
    """Lets a cancelled subscription go on.

    Raises NoSubscription; IllegalTransition if it is not cancelled.
    """
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        subscription.canceled_at = None
        event = Event.UNDO_CANCEL_IN_TRIAL if subscription.is_in_trial else Event.UNDO_CANCEL
        subscriptions.advance(subscription, event, at=at)
        notices.cancel_undone(subscription, at=at)
    return subscription
