"""Longer periods that staff give to a person, without money."""

from django.db import transaction

from accounts.models import User
from billing import periods, prices, subscriptions
from billing.lifecycle import Phase
from billing.models import UserSubscription

MOST_DAYS = 31
_RUNNING = (Phase.ACTIVE, Phase.TRIAL, Phase.CANCELED)


def extend(user: User, *, days: int) -> UserSubscription:
    """Ends the current period later; the next one begins then, and so does its charge.

    Raises NoSubscription where nothing runs or a charge is under way, ValueError for other than 1 to `MOST_DAYS` days,
    ConsentMissing where a trial would end more than 30 days after the consent to its price.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(days)
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        if subscription.phase not in _RUNNING or subscriptions.has_open_payment(subscription):
            raise subscriptions.NoSubscription
        subscription.current_period_end = periods.days_later(subscription.current_period_end, days)
        if subscription.is_in_trial:
            prices.of_renewal(subscription, subscription.plan, starts_at=subscription.current_period_end)
        subscription.anchor_day = periods.day_of(subscription.current_period_end).day
        subscription.save(update_fields=["current_period_end", "anchor_day", "updated_at"])
    return subscription
