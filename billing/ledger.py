"""The ledger: a row for each payment and refund, with the key that makes it happen once.

    open_payment, open_refund   write a row in the caller's transaction; a worker sends it (charges.py)
    refunded, refundable        how much of a payment has gone back, and how much still can
    order_of                    a payment in the form that gateways take

Amounts are hundredths.
"""

import datetime as dt
from uuid import UUID

from django.db.models import Sum
from uuid6 import uuid7

from billing.gateways.base import Order
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from core import wakeups

Status, Type = PaymentTransaction.Status, PaymentTransaction.Type


def open_payment(
    subscription: UserSubscription,
    *,
    purpose: str,
    plan: SubscriptionPlan,
    amount: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    at: dt.datetime,
    credit: int = 0,
) -> PaymentTransaction:
    """Writes a payment of a locked subscription, to be taken by a worker.

    Raises IntegrityError if the period has one already.
    """
    row_id, key = _new_key()
    payment = PaymentTransaction.objects.create(
        id=row_id,
        idempotency_key=key,
        user_id=subscription.user_id,
        subscription=subscription,
        transaction_type=Type.PAYMENT,
        status=Status.PENDING,
        purpose=purpose,
        plan=plan,
        method=subscription.method,
        amount=amount,
        credit=credit,
        currency=plan.currency,
        payment_gateway=subscription.payment_gateway or "",
        period_starts_at=starts_at,
        period_ends_at=ends_at,
        ask_at=at,
        created_at=at,
    )
    wake()
    return payment


def open_refund(
    payment: PaymentTransaction, *, amount: int, reason: str, at: dt.datetime, by: UUID | None = None
) -> PaymentTransaction:
    """Writes a refund of a payment whose subscription is locked.

    Raises ValueError for more than is left of it.
    """
    if not 0 < amount <= refundable(payment):
        raise ValueError(amount)
    refund = returning(payment, Type.REFUND, amount=amount, purpose=reason)
    refund.id, refund.idempotency_key = _new_key()
    refund.status, refund.requested_by = Status.PENDING, by
    refund.ask_at = refund.created_at = at
    refund.save(force_insert=True)
    wake()
    return refund


def returning(payment: PaymentTransaction, kind: str, *, amount: int, purpose: str) -> PaymentTransaction:
    """A row, not saved, for money of a payment that goes back: a refund or a dispute."""
    return PaymentTransaction(
        user_id=payment.user_id,
        subscription_id=payment.subscription_id,
        transaction_type=kind,
        purpose=purpose,
        parent=payment,
        plan=payment.plan,
        amount=amount,
        currency=payment.currency,
        payment_gateway=payment.payment_gateway,
        payment_method=payment.payment_method,
    )


def refunded(payment: PaymentTransaction) -> int:
    """How much of a payment has gone back, in hundredths."""
    rows = PaymentTransaction.objects.filter(parent=payment, transaction_type=Type.REFUND, status=Status.COMPLETED)
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def refundable(payment: PaymentTransaction) -> int:
    """How much of a payment can still be given back, in hundredths.

    Not what has gone back or is about to, nor what is disputed or lost.
    """
    rows = PaymentTransaction.objects.filter(parent=payment, status__in=[Status.COMPLETED, Status.PENDING])
    return max(payment.amount - (rows.aggregate(sum=Sum("amount"))["sum"] or 0), 0)


def order_of(payment: PaymentTransaction) -> Order:
    """The payment in the form that gateways take."""
    return Order(
        key=payment.idempotency_key or "",
        token=payment.method.token if payment.method else "",
        amount=payment.amount,
        currency=payment.currency,
        title=f"WellnessAI {payment.plan.name if payment.plan else ''}".strip(),
        customer=str(payment.user_id),
        id=payment.gateway_transaction_id or "",
    )


def wake() -> None:
    """Lets a worker send new rows once the transaction has committed."""
    wakeups.wake_on_commit("billing.charge")


def _new_key() -> tuple[UUID, str]:
    """An id for a row, and its key at the gateway."""
    row_id = uuid7()
    return row_id, f"w{row_id.hex}"
