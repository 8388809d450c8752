"""Charges and refunds: each is a row with the key that makes it happen once.

    open_payment   writes the row and its key, in the caller's transaction; a worker sends it
    run            sends what is new and asks about what is unknown
    settle         brings the ledger and the subscription to what the gateway says; safe to repeat, in any order

An answer that was lost leaves the payment unknown. It is asked about after 1 and 5 and 30 minutes, 3 and 24 hours, then
each hour, and the staff get an alert (docs/adr has the reasons). It is never charged a second time: the same key is sent again within the
first hour if the gateway has not heard of it, and after three hours a payment unknown to the gateway has failed. Nothing is sent that is not owed
any more.

A gateway that lets calls wait until their timeout holds back only its own payments (billing/gateways/silence.py).
"""

import bisect
import datetime as dt
import itertools
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from uuid6 import uuid7

from accounts.models import User
from billing import fuses, gateways, lifecycle, notices, periods, subscriptions
from billing.gateways import silence
from billing.gateways.base import (
    DisputeState,
    GatewayError,
    GatewayPayment,
    Order,
    PaymentState,
    RefundOrder,
    UnknownOutcome,
)
from billing.lifecycle import Event, Phase
from billing.models import BillingAlert, PaymentTransaction, SubscriptionPlan, UserSubscription
from core import wakeups
from core.db.compiled_queries import Compiled
from core.db.work import Clock, WorkQueue

log = structlog.get_logger(__name__)

Purpose, Status, Type = PaymentTransaction.Purpose, PaymentTransaction.Status, PaymentTransaction.Type

# After the first attempt and each question, counted from the one before: 1 m, 5 m, 30 m, 3 h, 24 h after the first.
PAUSES = [
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=4),
    dt.timedelta(minutes=25),
    dt.timedelta(hours=2, minutes=30),
    dt.timedelta(hours=21),
]
# Since the first attempt, when a question is due.
QUESTIONS = list(itertools.accumulate(PAUSES, initial=dt.timedelta()))
AFTERWARDS = dt.timedelta(hours=1)
SENT_AGAIN_FOR = dt.timedelta(hours=1)
LOST_AFTER = dt.timedelta(hours=3)
A_PERSON_AFTER = dt.timedelta(hours=24)
# By one run; the next goes on.
TOLD_AT_ONCE = 100
# From one attempt to the next after a decline: days 1, 3 and 5; then the days of grace.
RETRIES = [dt.timedelta(days=1), dt.timedelta(days=2), dt.timedelta(days=2)]
GRACE = dt.timedelta(days=2)
NOT_RECEIVED = "not received"
# What a refund's or a dispute's row is by its state at the gateway: completed is money that is gone.
REFUNDS = {PaymentState.PAID: Status.COMPLETED, PaymentState.FAILED: Status.FAILED}
DISPUTES = {
    DisputeState.OPEN: Status.PENDING,
    DisputeState.LOST: Status.COMPLETED,
    DisputeState.WON: Status.CANCELED,
    DisputeState.CLOSED: Status.CANCELED,
}
# The purposes whose refusal leaves the subscription as it was.
OPTIONAL = {Purpose.SWITCH, Purpose.RESUME}
# The purposes of which somebody has just asked for the payment.
AWAITED = {Purpose.SUBSCRIBE, *OPTIONAL}
# The purposes that begin a new rhythm of periods.
ANCHORING = {Purpose.SUBSCRIBE, Purpose.CONVERT, Purpose.SWITCH, Purpose.RESUME}


def new_key() -> tuple[UUID, str]:
    """An id for a row, and its key at the gateway."""
    row_id = uuid7()
    return row_id, f"w{row_id.hex}"


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
    row_id, key = new_key()
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


def wake() -> None:
    wakeups.wake_on_commit("billing.charge")


