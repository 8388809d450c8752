"""Withdrawal within seven days: everything back, at once (전자상거래법 제17조).

It covers the payment that began the contract: the first, the one after a trial, and a switch. Of a switch the value of the
unused days of the plan before, which had lowered its price, is returned too, from the payment that had paid for them. The
days are Korean days; the last one counts whole. The refund is a job of the same minute; the law allows three business days
(billing/refund_deadlines.py).
"""

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from billing import fuses, ledger, notices, periods, refund_deadlines, subscriptions
from billing.lifecycle import Event, IllegalTransition, allows
from billing.models import PaymentTransaction, UserSubscription

DAYS = 7
Purpose = PaymentTransaction.Purpose
CONTRACTS = [Purpose.SUBSCRIBE, Purpose.CONVERT, Purpose.SWITCH]


class Withdrawal(NamedTuple):
    """What a withdrawal would give back: amounts by payment."""

    returns: tuple[tuple[PaymentTransaction, int], ...]
    last_day: dt.date

    @property
    def amount(self) -> int:
        return sum(amount for _payment, amount in self.returns)


def offer(subscription: UserSubscription, *, at: dt.datetime) -> Withdrawal | None:
    """The withdrawal that is possible now; None if there is none."""
    payment = _contract(subscription)
    if payment is None or payment.completed_at is None or not allows(subscription.phase, Event.WITHDRAW):
        return None
    last_day = periods.day_of(payment.completed_at) + dt.timedelta(days=DAYS)
    returns = tuple(_returns(payment))
    if periods.day_of(at) > last_day or not returns:
        return None
    return Withdrawal(returns, last_day)


def withdraw(user: User, *, at: dt.datetime) -> Withdrawal:
    """Ends the plan now and gives the money back.

    Raises NoSubscription; IllegalTransition if there is nothing to withdraw from.
    """
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        found = offer(subscription, at=at)
        if found is None or subscriptions.has_open_payment(subscription):
            raise IllegalTransition(subscription.phase)
        subscription.canceled_at = at
        subscription.current_period_end = max(at, subscription.current_period_start)
        subscriptions.advance(subscription, Event.WITHDRAW, at=at)
        for payment, amount in found.returns:
            ledger.open_refund(payment, amount=amount, reason=Purpose.WITHDRAWAL, at=at)
        notices.ended(subscription, "withdrawn", at=at)
    return found


def report_late(now: dt.datetime) -> int:
    """Alerts the staff to withdrawals whose money is late, once each; gives how many are."""
    refunds = PaymentTransaction.objects.select_related("parent").filter(
        transaction_type=PaymentTransaction.Type.REFUND,
        purpose=Purpose.WITHDRAWAL,
        status__in=[PaymentTransaction.Status.PENDING, PaymentTransaction.Status.FAILED],
    )
    return sum(_report_if_late(refund, on=periods.day_of(now), at=now) for refund in refunds)


def _report_if_late(refund: PaymentTransaction, *, on: dt.date, at: dt.datetime) -> bool:
    due = refund_deadlines.due_on(periods.day_of(refund.created_at))
    is_back = refund.parent is not None and ledger.refunded(refund.parent) >= refund.amount
    if on <= due or is_back:
        return False
    owed = refund_deadlines.interest(refund.amount, due=due, on=on, currency=refund.currency)
    facts = {"due": str(due), "amount": refund.amount, "interest": owed, "interest_on": str(on)}
    fuses.report(fuses.Kind.LATE, refund.idempotency_key or "", at=at, **facts)
    return True


def _contract(subscription: UserSubscription) -> PaymentTransaction | None:
    """The payment of the current period, if it began a contract."""
    return _paid(subscription).filter(purpose__in=CONTRACTS, period_starts_at=subscription.current_period_start).first()


def _returns(payment: PaymentTransaction) -> list[tuple[PaymentTransaction, int]]:
    returns = [(payment, ledger.refundable(payment))]
    left = payment.credit
    subscription = payment.subscription
    assert subscription is not None  # noqa: S101 - payments of a contract have one
    earlier = _paid(subscription).filter(period_starts_at__lt=payment.period_starts_at).order_by("-period_starts_at")
    for former in earlier:
        part = min(left, ledger.refundable(former))
        returns.append((former, part))
        left -= part
    return [(one, amount) for one, amount in returns if amount > 0]


def _paid(subscription: UserSubscription) -> QuerySet[PaymentTransaction]:
    return PaymentTransaction.objects.filter(
        subscription=subscription,
        transaction_type=PaymentTransaction.Type.PAYMENT,
        status=PaymentTransaction.Status.COMPLETED,
        is_excess=False,
    )
