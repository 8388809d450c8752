"""Contexts of the plans page and of the checkout."""

import datetime as dt
from typing import Any

from django.conf import settings

from accounts.models import User
from billing import checkout, entitlements, gateways, money, periods, plans, subscriptions
from billing.models import SubscriptionPlan
from billing.pages.subscription import per_month


def page(user: User, *, at: dt.datetime) -> dict[str, Any]:
    """The plans with the person's own."""
    now = entitlements.current_plan_id(user, at=at)
    return plans_page(now) | {"subscription": subscriptions.current(user), "can_try": checkout.can_try(user)}


def plans_page(now: str = "") -> dict[str, Any]:
    """The plans by tier, monthly and yearly side by side. `now` is the plan of who is signed in."""
    tiers: dict[str, dict[str, Any]] = {}
    for plan in plans.active():
        name = plans.tier(plan)
        tier = tiers.setdefault(name, {"id": name, "plan": plan, "is_now": False, "prices": {}})
        tier["is_now"] |= plan.pk == now
        tier["prices"][plan.billing_cycle] = {"plan": plan, "per_month": per_month(plan)}
    found = plans.everything().get(now)
    return {
        "tiers": list(tiers.values()),
        "cycles": periods.Cycle.choices,
        "cycle": found.billing_cycle if found and found.price else periods.Cycle.MONTHLY,
        "trial_days": periods.TRIAL_DAYS,
        "free_limit": entitlements.limit_of(plans.FREE_PLAN, "max_habits").most,
        "is_open": gateways.offered() is not None,
    }


def checkout_page(user: User, plan: SubscriptionPlan, *, trial: bool, at: dt.datetime) -> dict[str, Any]:
    """What is agreed to: the amount with its VAT, when it is taken and when again, how it ends."""
    split = money.vat(plan.price, plan.currency)
    begins_at = periods.days_later(at, periods.TRIAL_DAYS) if trial else at
    next_at = periods.end(begins_at, plan.billing_cycle, anchor=periods.day_of(begins_at).day)
    siblings = [
        {"plan": one, "per_month": per_month(one), "saved": _saved(one)} for one in plans.of_tier(plans.tier(plan))
    ]
    return {
        "plan": plan,
        "siblings": siblings,
        "trial": trial,
        "can_try": checkout.can_try(user),
        "trial_days": periods.TRIAL_DAYS,
        "today": 0 if trial else plan.price,
        "supply": 0 if trial else split.supply,
        "vat": 0 if trial else split.vat,
        "first_on": periods.day_of(begins_at),
        "next_on": periods.day_of(begins_at if trial else next_at),
        "withdraw_until": periods.day_of(begins_at) + dt.timedelta(days=7),
        "seller": settings.SELLER,
    }


def _saved(plan: SubscriptionPlan) -> int:
    """What a longer period costs less than its months of the same tier."""
    monthly = [one.price for one in plans.of_tier(plans.tier(plan)) if one.billing_cycle == periods.Cycle.MONTHLY]
    months = periods.MONTHS[periods.Cycle(plan.billing_cycle)]
    return max(monthly[0] * months - plan.price, 0) if monthly else 0