def run(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Sends new payments and refunds and asks about unknown ones; gives how many were settled."""
    _tell_a_person(clock())
    return QUEUE.run(clock, lambda row: _perform(row, now=clock()), until=until)


def ask_now(user: User, *, at: dt.datetime) -> None:
    """Asks at once about the person's unknown payments and refunds: they look at a page."""
    if _waiting().filter(user=user, attempts__gt=0, ask_at__gt=at).update(ask_at=at):
        wake()


def order_of(payment: PaymentTransaction) -> Order:
    return Order(
        key=payment.idempotency_key or "",
        token=payment.method.token if payment.method else "",
        amount=payment.amount,
        currency=payment.currency,
        title=f"WellnessAI {payment.plan.name if payment.plan else ''}".strip(),
        customer=str(payment.user_id),
        id=payment.gateway_transaction_id or "",
    )


# ── The job ─────────────────────────────────────────────────────────────────


def _waiting() -> QuerySet[PaymentTransaction]:
    """Pending payments and refunds with a key: those that we make.

    Chargebacks are other people's.
    """
    return PaymentTransaction.objects.select_related("method", "plan", "parent__method", "parent__plan").filter(
        status=Status.PENDING, transaction_type__in=[Type.PAYMENT, Type.REFUND], idempotency_key__isnull=False
    )


def _pause(row: PaymentTransaction) -> dt.timedelta:
    """How long after this attempt the next question is due.

    Attempts that a person brought about by looking at a page count as one of the schedule's.
    """
    due = bisect.bisect(QUESTIONS, (row.ask_at or row.created_at) - row.created_at) - 1
    asked = max(min(row.attempts, due), 0)
    return PAUSES[asked] if asked < len(PAUSES) else AFTERWARDS


QUEUE = WorkQueue(
    "charge",
    waiting=_waiting,
    lease=_pause,
    # A payment is never given up: `_tell_a_person` reports it.
    give_up=lambda row, now: log.error("payment given up", row=str(row.pk), at=now.isoformat()),
    max_attempts=10_000,
    lease_column="ask_at",
    order="ask_at",
    lane="payment_gateway",
    is_closed=silence.is_silent,
)


def _perform(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    """Sends or asks.

    True once the outcome is known.
    """
    send = _refund if row.transaction_type == Type.REFUND else _charge
    try:
        with silence.watched(row.payment_gateway, at=now):
            return send(row, now=now)
    except UnknownOutcome as unknown:
        log.warning("outcome unknown", payment=str(row.pk), attempt=row.attempts, why=str(unknown))
        return False


def _tell_a_person(now: dt.datetime) -> None:
    """Reports each payment and refund without an outcome after a day, also where its gateway is not asked any more."""
    told = BillingAlert.objects.filter(kind=fuses.Kind.UNKNOWN, reference=OuterRef("idempotency_key"))
    old = _waiting().filter(created_at__lte=now - A_PERSON_AFTER).filter(~Exists(told))
    for key in old.order_by("created_at").values_list("idempotency_key", flat=True)[:TOLD_AT_ONCE]:
        fuses.report(fuses.Kind.UNKNOWN, key or "", at=now)


def _charge(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    gateway, order = gateways.named(row.payment_gateway), order_of(row)
    known = gateway.find(order) if row.attempts > 1 else None
    known = known or _judge_unheard(row, now=now)
    if known is None:
        if not _is_owed(row):
            return _drop_unsent(row)
        if _must_wait(row, now=now):
            return False
        known = gateway.charge(order)
    settle(row.pk, known, at=now)
    return known.state != PaymentState.PENDING


def _judge_unheard(row: PaymentTransaction, *, now: dt.datetime) -> GatewayPayment | None:
    """A payment that the gateway does not know after three hours was never received.

    One that was never sent is owed nevertheless, unless a person has waited for it.
    """
    is_unsent = row.attempts == 1
    if now - row.created_at < LOST_AFTER or (is_unsent and row.purpose not in AWAITED):
        return None
    key = row.idempotency_key or ""
    return GatewayPayment(key, "", PaymentState.FAILED, row.amount, row.currency, reason=NOT_RECEIVED)


def _is_owed(row: PaymentTransaction) -> bool:
    """Whether its subscription still takes the money: it may be cancelled or over since the payment was opened."""
    phase = UserSubscription.objects.filter(transactions=row).values_list("phase", flat=True).get()
    return lifecycle.allows(phase, _event(row))


def _drop_unsent(row: PaymentTransaction) -> bool:
    """Ends a payment that was never sent. False for one that was: it may still arrive."""
    if row.attempts > 1:
        return False
    PaymentTransaction.objects.filter(pk=row.pk, status=Status.PENDING).update(status=Status.CANCELED, ask_at=None)
    return True


def _must_wait(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    """Whether it is too late to send it again, or a fuse holds it back.

    It is looked at again later.
    """
    if row.attempts > 1 and now - row.created_at >= SENT_AGAIN_FOR:
        return True
    subscriptions_of_row = UserSubscription.objects.filter(transactions=row, parked_at__isnull=False)
    return subscriptions_of_row.exists() or fuses.are_blown()


def _refund(row: PaymentTransaction, *, now: dt.datetime) -> bool:
    payment = row.parent
    assert payment is not None  # noqa: S101 - a refund of ours has one
    gateway, order = gateways.named(row.payment_gateway), order_of(payment)
    known = gateway.find(order) if row.attempts > 1 else None
    if known is None or not any(refund.key == row.idempotency_key for refund in known.refunds):
        try:
            done = refunded(payment)
            known = gateway.refund(RefundOrder(row.idempotency_key or "", order, row.amount, done))
        except UnknownOutcome:
            raise
        except GatewayError as refused:
            _end_refund(row, str(refused), at=now)
            return True
    settle(payment.pk, known, at=now)
    row.refresh_from_db(fields=["status"])
    return row.status != Status.PENDING


def _end_refund(row: PaymentTransaction, reason: str, *, at: dt.datetime) -> None:
    PaymentTransaction.objects.filter(pk=row.pk, status=Status.PENDING).update(
        status=Status.FAILED, failure_reason=reason, ask_at=None
    )
    fuses.report(fuses.Kind.REFUND, row.idempotency_key or "", at=at, reason=reason)


# ── The ledger follows the gateway ──────────────────────────────────────────


def settle(payment_id: UUID, known: GatewayPayment, *, at: dt.datetime) -> None:
    """Books what the gateway says about a payment, and moves the subscription accordingly."""
    with transaction.atomic():
        subscription_id = PaymentTransaction.objects.values_list("subscription_id", flat=True).get(pk=payment_id)
        assert subscription_id is not None  # noqa: S101 - every payment with a key has one
        subscription = subscriptions.lock(subscription_id)
        [payment] = _LOCKED(pk=payment_id)
        if not _is_about(known, payment):
            fuses.park(subscription, at=at)
            subscription.save(update_fields=["parked_at"])
            facts = {"gateway": _said(known.key, known), "ledger": _said(payment.idempotency_key, payment)}
            fuses.report(fuses.Kind.MISMATCH, payment.idempotency_key or str(payment.pk), at=at, **facts)
            return
        if known.state == PaymentState.PAID and payment.status != Status.COMPLETED:
            _complete(subscription, payment, known, at=at)
        elif known.state == PaymentState.FAILED and payment.status == Status.PENDING:
            _fail(subscription, payment, known, at=at)
        _book_returns(subscription, payment, known, at=at)


_LOCKED = Compiled(
    lambda pk: (
        PaymentTransaction.objects.select_for_update(of=("self",))
        .select_related("plan", "method", "user")
        .filter(pk=pk)
    ),
    pk=uuid4(),
)


def _is_about(known: GatewayPayment, payment: PaymentTransaction) -> bool:
    """Whether order, amount and currency are those of the payment."""
    ours = payment.idempotency_key or "", payment.amount, payment.currency
    return (known.key, known.amount, known.currency) == ours


def _said(key: str | None, side: GatewayPayment | PaymentTransaction) -> str:
    return f"{key or '-'} {side.amount} {side.currency}"


def _complete(
    subscription: UserSubscription, payment: PaymentTransaction, known: GatewayPayment, *, at: dt.datetime
) -> None:
    payment.status, payment.completed_at, payment.ask_at = Status.COMPLETED, at, None
    payment.gateway_transaction_id, payment.failure_reason = known.id, None
    payment.payment_method = "card"
    payment.gateway_response = {"method": known.method or (payment.method.label if payment.method else "")}
    if _is_second(payment):
        payment.is_excess = True
        payment.save()
        fuses.park(subscription, at=at)
        subscription.save(update_fields=["parked_at"])
        fuses.report(fuses.Kind.EXCESS, payment.idempotency_key or "", at=at, amount=payment.amount)
        return
    payment.save()
    event = _event(payment)
    if not lifecycle.allows(subscription.phase, event):
        # Cancelled or over before the money came: it is not owed.
        open_refund(payment, amount=payment.amount, reason=Purpose.NOT_OWED, at=at)
        return
    _begin_period(subscription, payment)
    subscriptions.advance(subscription, event, at=at)
    notices.paid(subscription, payment, at=at)


def _event(payment: PaymentTransaction) -> Event:
    """What its success is to the subscription."""
    return Event.SWITCH if payment.purpose == Purpose.SWITCH else Event.PAID


def _is_second(payment: PaymentTransaction) -> bool:
    """Whether the period has another successful payment.

    One that was not sent yet gives way to this one.
    """
    others = PaymentTransaction.objects.filter(
        subscription=payment.subscription_id,
        period_starts_at=payment.period_starts_at,
        transaction_type=Type.PAYMENT,
        is_excess=False,
    ).exclude(pk=payment.pk)
    others.filter(status=Status.PENDING, attempts=0).update(status=Status.CANCELED, ask_at=None)
    return others.filter(status__in=[Status.PENDING, Status.COMPLETED]).exists()


def _begin_period(subscription: UserSubscription, payment: PaymentTransaction) -> None:
    assert payment.plan is not None and payment.period_starts_at and payment.period_ends_at  # noqa: S101,PT018 - ours
    subscription.plan, subscription.currency = payment.plan, payment.currency
    # The amount agreed on for each period; a switch paid less.
    subscription.amount = payment.amount + payment.credit
    subscription.current_period_start, subscription.current_period_end = (
        payment.period_starts_at,
        payment.period_ends_at,
    )
    if payment.purpose in ANCHORING:
        subscription.anchor_day = periods.day_of(payment.period_starts_at).day
    subscription.failures, subscription.retry_at = 0, None
    subscription.next_plan = subscription.pause_months = subscription.canceled_at = None


def _fail(
    subscription: UserSubscription, payment: PaymentTransaction, known: GatewayPayment, *, at: dt.datetime
) -> None:
    payment.status, payment.ask_at = Status.FAILED, None
    payment.gateway_transaction_id, payment.failure_reason = known.id or None, known.reason
    payment.save()
    if payment.purpose in OPTIONAL:
        notices.declined(subscription, payment, at=at)
        return
    decline(subscription, at=at, payment=payment)


def decline(subscription: UserSubscription, *, at: dt.datetime, payment: PaymentTransaction | None = None) -> None:
    """Moves a locked subscription after a refused charge: a retry, grace, or the end."""
    event = Event.DECLINED
    if subscription.phase == Phase.PAST_DUE and subscription.failures >= len(RETRIES):
        event = Event.RETRIES_USED
    if not lifecycle.allows(subscription.phase, event):
        return
    if subscription.phase == Phase.PAST_DUE and event == Event.RETRIES_USED:
        subscription.retry_at = at + GRACE
    elif subscription.phase not in (Phase.GRACE, Phase.PENDING):
        subscription.retry_at = at + RETRIES[subscription.failures]
        subscription.failures += 1
    subscriptions.advance(subscription, event, at=at)
    notices.declined(subscription, payment, at=at)


# ── Money that goes back ────────────────────────────────────────────────────


def refunded(payment: PaymentTransaction) -> int:
    """What of a payment has gone back."""
    rows = PaymentTransaction.objects.filter(parent=payment, transaction_type=Type.REFUND, status=Status.COMPLETED)
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def refundable(payment: PaymentTransaction) -> int:
    """What of a payment can still be given back.

    Not what has gone back or is about to, nor what is disputed or lost.
    """
    rows = PaymentTransaction.objects.filter(parent=payment, status__in=[Status.COMPLETED, Status.PENDING])
    return max(payment.amount - (rows.aggregate(sum=Sum("amount"))["sum"] or 0), 0)


def open_refund(
    payment: PaymentTransaction, *, amount: int, reason: str, at: dt.datetime, by: UUID | None = None
) -> PaymentTransaction:
    """Writes a refund of a payment whose subscription is locked.

    Raises ValueError for more than is left of it.
    """
    if not 0 < amount <= refundable(payment):
        raise ValueError(amount)
    row_id, key = new_key()
    refund = PaymentTransaction.objects.create(
        id=row_id,
        idempotency_key=key,
        user_id=payment.user_id,
        subscription_id=payment.subscription_id,
        transaction_type=Type.REFUND,
        status=Status.PENDING,
        purpose=reason,
        parent=payment,
        plan=payment.plan,
        amount=amount,
        currency=payment.currency,
        payment_gateway=payment.payment_gateway,
        payment_method=payment.payment_method,
        ask_at=at,
        created_at=at,
        requested_by=by,
    )
    wake()
    return refund


def _book_returns(
    subscription: UserSubscription, payment: PaymentTransaction, known: GatewayPayment, *, at: dt.datetime
) -> None:
    """Books refunds and disputes, ours and those of the gateway's console, each once by its id."""
    if payment.status != Status.COMPLETED:
        return
    rows = list(PaymentTransaction.objects.select_for_update().filter(parent=payment))
    for refund in known.refunds:
        row = _return(rows, payment, Type.REFUND, refund.amount, id=refund.id, key=refund.key)
        _book(subscription, row, refund.id, REFUNDS.get(refund.state, Status.PENDING), at=at)
    for dispute in known.disputes:
        row = _return(rows, payment, Type.CHARGEBACK, dispute.amount, id=dispute.id)
        _book(subscription, row, dispute.id, DISPUTES[dispute.state], at=at)
    _close_settled_disputes(rows, payment, known)
    gone = sum(row.amount for row in rows if row.status == Status.COMPLETED)
    is_current = payment.period_starts_at == subscription.current_period_start
    if is_current and gone >= payment.amount and lifecycle.allows(subscription.phase, Event.MONEY_LOST):
        subscription.current_period_end = max(at, subscription.current_period_start)
        subscriptions.advance(subscription, Event.MONEY_LOST, at=at)
        notices.ended(subscription, "money_lost", at=at)


def _close_settled_disputes(rows: list[PaymentTransaction], payment: PaymentTransaction, known: GatewayPayment) -> None:
    """Closes open disputes that the gateway does not list once the whole payment went back."""
    listed = {dispute.id for dispute in known.disputes}
    back = sum(row.amount for row in rows if row.transaction_type == Type.REFUND and row.status == Status.COMPLETED)
    for row in rows:
        is_open = row.transaction_type == Type.CHARGEBACK and row.status == Status.PENDING
        if is_open and back >= payment.amount and row.gateway_transaction_id not in listed:
            row.status = Status.CANCELED
            row.save(update_fields=["status", "updated_at"])


def _return(
    rows: list[PaymentTransaction],
    payment: PaymentTransaction,
    kind: str,
    amount: int,
    *,
    id: str,  # noqa: A002 -- the gateway's term
    key: str = "",
) -> PaymentTransaction:
    """The refund or dispute among `rows` with the gateway's id or our key; else a new one in them."""
    for row in rows:
        is_this = row.gateway_transaction_id == id or (key and row.idempotency_key == key)
        if row.transaction_type == kind and is_this:
            return row
    rows.append(_elsewhere(payment, kind, amount))
    return rows[-1]


def _elsewhere(payment: PaymentTransaction, kind: str, amount: int) -> PaymentTransaction:
    return PaymentTransaction(
        user_id=payment.user_id,
        subscription_id=payment.subscription_id,
        transaction_type=kind,
        purpose=Purpose.ELSEWHERE,
        parent=payment,
        plan=payment.plan,
        amount=amount,
        currency=payment.currency,
        payment_gateway=payment.payment_gateway,
        payment_method=payment.payment_method,
    )


def _book(
    subscription: UserSubscription, row: PaymentTransaction, gateway_id: str, status: str, *, at: dt.datetime
) -> None:
    is_new = row._state.adding
    if not is_new and (row.status, row.gateway_transaction_id) == (status, gateway_id):
        return
    row.status, row.gateway_transaction_id = status, gateway_id
    row.completed_at = at if status == Status.COMPLETED else None
    if status != Status.PENDING or row.purpose == Purpose.ELSEWHERE:
        row.ask_at = None
    if is_new:
        row.created_at = at
    row.save()
    if row.transaction_type == Type.REFUND and status == Status.COMPLETED:
        notices.refunded(subscription, row, at=at)
    elif row.transaction_type == Type.REFUND and status == Status.FAILED:
        fuses.report(fuses.Kind.REFUND, row.idempotency_key or gateway_id, at=at)
