"""Contexts of the subscription page and of the outcome of a payment."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from billing import charges, checkout, pauses, periods, plan_switches, plans, prices, subscriptions, withdrawals
from billing.gateways import demo
from billing.lifecycle import Phase
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.pages import receipts

Status = PaymentTransaction.Status
CONTINUING = {PaymentTransaction.Purpose.RENEW, PaymentTransaction.Purpose.CONVERT}


def page(user: User, *, at: dt.datetime) -> dict[str, Any]:
    subscription = subscriptions.current(user)
    is_charging = subscription is not None and subscriptions.has_open_payment(subscription)
    context: dict[str, Any] = {
        "subscription": subscription,
        "receipts": receipts.rows(user),
        "returning": receipts.returning(user),
        "is_charging": is_charging,
    }
    if subscription is None or subscription.phase == Phase.PENDING:
        is_trial = subscription is not None and checkout.is_for_trial(subscription)
        return {**context, "subscription": None, "pending": subscription, "is_trial": is_trial}
    next_amount, lacks_consent = prices.of_next(subscription)
    return {
        **context,
        "plan": subscription.plan,
        "cycle": subscription.plan.get_billing_cycle_display(),
        "starts_on": periods.day_of(subscription.current_period_start),
        "lasts_until": subscription.lasts_until,
        "next_on": periods.day_of(subscription.current_period_end),
        "next_amount": next_amount,
        "lacks_consent": lacks_consent,
        "retry_on": periods.day_of(subscription.retry_at) if subscription.retry_at else None,
        "method": receipts.method_text(subscription.method.label) if subscription.method else "",
        "rise": _rise(subscription, at=at),
        # A switch that is planned is not a rise of the plan.
        "is_rise_agreed": bool(prices.rise(subscription)) and not (subscription.next_plan or lacks_consent),
        "is_asked": prices.is_time_to_ask(subscription, at=at),
        "asks_on": periods.day_of(subscription.current_period_end - prices.NOTICE),
        # Its outcome may change what is possible: until then these would be refused.
        "switches": [] if is_charging else _switches(subscription, at=at),
        "pauses": [] if is_charging else _pauses(subscription),
        # The day on which a scheduled pause is over.
        "resumes_on": periods.day_of(subscription.next_charge_at) if subscription.pause_months else None,
        "resume": _resume(subscription, at=at),
        "withdrawal": None if is_charging else _withdrawal(subscription, at=at),
    }


def _rise(subscription: UserSubscription, *, at: dt.datetime) -> int | None:
    """The higher amount of the next charge, while the consent to it is missing.

    It is shown before it is asked for, except to somebody who is charged nothing for a while.
    """
    is_charged_next = subscription.phase == Phase.ACTIVE and not subscription.pause_months
    if not is_charged_next and not (subscription.phase == Phase.PAUSED and prices.is_time_to_ask(subscription, at=at)):
        return None
    if subscription.current_period_end <= at:
        return None
    return prices.rise_without_consent(subscription)


def _switches(subscription: UserSubscription, *, at: dt.datetime) -> list[dict[str, Any]]:
    """Each other plan with what switching to it costs now."""
    if subscription.phase not in (Phase.ACTIVE, Phase.TRIAL) or subscription.method is None:
        return []
    others = [plan for plan in plans.active() if plan.price and plan.pk != subscription.plan_id]
    found = []
    for plan in others:
        preview = plan_switches.preview(subscription, plan, at=at)
        found.append(
            {
                "plan": plan,
                "cycle": plan.get_billing_cycle_display(),
                "preview": preview,
                "credit": -preview.credit,
                "next_on": periods.day_of(preview.next_charge_at),
                "per_month": per_month(plan),
            }
        )
    return found


def per_month(plan: SubscriptionPlan) -> int | None:
    """What a month of a longer period costs, rounded down to ten won; None for a monthly plan."""
    months = periods.MONTHS[periods.Cycle(plan.billing_cycle)]
    if months == 1:
        return None
    step = 1000 if plan.currency == "KRW" else 1
    return plan.price // months // step * step


def _pauses(subscription: UserSubscription) -> list[dict[str, Any]]:
    if subscription.phase != Phase.ACTIVE or subscription.pause_months:
        return []
    end, anchor = subscription.current_period_end, subscription.anchor
    return [
        {"months": months, "resumes_on": periods.day_of(periods.months_later(end, months, anchor=anchor))}
        for months in range(1, pauses.MOST_MONTHS + 1)
    ]


def _withdrawal(subscription: UserSubscription, *, at: dt.datetime) -> dict[str, Any] | None:
    """What a withdrawal gives back, and to where: the cards that paid, which may have been replaced since."""
    found = withdrawals.offer(subscription, at=at)
    if found is None:
        return None
    methods = [receipts.method_of(payment) for payment, _amount in found.returns]
    return {
        "amount": found.amount,
        "last_day": found.last_day,
        "methods": ", ".join(dict.fromkeys(method for method in methods if method)),
    }


def _resume(subscription: UserSubscription, *, at: dt.datetime) -> dict[str, Any] | None:
    """What going on now costs somebody who pauses; `old` is the amount agreed to before, if this one is higher."""
    if subscription.phase != Phase.PAUSED:
        return None
    amount, is_higher = prices.of_resuming(subscription, at=at)
    return {"amount": amount, "old": subscription.amount if is_higher else None}


def registering(user: User, *, at: dt.datetime) -> dict[str, Any]:
    """What the way to pay that is being registered pays today and next.

    Empty without a subscription.
    """
    subscription = subscriptions.current(user)
    if subscription is None:
        return {}
    context = {"plan": subscription.plan, "currency": subscription.currency, "today": 0, "is_trial": False}
    if subscription.phase == Phase.PENDING:
        return context | _first_payments(subscription, at=at)
    amount = prices.of_next(subscription)[0]
    if subscription.phase in (Phase.PAST_DUE, Phase.GRACE):
        return context | {"today": amount}
    if subscription.phase == Phase.CANCELED:
        return context
    return context | {
        "next_on": periods.day_of(subscription.next_charge_at),
        "next_amount": amount,
        "is_trial": subscription.phase == Phase.TRIAL,
    }


def sample_cards() -> list[tuple[str, str]]:
    """The last digits of cards of the demo gateway and what becomes of each."""
    return [
        ("4242", _("결제돼요")),
        (demo.REFUSED_AT_ONCE, _("등록이 거절돼요")),
        (demo.REFUSED_LATER, _("등록되고, 결제가 거절돼요")),
        (demo.UNDECIDED, _("결제를 계속 확인해요")),
    ]


def _first_payments(subscription: UserSubscription, *, at: dt.datetime) -> dict[str, Any]:
    """What a checkout agreed to takes today, and next."""
    is_trial = checkout.is_for_trial(subscription)
    days = periods.days_later(at, periods.TRIAL_DAYS)
    following = days if is_trial else periods.end(at, subscription.plan.billing_cycle, anchor=periods.day_of(at).day)
    return {
        "today": 0 if is_trial else subscription.amount,
        "next_on": periods.day_of(following),
        "next_amount": subscription.amount,
        "is_trial": is_trial,
    }


def outcome(user: User) -> dict[str, Any]:
    """What became of the latest payment.

    `state`: waiting, done, failed or nothing.
    """
    subscription = subscriptions.current(user) or (
        UserSubscription.objects.select_related("plan").filter(user=user).order_by("-created_at").first()
    )
    payment = checkout.latest_payment(subscription.pk) if subscription else None
    return {
        "state": _state(subscription, payment),
        # Nobody declined it: the gateway never received it.
        "is_unreceived": payment is not None and payment.failure_reason == charges.NOT_RECEIVED,
        "payment": payment,
        "subscription": subscription,
        "plan": subscription.plan if subscription else None,
        "next_on": periods.day_of(subscription.current_period_end) if subscription else None,
        "next_amount": prices.of_next(subscription)[0] if subscription else None,
        "sent_at": periods.wall_clock(payment.created_at) if payment else None,
        # Of a plan that went on, not of one that began.
        "goes_on": payment is not None and payment.purpose in CONTINUING,
        "is_first": payment is not None and payment.purpose == PaymentTransaction.Purpose.SUBSCRIBE,
    }


def _state(subscription: UserSubscription | None, payment: PaymentTransaction | None) -> str:
    """Done is what goes on: a payment of a plan that is cancelled, paused or over says nothing about now."""
    if payment is not None and payment.status in (Status.PENDING, Status.FAILED):
        return "waiting" if payment.status == Status.PENDING else "failed"
    is_on = subscription is not None and subscription.phase == (Phase.ACTIVE if payment else Phase.TRIAL)
    return "done" if is_on else "nothing"
