"""Contexts of the plans page and of the checkout."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from billing import checkout, entitlements, gateways, money, periods, plans, subscriptions
from billing.lifecycle import Phase
from billing.models import SubscriptionPlan, UserSubscription
from billing.pages.subscription import per_month
from core.text_format import storage_size

# Features, as the plans of the schema document name them, that a row of `allowances` says with its number.
SAID_IN_NUMBERS = {
    "기본 습관 추적", "제한된 AI 코칭", "무제한 습관 추적", "무제한 AI 코칭", "상세 분석", "프리미엄의 모든 것", "사진 50GB",
}  # fmt: skip
# What the plans say to somebody who met a limit.
MORE_TEXTS = {
    "max_habits": gettext_lazy("습관을 더 이어 가려면 %(plan)s 요금제가 맞아요."),
    "ai_messages_per_day": gettext_lazy("코치 메시지를 더 받으려면 %(plan)s 요금제가 맞아요."),
    "photo_storage_mb": gettext_lazy("사진을 더 남기려면 %(plan)s 요금제가 맞아요."),
    "insight_days": gettext_lazy("기분과 기운을 더 길게 비교하려면 %(plan)s 요금제가 맞아요."),
}


def page(user: User, *, at: dt.datetime, met: str = "") -> dict[str, Any]:
    """The plans with the person's own.

    `met` names the limit that led here; only some plans raise it.
    """
    begun = subscriptions.current(user)
    # A checkout that was left gives way to the next one; one that is being paid does not.
    subscription = begun if begun and begun.phase != Phase.PENDING else None
    return plans_page(entitlements.current_plan_id(user, at=at), met=met) | {
        "subscription": subscription,
        "is_charging": begun is not None and subscription is None and subscriptions.has_open_payment(begun),
        "now_text": _now_text(subscription) if subscription else "",
        "obstacle": _obstacle(subscription) if subscription else "",
        "can_try": checkout.can_try(user),
    }


def plans_page(current_plan_id: str = "", *, met: str = "") -> dict[str, Any]:
    """The plans by tier, monthly and yearly side by side. A stranger has no current plan."""
    raising = _raising(met, current_plan_id)
    first = raising or next((plan for plan in plans.active() if plan.price), None)
    tiers: dict[str, dict[str, Any]] = {}
    for plan in plans.active():
        name = plans.tier(plan)
        tier = tiers.setdefault(name, {"id": name, "plan": plan, "is_now": False, "prices": {}})
        tier["is_now"] |= plan.pk == current_plan_id
        tier["prices"][plan.billing_cycle] = {"plan": plan, "per_month": per_month(plan), "saved": _saved(plan)}
    for tier in tiers.values():
        tier["allowances"], tier["features"] = allowances(tier["plan"].pk), _features(tier["plan"])
        # Its button is the page's filled one.
        tier["is_first"] = first is not None and plans.tier(first) == tier["id"]
    current = plans.everything().get(current_plan_id)
    return {
        "tiers": list(tiers.values()),
        "cycles": periods.Cycle.choices,
        "cycle": current.billing_cycle if current and current.price else periods.Cycle.MONTHLY,
        "trial_days": periods.TRIAL_DAYS,
        "free_limit": entitlements.free_limit("max_habits").most,
        "is_open": gateways.offered() is not None,
        "more_text": MORE_TEXTS[met] % {"plan": raising.text("name")} if raising else "",
    }


def _raising(limit: str, plan_id: str) -> SubscriptionPlan | None:
    """The smallest plan that allows more of a limit than this one; None if there is none, or no such limit."""
    if limit not in MORE_TEXTS:
        return None
    now = entitlements.limit_of(plan_id, limit)
    return next((plan for plan in plans.active() if now.is_below(entitlements.limit_of(plan.pk, limit))), None)


def free_plan() -> dict[str, Any]:
    """What the free plan allows, and what the first plan with a price allows beyond it."""
    has, offer = allowances(plans.FREE_PLAN), next((plan for plan in plans.active() if plan.price), None)
    more = [row for row in allowances(offer.pk) if row not in has] if offer else []
    return {"allowances": has, "offer": offer, "offer_allowances": more}


def allowances(plan_id: str) -> list[tuple[str, str]]:
    """What a plan allows, the same rows for each plan, so that they can be compared."""
    habits, messages, photos, days = (
        entitlements.limit_of(plan_id, name).most
        for name in ("max_habits", "ai_messages_per_day", "photo_storage_mb", "insight_days")
    )
    is_year = days is None or days >= entitlements.MOST_INSIGHT_DAYS
    unlimited = _("제한 없음")
    return [
        (_("습관"), unlimited if habits is None else ngettext("%(n)s개", "%(n)s개", habits) % {"n": habits}),
        (
            _("코치 메시지"),
            unlimited if messages is None else ngettext("하루 %(n)s개", "하루 %(n)s개", messages) % {"n": messages},
        ),
        (_("사진"), unlimited if photos is None else storage_size(photos)),
        (
            _("기분·기운 비교"),
            _("지난 한 해") if is_year else ngettext("지난 %(n)s일", "지난 %(n)s일", days or 0) % {"n": days},
        ),
    ]


def _features(plan: SubscriptionPlan) -> list[str]:
    """What a plan has besides its allowances, in the active language."""
    shown = plan.text_list("features")
    if len(shown) != len(plan.features):
        return shown
    return [text for name, text in zip(plan.features, shown, strict=True) if name not in SAID_IN_NUMBERS]


def _now_text(subscription: UserSubscription) -> str:
    """How the person pays for the plan they have, and until when."""
    if subscription.phase == Phase.CANCELED:
        return _("%(day)s까지 쓸 수 있어요") % {"day": date_format(subscription.lasts_until, "DATE_FORMAT")}
    values = {
        "cycle": subscription.plan.get_billing_cycle_display(),
        "day": date_format(periods.day_of(subscription.current_period_end), "DATE_FORMAT"),
    }
    texts = {
        Phase.TRIAL: _("%(cycle)s · 첫 결제 %(day)s"),
        Phase.PAUSED: _("%(day)s에 구독을 다시 시작해요"),
        Phase.PAST_DUE: _("결제가 되지 않았어요."),
        Phase.GRACE: _("결제가 되지 않았어요."),
    }
    said = _("%(day)s부터 멈춰요") if subscription.pause_months else _("%(cycle)s · 다음 결제 %(day)s")
    return texts.get(Phase(subscription.phase), said) % values


def _obstacle(subscription: UserSubscription) -> str:
    """What comes before a change of the plan; empty if nothing does."""
    obstacles = {
        Phase.CANCELED: _("해지를 되돌리면 바꿀 수 있어요."),
        Phase.PAUSED: _("다시 시작하면 바꿀 수 있어요."),
        Phase.PAST_DUE: _("결제가 되면 바꿀 수 있어요."),
        Phase.GRACE: _("결제가 되면 바꿀 수 있어요."),
    }
    return obstacles.get(Phase(subscription.phase), "")


def checkout_page(user: User, plan: SubscriptionPlan, *, trial: bool, at: dt.datetime) -> dict[str, Any]:
    """What is agreed to, for each cycle of the plan's tier.

    The amount with its VAT, when it is taken and when again, how it ends.
    """
    offers = [_offer(one, trial=trial, at=at) for one in plans.of_tier(plans.tier(plan))]
    return {
        "plan": plan,
        "offers": offers,
        "trial": trial,
        "trial_days": periods.TRIAL_DAYS,
        "is_demo": gateways.offered(plan.currency) is gateways.DEMO,
        "seller": settings.SELLER,
    }


def _offer(plan: SubscriptionPlan, *, trial: bool, at: dt.datetime) -> dict[str, Any]:
    """One cycle: what is taken on which day."""
    begins_at = periods.days_later(at, periods.TRIAL_DAYS) if trial else at
    next_at = begins_at if trial else periods.end(begins_at, plan.billing_cycle, anchor=periods.day_of(begins_at).day)
    split = money.vat(plan.price, plan.currency)
    return {
        "plan": plan,
        "per_month": per_month(plan),
        "saved": _saved(plan),
        "today": 0 if trial else plan.price,
        "supply": split.supply,
        "vat": split.vat,
        "pays_on": periods.day_of(begins_at),
        "next_on": periods.day_of(next_at),
        "withdraw_until": periods.day_of(begins_at) + dt.timedelta(days=7),
    }


def _saved(plan: SubscriptionPlan) -> int:
    """What a longer period costs less than its months of the same tier."""
    monthly = [one.price for one in plans.of_tier(plans.tier(plan)) if one.billing_cycle == periods.Cycle.MONTHLY]
    months = periods.MONTHS[periods.Cycle(plan.billing_cycle)]
    return max(monthly[0] * months - plan.price, 0) if monthly else 0
