"""Refunds by staff: with a reason, and up to a limit that depends on their role."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing import charges, subscriptions
from billing.lifecycle import Event, allows
from billing.models import PaymentTransaction

Purpose = PaymentTransaction.Purpose
REASONS = [Purpose.GOODWILL, Purpose.ERROR, Purpose.NOT_OWED]
# Hundredths, for each refund. Superusers have no limit.
LIMITS = {"billing": 10_000_000, "support": 2_000_000}


class TooMuch(Exception):
    """More than the role allows, or than is left of the payment; `most` is what is possible."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


def most_for(staff: User) -> int | None:
    """The largest refund that this person may make; None is unlimited, 0 none."""
    if staff.is_superuser:
        return None
    return max((LIMITS.get(name, 0) for name in staff.groups.values_list("name", flat=True)), default=0)


def left_of(payment: PaymentTransaction) -> int:
    return payment.amount - charges.refunded(payment, with_open=True)


def refund(
    payment_id: UUID, *, amount: int, reason: str, ends_plan: bool, staff: User, at: dt.datetime
) -> PaymentTransaction:
    """Opens a refund.

    `ends_plan` also ends the subscription now. Raises TooMuch, ValueError for an unknown reason.
    """
    if reason not in REASONS:
        raise ValueError(reason)
    with transaction.atomic():
        payment = PaymentTransaction.objects.select_related("plan").get(
            pk=payment_id,
            subscription__isnull=False,
            transaction_type=PaymentTransaction.Type.PAYMENT,
            status=PaymentTransaction.Status.COMPLETED,
        )
        assert payment.subscription_id is not None  # noqa: S101 - the query asks for one
        subscription = subscriptions.lock(payment.subscription_id)
        limit, left = most_for(staff), left_of(payment)
        most = left if limit is None else min(limit, left)
        if not 0 < amount <= most:
            raise TooMuch(most)
        made = charges.open_refund(payment, amount=amount, reason=reason, at=at, by=staff.pk)
        if ends_plan and allows(subscription.phase, Event.WITHDRAW):
            subscription.current_period_end = max(at, subscription.current_period_start)
            subscriptions.advance(subscription, Event.WITHDRAW, at=at)
    return made
