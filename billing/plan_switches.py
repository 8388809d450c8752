"""Switching to another plan: what it costs today, shown before and charged to the won.

A plan that allows no less begins today: its price, less the unused days of the current period, counted in days. One that
allows less, or costs less than those days are worth, begins when the period is over, and nothing is charged today.
"""

import datetime as dt
from typing import NamedTuple

from django.db import transaction

from accounts.models import User
from billing import entitlements, ledger, money, notices, periods, plans, prices, subscriptions
from billing.lifecycle import Event, IllegalTransition, Phase
from billing.models import BillingConsent, PaymentTransaction, SubscriptionPlan, UserSubscription

# The shortest time that the database tells apart.
INSTANT = dt.timedelta(microseconds=1)


class PlanSwitch(NamedTuple):
    """What a switch does, to preview it and to do it."""

    plan: SubscriptionPlan
    # Today, or when the period is over.
    is_now: bool
    # Taken today.
    charge: int
    next_charge_at: dt.datetime
    # The value of the unused days, and the days it was counted from.
    credit: int = 0
    unused_days: int = 0
    days: int = 0


class PreviewOutdated(Exception):
    """The amount is no longer the one that was shown."""


def preview(subscription: UserSubscription, plan: SubscriptionPlan, *, at: dt.datetime) -> PlanSwitch:
    if subscription.phase == Phase.TRIAL:
        return PlanSwitch(plan, is_now=True, charge=0, next_charge_at=subscription.current_period_end)
    days = periods.days_between(subscription.current_period_start, subscription.current_period_end)
    unused = max(periods.days_between(at, subscription.current_period_end), 0)
    credit = money.share(subscription.amount, unused, max(days, 1), subscription.currency)
    is_less = entitlements.allows_less(plan.pk, subscription.plan_id)
    if is_less or plan.price <= credit or plan.currency != subscription.currency:
        return PlanSwitch(plan, is_now=False, charge=0, next_charge_at=subscription.current_period_end)
    next_at = periods.end(at, plan.billing_cycle, anchor=periods.day_of(at).day)
    return PlanSwitch(
        plan,
        is_now=True,
        charge=plan.price - credit,
        next_charge_at=next_at,
        credit=credit,
        unused_days=unused,
        days=days,
    )


def switch(user: User, plan_id: str, *, shown: int, at: dt.datetime) -> PlanSwitch:
    """Switches the plan; `shown` is the charge that the person has agreed to.

    Raises NoSubscription, NotForSale, PreviewOutdated; IllegalTransition in a phase that does not allow it.
    """
    plan = plans.for_sale(plan_id)
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        _must_be_possible(subscription, plan)
        found = preview(subscription, plan, at=at)
        if found.charge != shown:
            raise PreviewOutdated
        if subscription.phase == Phase.TRIAL:
            _in_trial(subscription, plan, at=at)
        elif found.is_now:
            _now(subscription, found, at=at)
        else:
            _later(subscription, found, at=at)
    return found


def unschedule(user: User) -> None:
    """Takes back a switch that would begin with the next period.

    Raises NoSubscription.
    """
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        subscription.next_plan = None
        subscription.save(update_fields=["next_plan"])


def _must_be_possible(subscription: UserSubscription, plan: SubscriptionPlan) -> None:
    is_busy = subscriptions.has_open_payment(subscription) or subscription.method is None
    if subscription.phase not in (Phase.ACTIVE, Phase.TRIAL) or plan.pk == subscription.plan_id or is_busy:
        raise IllegalTransition(subscription.phase)


def _in_trial(subscription: UserSubscription, plan: SubscriptionPlan, *, at: dt.datetime) -> None:
    """The trial goes on with the other plan, whose amount is agreed to again."""
    subscription.plan, subscription.amount, subscription.currency = plan, plan.price, plan.currency
    item = BillingConsent.Item.TRIAL
    prices.record(subscription, item, plan.price, effective_at=subscription.current_period_end, at=at)
    subscriptions.advance(subscription, Event.SWITCH, at=at)


def _now(subscription: UserSubscription, found: PlanSwitch, *, at: dt.datetime) -> None:
    # The page names today's charge and the price of the next period: the person agrees to both.
    prices.record(
        subscription,
        BillingConsent.Item.RECURRING,
        found.plan.price,
        old=subscription.amount,
        plan=found.plan,
        effective_at=found.next_charge_at,
        at=at,
    )
    ledger.open_payment(
        subscription,
        purpose=PaymentTransaction.Purpose.SWITCH,
        plan=found.plan,
        amount=found.charge,
        credit=found.credit,
        # A period has one payment, also where the present one began at this very instant.
        starts_at=max(at, subscription.current_period_start + INSTANT),
        ends_at=found.next_charge_at,
        at=at,
    )


def _later(subscription: UserSubscription, found: PlanSwitch, *, at: dt.datetime) -> None:
    subscription.next_plan = found.plan
    subscription.save(update_fields=["next_plan"])
    # A plan by the year takes more at once than one by the month: the person agrees to that amount now.
    if found.plan.price > subscription.amount:
        effective_at, old = found.next_charge_at, subscription.amount
        prices.record(
            subscription, BillingConsent.Item.PRICE, found.plan.price, old=old, effective_at=effective_at, at=at
        )
    notices.plan_changes(subscription, at=at)
