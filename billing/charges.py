"""Sends payments and refunds to their gateways, and asks about those whose answer was lost.

An answer that was lost leaves a payment unknown. It is asked about 1, 5 and 30 minutes, 3 and 24 hours after it was sent,
then each hour; after a day the staff get an alert. It is never charged a second time: in the first hour the same key is sent
again if the gateway has not heard of it, and after three hours a payment that the gateway does not know has failed. A payment
that is not owed any more is not sent. docs/adr/0036 has the reasons.

A gateway that lets calls wait until their timeout holds back only its own payments (billing/gateways/silence.py).
"""

import bisect
import datetime as dt
import itertools

import structlog
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from billing import fuses, gateways, ledger, lifecycle, settlement
from billing.gateways import silence
from billing.gateways.base import GatewayError, GatewayPayment, PaymentState, RefundOrder, UnknownOutcome
from billing.models import BillingAlert, PaymentTransaction, UserSubscription
from core.db.work import Clock, WorkQueue

log = structlog.get_logger(__name__)

Purpose, Status, Type = PaymentTransaction.Purpose, PaymentTransaction.Status, PaymentTransaction.Type

# After the first attempt and each question, counted from the one before: 1 m, 5 m, 30 m, 3 h, 24 h after the first.
INTERVALS = [
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=4),
    dt.timedelta(minutes=25),
    dt.timedelta(hours=2, minutes=30),
    dt.timedelta(hours=21),
]
# Since the first attempt, when a question is due.
QUESTIONS = list(itertools.accumulate(INTERVALS, initial=dt.timedelta()))
# After the last of them.
LAST_INTERVAL = dt.timedelta(hours=1)
# Since the row was written: until then its key is sent again if the gateway does not know it ...
RESEND_WITHIN = dt.timedelta(hours=1)
# ... after this it has failed, with the reason NOT_RECEIVED ...
LOST_AFTER = dt.timedelta(hours=3)
NOT_RECEIVED = "not received"
# ... and after this the staff get an alert, so many of them in one run.
ALERT_AFTER = dt.timedelta(hours=24)
ALERT_BATCH = 100
# Purposes for which a person waits: if such a payment could not be sent for LOST_AFTER, it has failed.
AWAITED = {Purpose.SUBSCRIBE, Purpose.SWITCH, Purpose.RESUME}


