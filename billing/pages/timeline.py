"""What happened with a subscription, for staff, in one list."""

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.models import BillingConsent, GatewayEvent, PaymentTransaction, UserSubscription
from billing.pages import amounts, receipts
from core.audit.models import AuditLog
from notifications.models import Notification

# What each message of billing/notices.py is about, by the part of its effect key.
MESSAGES = {
    "paid": gettext_lazy("결제했어요"),
    "declined": gettext_lazy("결제되지 않았어요"),
    "refunded": gettext_lazy("돌려드렸어요"),
    "trial": gettext_lazy("무료 체험이 시작됐어요"),
    "trial-ending": gettext_lazy("무료 체험이 곧 끝나요"),
    "renewing": gettext_lazy("곧 결제해요"),
    "price": gettext_lazy("가격이 올라요"),
    "canceled": gettext_lazy("해지했어요"),
    "undone": gettext_lazy("해지를 되돌렸어요"),
    "pausing": gettext_lazy("멈출 예정이에요"),
    "paused": gettext_lazy("멈췄어요"),
    "switching": gettext_lazy("요금제를 바꿀 예정이에요"),
    "ended": gettext_lazy("구독이 끝났어요"),
}


class TimelineEntry(NamedTuple):
    at: dt.datetime
    kind: str
    text: str


def find(wanted: str) -> UUID | None:
    """The subscription of a mail address, an order number, or the key or id of a payment."""
    wanted = wanted.replace("\0", "").strip()
    if not wanted:
        return None
    if "@" in wanted:
        found = UserSubscription.objects.filter(user__in=User.objects.filter(email=wanted))
        return found.order_by("-created_at").values_list("pk", flat=True).first()
    rows = PaymentTransaction.objects.filter(subscription__isnull=False)
    known = rows.filter(Q(idempotency_key=wanted) | Q(gateway_transaction_id=wanted)).first() or _numbered(wanted)
    return known.subscription_id if known else None


def _numbered(number: str) -> PaymentTransaction | None:
    """The payment with this order number: its day narrows the search."""
    head, _dash, rest = number.upper().partition("-")
    day, _dash, end = rest.partition("-")
    if head != "W" or not day.isdigit() or len(day) != 6:
        return None
    try:
        on = dt.datetime.strptime(day, "%y%m%d").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    near = PaymentTransaction.objects.filter(created_at__range=(on - dt.timedelta(days=1), on + dt.timedelta(days=2)))
    return next((row for row in near if receipts.order_number(row) == f"W-{day}-{end}"), None)


def of_subscription(subscription_id: Any) -> list[TimelineEntry]:
    """Everything about one subscription, newest first; empty for an id that is none."""
    try:
        subscription = UserSubscription.objects.get(pk=subscription_id)
    except (UserSubscription.DoesNotExist, ValueError, TypeError, ValidationError):
        return []
    payments = list(PaymentTransaction.objects.filter(subscription=subscription))
    entries = [*_of_payments(payments), *_of_webhooks(payments), *_of_messages(subscription, payments)]
    entries += [*_of_phases(subscription), *_of_consents(subscription)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _of_payments(payments: list[PaymentTransaction]) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            row.created_at,
            _("결제"),
            f"{row.get_transaction_type_display()} · {row.get_purpose_display() or ''} ·"
            f" {amounts.text(row.amount, row.currency)} · {row.get_status_display()} · {receipts.order_number(row)}",
        )
        for row in payments
    ]


def _of_webhooks(payments: list[PaymentTransaction]) -> list[TimelineEntry]:
    keys = [key for row in payments for key in (row.idempotency_key, row.gateway_transaction_id) if key]
    return [
        TimelineEntry(row.created_at, _("대행사"), row.event_type)
        for row in GatewayEvent.objects.filter(reference__in=keys)
    ]


def _of_messages(subscription: UserSubscription, payments: list[PaymentTransaction]) -> list[TimelineEntry]:
    """By their effect keys: what was said is the person's."""
    about = Q(effect_key__contains=f":{subscription.pk}")
    for row in payments:
        about |= Q(effect_key__endswith=f":{row.pk}")
    rows = Notification.objects.filter(about, user=subscription.user_id, effect_key__startswith="billing:")
    return [
        TimelineEntry(
            row.scheduled_for or row.created_at,
            _("알림"),
            f"{MESSAGES[(row.effect_key or '').split(':')[1]]} · {row.get_delivery_status_display()}",
        )
        for row in rows
    ]


def _of_phases(subscription: UserSubscription) -> list[TimelineEntry]:
    rows = AuditLog.objects.filter(table_name="user_subscriptions", record_id=subscription.pk)
    return [
        TimelineEntry(row.occurred_at, _("상태"), str(UserSubscription.Phase(row.new_values["phase"]).label))
        for row in rows
        if row.new_values and "phase" in row.new_values
    ]


def _of_consents(subscription: UserSubscription) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            row.occurred_at, _("동의"), f"{row.get_item_display()} · {amounts.text(row.amount, row.currency)}"
        )
        for row in BillingConsent.objects.filter(subscription=subscription)
    ]
