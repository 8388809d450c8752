"""The checkout: a person agrees, registers a method with the gateway, and the plan begins.

    begin      a pending subscription and the consent; nothing is paid yet
    confirm    the person is back: the trial begins, or the first payment is opened

A success page gives no plan. The plan comes from a registration that the gateway confirms and from its answer to the charge.
"""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from billing import gateways, ledger, notices, payment_methods, periods, plans, prices, subscriptions
from billing.gateways.base import Method, Registration
from billing.lifecycle import Event, Phase, Status
from billing.models import BillingConsent, PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.payment_methods import NoGateway

RETURN = "/billing/return/"
Item = BillingConsent.Item


class AlreadySubscribed(Exception):
    """The person has a subscription, or a payment of one under way."""


class TrialUsed(Exception):
    """A person has one trial."""


def can_try(user: User) -> bool:
    return not UserSubscription.objects.filter(user=user, trial_started_at__isnull=False).exists()


def begin(user: User, plan_id: str, *, trial: bool, at: dt.datetime) -> Registration:
    """Begins a checkout and gives where the method is registered.

    Raises NotForSale, NoGateway, AlreadySubscribed, TrialUsed, UnknownOutcome.
    """
    plan = plans.for_sale(plan_id)
    gateway = gateways.offered(plan.currency)
    if gateway is None:
        raise NoGateway
    if trial and not can_try(user):
        raise TrialUsed
    subscription = _pending(user, plan, gateway.name, at=at)
    starts_at = periods.days_later(at, periods.TRIAL_DAYS) if trial else at
    item = Item.TRIAL if trial else Item.RECURRING
    prices.record(subscription, item, plan.price, effective_at=starts_at, at=at)
    return _register(subscription, at=at)


def _pending(user: User, plan: SubscriptionPlan, gateway: str, *, at: dt.datetime) -> UserSubscription:
    """A pending subscription; an earlier checkout in which nothing was paid is given up for it."""
    with transaction.atomic():
        former = UserSubscription.objects.select_for_update().filter(user=user, phase=Phase.PENDING).first()
        if former and not subscriptions.has_open_payment(former):
            subscriptions.advance(former, Event.CANCEL, at=at)
        try:
            with transaction.atomic():
                return UserSubscription.objects.create(
                    user=user,
                    plan=plan,
                    phase=Phase.PENDING,
                    status=Status.PENDING,
                    amount=plan.price,
                    currency=plan.currency,
                    started_at=at,
                    current_period_start=at,
                    current_period_end=at,
                    payment_gateway=gateway,
                    created_at=at,
                )
        except IntegrityError as error:
            raise AlreadySubscribed from error


def _register(subscription: UserSubscription, *, at: dt.datetime) -> Registration:
    """Raises UnknownOutcome."""
    registration = payment_methods.begin_registration(
        subscription.user, subscription.payment_gateway or "", currency=subscription.currency, path=RETURN, at=at
    )
    UserSubscription.objects.filter(pk=subscription.pk).update(external_subscription_id=registration.reference)
    return registration


def change_method(user: User, *, at: dt.datetime) -> Registration:
    """Begins the registration of another method.

    Raises NoSubscription, UnknownOutcome.
    """
    subscription = subscriptions.current(user)
    if subscription is None or subscription.phase == Phase.PENDING:
        raise subscriptions.NoSubscription
    return _register(subscription, at=at)


def confirm(user: User, *, at: dt.datetime, reference: str = "") -> UserSubscription:
    """Takes the registered method.

    Calling it again, or from two tabs, changes nothing more.

    `reference` is what the browser brought; it counts where the gateway gives it only there. Anywhere else it could name
    what another person registered. Raises NoSubscription, MethodRefused, UnknownOutcome.
    """
    subscription = subscriptions.current(user)
    if subscription is None or not subscription.external_subscription_id:
        raise subscriptions.NoSubscription
    gateway = subscription.payment_gateway or ""
    brought = reference if gateways.named(gateway).browser_brings_reference else ""
    asked = brought or subscription.external_subscription_id
    method = payment_methods.registered(user, gateway, reference=asked, at=at)
    with transaction.atomic():
        locked = subscriptions.lock(subscription.pk)
        if locked.external_subscription_id == subscription.external_subscription_id:
            _take(locked, method, at=at)
    return locked


def _take(subscription: UserSubscription, method: Method, *, at: dt.datetime) -> None:
    if subscription.phase == Phase.EXPIRED:
        return
    # The registration is used up: a second return finds nothing to do.
    subscription.external_subscription_id = None
    subscription.save(update_fields=["external_subscription_id"])
    payment_methods.store(subscription, method, at=at)
    if subscription.phase == Phase.PENDING and not subscriptions.has_open_payment(subscription):
        _start(subscription, at=at)


def _start(subscription: UserSubscription, *, at: dt.datetime) -> None:
    if is_for_trial(subscription):
        _begin_trial(subscription, at=at)
        return
    plan = subscription.plan
    ledger.open_payment(
        subscription,
        purpose=PaymentTransaction.Purpose.SUBSCRIBE,
        plan=plan,
        # What the person has agreed to, even if the price changed meanwhile.
        amount=subscription.amount,
        starts_at=at,
        ends_at=periods.end(at, plan.billing_cycle, anchor=periods.day_of(at).day),
        at=at,
    )


def is_for_trial(subscription: UserSubscription) -> bool:
    """Whether the person has agreed to a trial at the checkout."""
    return BillingConsent.objects.filter(subscription=subscription, item=Item.TRIAL).exists()


def _begin_trial(subscription: UserSubscription, *, at: dt.datetime) -> None:
    ends_at = periods.days_later(at, periods.TRIAL_DAYS)
    subscription.trial_started_at = subscription.current_period_start = at
    subscription.current_period_end = ends_at
    subscription.anchor_day = periods.day_of(ends_at).day
    subscriptions.advance(subscription, Event.TRIAL_BEGAN, at=at)
    notices.trial_began(subscription, at=at)


def latest_payment(subscription_id: UUID) -> PaymentTransaction | None:
    """The newest payment of a subscription, whose outcome the page shows."""
    return (
        PaymentTransaction.objects.select_related("plan", "method")
        .filter(subscription=subscription_id, transaction_type=PaymentTransaction.Type.PAYMENT)
        .order_by("-created_at", "-id")
        .first()
    )
