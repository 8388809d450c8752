"""Pauses: up to three months without money and without the plan, from the end of the period."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from billing import ledger, notices, periods, prices, subscriptions
from billing.lifecycle import IllegalTransition, Phase
from billing.models import PaymentTransaction, UserSubscription

MOST_MONTHS = 3


def schedule(user: User, *, months: int, at: dt.datetime) -> UserSubscription:
    """Schedules a pause that begins when the current period ends.

    Raises NoSubscription, IllegalTransition, ValueError for other than 1 to 3 months.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise ValueError(months)
    with transaction.atomic():
        subscription = _active(user)
        subscription.pause_months = months
        subscription.save(update_fields=["pause_months"])
        notices.pause_planned(subscription, at=at)
    return subscription


def unschedule(user: User) -> None:
    """Takes back a scheduled pause that has not begun.

    Raises NoSubscription, IllegalTransition.
    """
    with transaction.atomic():
        subscription = _active(user)
        subscription.pause_months = None
        subscription.save(update_fields=["pause_months"])


def resume(user: User, *, at: dt.datetime, agreed: int | None = None) -> bool:
    """Ends a pause now: a period begins today and is charged.

    False while a charge is under way. `agreed` (hundredths) is the amount that the person agrees to now; it is needed when the price
    rose during the pause.

    Raises NoSubscription; IllegalTransition if it is not paused or has no way to pay; ConsentMissing.
    """
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        if subscription.phase != Phase.PAUSED or subscription.method is None:
            raise IllegalTransition(subscription.phase)
        if subscriptions.has_open_payment(subscription):
            return False
        plan, amount = subscription.plan, _agreed(subscription, agreed, at=at)
        ledger.open_payment(
            subscription,
            purpose=PaymentTransaction.Purpose.RESUME,
            plan=plan,
            amount=amount,
            starts_at=at,
            ends_at=periods.end(at, plan.billing_cycle, anchor=periods.day_of(at).day),
            at=at,
        )
    return True


def _agreed(subscription: UserSubscription, agreed: int | None, *, at: dt.datetime) -> int:
    """The amount of the period that begins now; a higher one is recorded as agreed to. Raises ConsentMissing."""
    amount, is_higher = prices.of_resuming(subscription, at=at)
    if is_higher:
        if agreed != amount:
            raise prices.ConsentMissing(amount)
        prices.record(subscription, prices.Item.PRICE, amount, old=subscription.amount, effective_at=at, at=at)
    return amount


def _active(user: User) -> UserSubscription:
    """The locked subscription.

    Raises NoSubscription; IllegalTransition unless it is active.
    """
    subscription = subscriptions.lock_current(user)
    if subscription.phase != Phase.ACTIVE:
        raise IllegalTransition(subscription.phase)
    return subscription
