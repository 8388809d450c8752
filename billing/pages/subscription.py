"""Contexts of the subscription page and of the outcome of a payment."""

import datetime as dt
from typing import Any

from accounts.models import User
from billing import charges, checkout, pauses, periods, plan_switches, plans, prices, subscriptions, withdrawals
from billing.lifecycle import Phase
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.pages import receipts

Status = PaymentTransaction.Status


def page(user: User, *, at: dt.datetime) -> dict[str, Any]:
    subscription = subscriptions.current(user)
    context: dict[str, Any] = {"subscription": subscription, "receipts": receipts.rows(user)}
    if subscription is None or subscription.phase == Phase.PENDING:
        return {**context, "subscription": None, "pending": subscription}
    coming = subscription.next_plan or subscription.plan
    rise = prices.rise(subscription)
    asks = rise is not None and not prices.has_consent(
        subscription, coming, rise, starts_at=subscription.current_period_end
    )
    return {
        **context,
        "plan": subscription.plan,
        "cycle": subscription.plan.get_billing_cycle_display(),
        "starts_on": periods.day_of(subscription.current_period_start),
        "lasts_until": subscription.lasts_until,
        "next_on": periods.day_of(subscription.current_period_end),
        "next_amount": prices.of_next(subscription)[0],
        "retry_on": periods.day_of(subscription.retry_at) if subscription.retry_at else None,
        "method": receipts.method_text(subscription.method.label) if subscription.method else "",
        "is_charging": subscriptions.has_open_payment(subscription),
        "rise": rise if asks and is_time_to_ask(subscription, at=at) else None,
        "switches": _switches(subscription, at=at),
        "pauses": _pauses(subscription),
        "resume": _resume(subscription, at=at),
        "withdrawal": withdrawals.offer(subscription, at=at),
    }


def is_time_to_ask(subscription: UserSubscription, *, at: dt.datetime) -> bool:
    return subscription.current_period_end - prices.NOTICE <= at < subscription.current_period_end


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


def _resume(subscription: UserSubscription, *, at: dt.datetime) -> dict[str, Any] | None:
    """What going on now costs somebody who pauses; `old` is the amount agreed to before, if this one is higher."""
    if subscription.phase != Phase.PAUSED:
        return None
    amount, is_higher = prices.of_resuming(subscription, at=at)
    return {"amount": amount, "old": subscription.amount if is_higher else None}


def outcome(user: User) -> dict[str, Any]:
    """What became of the latest payment.

    `state`: waiting, done, failed or nothing.
    """
    subscription = subscriptions.current(user) or (
        UserSubscription.objects.select_related("plan").filter(user=user).order_by("-created_at").first()
    )
    payment = checkout.latest_payment(subscription.pk) if subscription else None
    states = {Status.PENDING: "waiting", Status.COMPLETED: "done", Status.FAILED: "failed"}
    state = states.get(Status(payment.status), "nothing") if payment else "nothing"
    if subscription and subscription.phase == Phase.TRIAL and state == "nothing":
        state = "done"
    return {
        "state": state,
        # Nobody declined it: the gateway never received it.
        "is_unreceived": payment is not None and payment.failure_reason == charges.NOT_RECEIVED,
        "payment": payment,
        "subscription": subscription,
        "plan": subscription.plan if subscription else None,
        "next_on": periods.day_of(subscription.current_period_end) if subscription else None,
        "next_amount": prices.of_next(subscription)[0] if subscription else None,
        "sent_at": periods.wall_clock(payment.created_at) if payment else None,
    }
