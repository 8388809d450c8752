"""Receipts: what was paid or returned, when, for which period, with VAT, method and seller."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from billing import gateways, ledger, money, periods
from billing.gateways import demo
from billing.models import PaymentTransaction

Type, Status = PaymentTransaction.Type, PaymentTransaction.Status


def rows(user: User) -> list[dict[str, Any]]:
    """Everything that was paid and returned, newest first.

    It stays readable after a subscription is over.
    """
    found = (
        PaymentTransaction.objects.select_related("plan")
        .filter(user=user, status=Status.COMPLETED)
        .order_by("-created_at", "-id")
    )
    return [
        {
            "payment": payment,
            "on": periods.day_of(payment.completed_at or payment.created_at),
            "amount": payment.amount if payment.transaction_type == Type.PAYMENT else -payment.amount,
        }
        for payment in found
    ]


def returning(user: User) -> list[PaymentTransaction]:
    """The refunds that the gateway has not confirmed yet."""
    return list(PaymentTransaction.objects.filter(user=user, transaction_type=Type.REFUND, status=Status.PENDING))


def page(user: User, payment_id: UUID) -> dict[str, Any] | None:
    """The receipt of one of the person's own payments or refunds; None if there is no such one."""
    payment = (
        PaymentTransaction.objects.select_related("plan", "parent")
        .filter(user=user, pk=payment_id, status=Status.COMPLETED)
        .first()
    )
    if payment is None:
        return None
    split = money.vat(payment.amount, payment.currency)
    ends_at, at = payment.period_ends_at, payment.completed_at or payment.created_at
    is_payment = payment.transaction_type == Type.PAYMENT
    # What was returned is below zero in every row, so that it is not read as paid.
    sign = 1 if is_payment else -1
    return {
        "payment": payment,
        "plan": payment.plan,
        "cycle": payment.plan.get_billing_cycle_display() if payment.plan else "",
        "is_payment": is_payment,
        "at": at.isoformat(),
        "wall_clock": periods.wall_clock(at),
        "starts_on": periods.day_of(payment.period_starts_at) if payment.period_starts_at else None,
        "lasts_until": periods.last_day(ends_at) if ends_at else None,
        "amount": sign * payment.amount,
        "supply": sign * split.supply,
        "vat": sign * split.vat,
        "method": method_of(payment),
        "number": order_number(payment),
        "is_demo": payment.payment_gateway == gateways.DEMO.name,
        "returned": ledger.refunded(payment),
        "seller": settings.SELLER,
        "support_email": settings.SUPPORT_EMAIL,
    }


def method_of(payment: PaymentTransaction) -> str:
    """What a payment was made with, or a refund's payment; empty if nobody knows."""
    facts = payment.gateway_response or (payment.parent.gateway_response if payment.parent else None) or {}
    return method_text(facts.get("method", ""))


def method_text(label: str) -> str:
    """A way to pay as its gateway names it; the demo's in the active language."""
    return label.replace(demo.CARD, _("데모 카드"))


def order_number(payment: PaymentTransaction) -> str:
    """The number that people and staff name a payment by."""
    day = periods.day_of(payment.created_at)
    return f"W-{day:%y%m%d}-{payment.pk.hex[-6:].upper()}"