def run(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Sends new payments and refunds and asks about unknown ones; gives how many were settled."""
    _alert_staff(clock())
    return QUEUE.run(clock, lambda row: _perform(row, now=clock()), until=until)


def ask_now(user: User, *, at: dt.datetime) -> None:
    """Asks at once about the unknown payments and refunds of a person who looks at a page."""
    if _waiting().filter(user=user, attempts__gt=0, ask_at__gt=at).update(ask_at=at):
        ledger.wake()


def _waiting() -> QuerySet[PaymentTransaction]:
    """Pending payments and refunds with a key. A chargeback has none: the gateway makes it."""
    return PaymentTransaction.objects.select_related("method", "plan", "parent__method", "parent__plan").filter(
        status=Status.PENDING, transaction_type__in=[Type.PAYMENT, Type.REFUND], idempotency_key__isnull=False
    )


def _interval(row: PaymentTransaction) -> dt.timedelta:
    """The time from this attempt to the next question.

    Questions that were asked early because a person looked at a page (`ask_now`) use up none of INTERVALS.
    """
    due = bisect.bisect(QUESTIONS, (row.ask_at or row.created_at) - row.created_at) - 1
    asked = max(min(row.attempts, due), 0)
    return INTERVALS[asked] if asked < len(INTERVALS) else LAST_INTERVAL


QUEUE = WorkQueue(
    "charge",
    waiting=_waiting,
    lease=_interval,
    # A payment is never given up: `_alert_staff` reports it.
    give_up=lambda row, now: log.error("payment given up", row=str(row.pk), at=now.isoformat()),
    max_attempts=10_000,
    lease_column="ask_at",
    order="ask_at",
    lane="payment_gateway",
    is_closed=silence.is_silent,
)


def _perform(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    """Sends the row, or asks about it. True once the outcome is known."""
    send = _refund if row.transaction_type == Type.REFUND else _charge
    try:
        with silence.watched(row.payment_gateway, at=now):
            return send(row, now=now)
    except UnknownOutcome as unknown:
        log.warning("outcome unknown", payment=str(row.pk), attempt=row.attempts, why=str(unknown))
        return False


def _alert_staff(now: dt.datetime) -> None:
    """Reports each payment and refund without an outcome after ALERT_AFTER, also at a gateway that is not asked now."""
    reported = BillingAlert.objects.filter(kind=fuses.Kind.UNKNOWN, reference=OuterRef("idempotency_key"))
    old = _waiting().filter(created_at__lte=now - ALERT_AFTER).filter(~Exists(reported))
    for key in old.order_by("created_at").values_list("idempotency_key", flat=True)[:ALERT_BATCH]:
        fuses.report(fuses.Kind.UNKNOWN, key or "", at=now)


def _charge(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    gateway, order = gateways.named(row.payment_gateway), ledger.order_of(row)
    known = gateway.find(order) if row.attempts > 1 else None
    known = known or _never_received(row, now=now)
    if known is None:
        if not _is_owed(row):
            return _drop_unsent(row)
        if _must_wait(row, now=now):
            return False
        known = gateway.charge(order)
    settlement.settle(row.pk, known, at=now)
    return known.state != PaymentState.PENDING


def _never_received(row: PaymentTransaction, *, now: dt.datetime) -> GatewayPayment | None:
    """The failed payment that one unknown to the gateway counts as after LOST_AFTER; None before.

    A payment that was never sent is still sent later, unless a person waits for it (AWAITED).
    """
    is_unsent = row.attempts == 1
    if now - row.created_at < LOST_AFTER or (is_unsent and row.purpose not in AWAITED):
        return None
    key = row.idempotency_key or ""
    return GatewayPayment(key, "", PaymentState.FAILED, row.amount, row.currency, reason=NOT_RECEIVED)


def _is_owed(row: PaymentTransaction) -> bool:
    """Whether the money is still owed: the subscription may be cancelled or over since the payment was opened."""
    phase = UserSubscription.objects.filter(transactions=row).values_list("phase", flat=True).get()
    return lifecycle.allows(phase, settlement.event_of(row))


def _drop_unsent(row: PaymentTransaction) -> bool:
    """Ends a payment that was never sent. False for one that was: it may still arrive."""
    if row.attempts > 1:
        return False
    PaymentTransaction.objects.filter(pk=row.pk, status=Status.PENDING).update(status=Status.CANCELED, ask_at=None)
    return True


def _must_wait(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    """Whether it is too late to send the payment again, or a fuse holds it back. The queue looks at it again later."""
    if row.attempts > 1 and now - row.created_at >= RESEND_WITHIN:
        return True
    subscriptions_of_row = UserSubscription.objects.filter(transactions=row, parked_at__isnull=False)
    return subscriptions_of_row.exists() or fuses.are_blown()


def _refund(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    payment = row.parent
    assert payment is not None  # noqa: S101 - a refund of ours has one
    gateway, order = gateways.named(row.payment_gateway), ledger.order_of(payment)
    known = gateway.find(order) if row.attempts > 1 else None
    if known is None or not any(refund.key == row.idempotency_key for refund in known.refunds):
        try:
            done = ledger.refunded(payment)
            known = gateway.refund(RefundOrder(row.idempotency_key or "", order, row.amount, done))
        except UnknownOutcome:
            raise
        except GatewayError as refused:
            _end_refund(row, str(refused), at=now)
            return True
    settlement.settle(payment.pk, known, at=now)
    row.refresh_from_db(fields=["status"])
    return row.status != Status.PENDING


def _end_refund(row: PaymentTransaction, reason: str, *, at: dt.datetime) -> None:
    PaymentTransaction.objects.filter(pk=row.pk, status=Status.PENDING).update(
        status=Status.FAILED, failure_reason=reason, ask_at=None
    )
    fuses.report(fuses.Kind.REFUND, row.idempotency_key or "", at=at, reason=reason)
