"""Refunds by staff: with a reason, and up to a limit that depends on their role."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing import ledger, subscriptions
from billing.lifecycle import Event, allows
from billing.models import PaymentTransaction

Purpose = PaymentTransaction.Purpose
REASONS = [Purpose.GOODWILL, Purpose.ERROR, Purpose.NOT_OWED]
# Hundredths, for each refund; None is unlimited, as for superusers.
LIMITS = {"finance": None, "support": 2_000_000}
# Hundredths: above this a second person approves.
ALONE_UP_TO = 10_000_000


class TooMuch(Exception):
    """More than the role allows, or than is left of the payment; `most` is what is possible."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


class NeedsApproval(Exception):
    """The amount is above what one person refunds alone."""


def most_for(staff: User) -> int | None:
    """The largest refund that this person may make; None is unlimited, 0 none."""
    limits = [LIMITS[name] for name in staff.groups.values_list("name", flat=True) if name in LIMITS]
    known = [limit for limit in limits if limit is not None]
    return None if staff.is_superuser or len(known) < len(limits) else max(known, default=0)


def left_of(payment: PaymentTransaction) -> int:
    return ledger.refundable(payment)


def refund(
    payment_id: UUID,
    *,
    amount: int,
    reason: str,
    ends_plan: bool,
    staff: User,
    at: dt.datetime,
    is_approved: bool = False,
) -> PaymentTransaction:
    """Opens a refund.

    `ends_plan` also ends the subscription now, `is_approved` says that a second person agreed. Raises TooMuch,
    NeedsApproval, ValueError for an unknown reason.
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
        if amount > ALONE_UP_TO and not is_approved:
            raise NeedsApproval
        made = ledger.open_refund(payment, amount=amount, reason=reason, at=at, by=staff.pk)
        if ends_plan and allows(subscription.phase, Event.WITHDRAW):
            subscription.current_period_end = max(at, subscription.current_period_start)
            subscriptions.advance(subscription, Event.WITHDRAW, at=at)
    return made
