"""The messages about a subscription and its money: one for each event, once.

They are essential: switches do not turn them off, and a mail is sent where no device is reached. Amounts and dates are
stored in the data; templates/notifications/billing writes them in the person's language.
"""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import money, periods, prices
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from core.text_format import Text
from notifications import kept_words, outbox
from notifications.models import Notification

SETTINGS = ["billing:subscription"]
# What each message is about, by the first part of its key. What it says is the person's.
ABOUT: dict[str, Text] = {
    "paid": _("결제했어요"),
    "declined": _("결제하지 못했어요"),
    "refunded": _("환불했어요"),
    "trial": _("무료 체험을 시작했어요"),
    "trial-ending": _("무료 체험이 곧 끝나요"),
    "renewing": _("곧 다시 결제해요"),
    "price": _("가격이 올라요"),
    "price-again": _("오른 가격에 동의를 기다려요"),
    "canceled": _("해지를 예약했어요"),
    "undone": _("해지를 그만뒀어요"),
    "pausing": _("쉬기를 예약했어요"),
    "paused": _("쉬기 시작했어요"),
    "switching": _("요금제를 바꿔요"),
    "ended": _("구독이 끝났어요"),
}


def paid(subscription: UserSubscription, payment: PaymentTransaction, *, at: dt.datetime) -> None:
    split = money.vat(payment.amount, payment.currency)
    facts = {
        "amount": payment.amount,
        "supply": split.supply,
        "vat": split.vat,
        "first": payment.purpose in (PaymentTransaction.Purpose.SUBSCRIBE, PaymentTransaction.Purpose.SWITCH),
        "until": periods.last_day(subscription.current_period_end),
        "next_on": periods.day_of(subscription.current_period_end),
        "to": ["billing:receipt", str(payment.pk)],
    }
    _tell(subscription, "paid", f"paid:{payment.pk}", at=at, **facts)


def declined(subscription: UserSubscription, payment: PaymentTransaction | None, *, at: dt.datetime) -> None:
    facts: dict[str, Any] = {
        "amount": payment.amount if payment else subscription.amount,
        "phase": str(subscription.phase),
        "optional": bool(payment and payment.purpose in ("switch", "resume")),
        "retry_on": periods.day_of(subscription.retry_at) if subscription.retry_at else None,
        **_method(subscription),
    }
    reference = payment.pk if payment else f"{subscription.pk}:{periods.day_of(at)}"
    _tell(subscription, "declined", f"declined:{reference}", at=at, **facts)


def refunded(subscription: UserSubscription, refund: PaymentTransaction, *, at: dt.datetime) -> None:
    to = ["billing:receipt", str(refund.pk)]
    _tell(subscription, "refunded", f"refunded:{refund.pk}", at=at, amount=refund.amount, to=to)


def trial_began(subscription: UserSubscription, *, at: dt.datetime) -> None:
    facts = {**_next(subscription), **_method(subscription)}
    _tell(subscription, "trial_began", f"trial:{subscription.pk}", at=at, **facts)


def trial_ending(subscription: UserSubscription, *, at: dt.datetime) -> None:
    """Announces, three days before, that a trial becomes a paid plan."""
    facts = {**_next(subscription), **_method(subscription)}
    _tell(subscription, "trial_ending", f"trial-ending:{subscription.pk}", at=at, **facts)


def renewing(subscription: UserSubscription, *, at: dt.datetime) -> None:
    """Announces a payment three days before."""
    key = f"renewing:{subscription.pk}:{periods.day_of(subscription.current_period_end)}"
    is_paused = subscription.phase == UserSubscription.Phase.PAUSED
    facts = {**_next(subscription), **_method(subscription), "paused": is_paused}
    coming = _name(subscription, subscription.next_plan or subscription.plan)
    _tell(subscription, "renewing", key, at=at, **{**facts, "plan": coming})


def price_rises(subscription: UserSubscription, amount: int, *, again: bool = False, at: dt.datetime) -> None:
    """Asks for the consent to a higher price, `again` shortly before the plan ends without it.

    The message names the day, both amounts, the way to pay and how to cancel.
    """
    about = f"{subscription.pk}:{amount}:{periods.day_of(subscription.current_period_end)}"
    key = f"price-again:{about}" if again else f"price:{about}"
    facts = {**_next(subscription), **_method(subscription), "old": subscription.amount, "new": amount, "again": again}
    _tell(subscription, "price_rises", key, at=at, **facts)


def canceled(subscription: UserSubscription, *, at: dt.datetime) -> None:
    _tell(subscription, "canceled", f"canceled:{subscription.pk}:{at.isoformat()}", at=at, **_next(subscription))


def cancel_undone(subscription: UserSubscription, *, at: dt.datetime) -> None:
    _tell(subscription, "cancel_undone", f"undone:{subscription.pk}:{at.isoformat()}", at=at, **_next(subscription))


def pause_planned(subscription: UserSubscription, *, at: dt.datetime) -> None:
    facts = {
        **_next(subscription),
        "months": subscription.pause_months,
        "resumes_on": periods.day_of(subscription.next_charge_at),
        "lacks_consent": prices.of_next(subscription)[1],
    }
    _tell(subscription, "pause_planned", f"pausing:{subscription.pk}:{at.isoformat()}", at=at, **facts)


def pause_began(subscription: UserSubscription, *, at: dt.datetime) -> None:
    _tell(subscription, "pause_began", f"paused:{subscription.pk}:{at.isoformat()}", at=at, **_next(subscription))


def plan_changes(subscription: UserSubscription, *, at: dt.datetime) -> None:
    """Announces the smaller plan that begins with the next period."""
    assert subscription.next_plan is not None  # noqa: S101 - the caller has set it
    new = subscription.next_plan
    with outbox.speaking_to(subscription.user):
        cycle = kept_words.of_choice(SubscriptionPlan, "billing_cycle", new.billing_cycle)
    facts = {**_next(subscription), "new": _name(subscription, new), "cycle": cycle}
    _tell(subscription, "plan_changes", f"switching:{subscription.pk}:{at.isoformat()}", at=at, **facts)


def ended(subscription: UserSubscription, why: str, *, at: dt.datetime) -> None:
    """Says that the plan is over.

    `why` is canceled, unpaid, no_consent, withdrawn or money_lost.
    """
    _tell(subscription, "ended", f"ended:{subscription.pk}", at=at, why=why, to=["billing:plans"])


def _next(subscription: UserSubscription) -> dict[str, Any]:
    """The next charge: what it takes and when."""
    return {
        "amount": prices.of_next(subscription)[0],
        "next_on": periods.day_of(subscription.current_period_end),
        "until": periods.last_day(subscription.current_period_end),
    }


def _method(subscription: UserSubscription) -> dict[str, Any]:
    return {"method": subscription.method.label if subscription.method else ""}


def _name(subscription: UserSubscription, plan: SubscriptionPlan) -> str:
    """A plan's name in the person's language."""
    with outbox.speaking_to(subscription.user):
        return kept_words.of_row(plan, "name")


def _tell(subscription: UserSubscription, event: str, key: str, *, at: dt.datetime, **facts: Any) -> None:
    plan = _name(subscription, subscription.plan)
    outbox.send(
        subscription.user,
        template=f"billing/{event}",
        effect_key=f"billing:{key}",
        at=at,
        type=Notification.Type.SYSTEM,
        data={"plan": plan, "currency": subscription.currency, "to": SETTINGS, **facts},
        essential=True,
    )
