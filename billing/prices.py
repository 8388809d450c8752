"""What a renewal may cost: a higher price needs the person's consent.

전자상거래법 제13조 제6항, 시행령 제20조의2.

The consent names the new amount and is given within the 30 days before the first charge of it. A price that staff raise
applies to renewals at least 30 days later, so that everybody can be asked. Without consent nothing is charged.
"""

import datetime as dt

from django.db import transaction

from accounts.models import User
from billing import subscriptions
from billing.models import BillingConsent, SubscriptionPlan, UserSubscription

NOTICE = dt.timedelta(days=30)
Item = BillingConsent.Item


class ConsentMissing(Exception):
    """The person has not agreed to this amount within the 30 days before."""


def of_renewal(subscription: UserSubscription, plan: SubscriptionPlan, *, starts_at: dt.datetime) -> int:
    """The amount of the period that begins at `starts_at`.

    Raises ConsentMissing.
    """
    agreed = subscription.amount
    if subscription.is_in_trial:
        return _with_consent(subscription, plan, agreed, starts_at)
    if plan.pk == subscription.plan_id and is_too_soon(plan, starts_at):
        return min(agreed, plan.price)
    if plan.price <= agreed:
        return plan.price
    return _with_consent(subscription, plan, plan.price, starts_at)


def of_next(subscription: UserSubscription) -> tuple[int, bool]:
    """What the next charge takes, and whether a consent that it needs is missing."""
    plan = subscription.next_plan or subscription.plan
    try:
        return of_renewal(subscription, plan, starts_at=subscription.next_charge_at), False
    except ConsentMissing as missing:
        return int(missing.args[0]), True


def of_resuming(subscription: UserSubscription, *, at: dt.datetime) -> tuple[int, bool]:
    """What a paused person pays to go on now, and whether they must agree to a higher price."""
    try:
        return of_renewal(subscription, subscription.plan, starts_at=at), False
    except ConsentMissing as missing:
        return int(missing.args[0]), True


def is_too_soon(plan: SubscriptionPlan, starts_at: dt.datetime) -> bool:
    """Whether the price changed less than 30 days before `starts_at`."""
    return plan.price_changed_at is not None and starts_at < plan.price_changed_at + NOTICE


def rise(subscription: UserSubscription) -> int | None:
    """The higher amount of the next renewal; None if there is no rise, or it comes too soon."""
    plan = subscription.next_plan or subscription.plan
    starts_at = subscription.current_period_end
    if subscription.is_in_trial or plan.price <= subscription.amount or is_too_soon(plan, starts_at):
        return None
    return plan.price


def rise_without_consent(subscription: UserSubscription) -> int | None:
    """The higher amount of the next renewal while nobody has agreed to it."""
    amount, plan = rise(subscription), subscription.next_plan or subscription.plan
    if amount is None or has_consent(subscription, plan, amount, starts_at=subscription.current_period_end):
        return None
    return amount


def is_time_to_ask(subscription: UserSubscription, *, at: dt.datetime) -> bool:
    """Whether a rise of the next renewal can be agreed to."""
    return subscription.current_period_end - NOTICE <= at < subscription.current_period_end


def has_consent(subscription: UserSubscription, plan: SubscriptionPlan, amount: int, *, starts_at: dt.datetime) -> bool:
    """Whether this amount was agreed to in the 30 days before `starts_at`."""
    return BillingConsent.objects.filter(
        subscription=subscription,
        plan=plan,
        amount=amount,
        occurred_at__gte=starts_at - NOTICE,
        occurred_at__lt=starts_at,
    ).exists()


def agree(subscription: UserSubscription, amount: int, *, at: dt.datetime) -> bool:
    """Records the consent to a rise.

    False if the amount is not the one asked for, or it is too early or late.
    """
    if amount != rise(subscription) or not is_time_to_ask(subscription, at=at):
        return False
    starts_at = subscription.current_period_end
    record(subscription, Item.PRICE, amount, old=subscription.amount, effective_at=starts_at, at=at)
    return True


def agree_now(user: User, amount: int, *, at: dt.datetime) -> None:
    """Records the person's consent to a rise.

    Raises NoSubscription; ValueError if it is not the amount asked for.
    """
    with transaction.atomic():
        if not agree(subscriptions.lock_current(user), amount, at=at):
            raise ValueError(amount)


def record(
    subscription: UserSubscription,
    item: str,
    amount: int,
    *,
    effective_at: dt.datetime,
    at: dt.datetime,
    old: int | None = None,
    plan: SubscriptionPlan | None = None,
) -> None:
    """Writes down what was agreed to, of `plan` or of the one that comes next."""
    BillingConsent.objects.create(
        user_id=subscription.user_id,
        subscription=subscription,
        item=item,
        plan=plan or subscription.next_plan or subscription.plan,
        old_amount=old,
        amount=amount,
        currency=subscription.currency,
        effective_at=effective_at,
        occurred_at=at,
    )


def _with_consent(subscription: UserSubscription, plan: SubscriptionPlan, amount: int, starts_at: dt.datetime) -> int:
    if not has_consent(subscription, plan, amount, starts_at=starts_at):
        raise ConsentMissing(amount)
    return amount
