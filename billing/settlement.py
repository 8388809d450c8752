"""Brings the ledger and the subscription to what the gateway says about a payment.

    settle      books the payment, its refunds and its disputes, each once; safe to repeat, in any order
    decline     what a refused charge does to the subscription: a retry, grace, or the end

An answer that differs from the ledger in order, amount or currency stops every charge (fuses.py); a second payment of one
period parks the subscription. Money that is not owed any more goes back.
"""

import datetime as dt
from uuid import UUID, uuid4

from django.db import transaction

from billing import fuses, ledger, lifecycle, notices, periods, subscriptions
from billing.gateways.base import DisputeState, GatewayPayment, PaymentState
from billing.lifecycle import Event, Phase
from billing.models import PaymentTransaction, UserSubscription
from core.db.compiled_queries import Compiled

Purpose, Status, Type = PaymentTransaction.Purpose, PaymentTransaction.Status, PaymentTransaction.Type

# From one attempt to the next after a decline, on days 1, 3 and 5; then the days of grace.
RETRIES = [dt.timedelta(days=1), dt.timedelta(days=2), dt.timedelta(days=2)]
GRACE = dt.timedelta(days=2)
# The status of a refund's or a dispute's row by its state at the gateway; completed is money that is gone.
REFUNDS = {PaymentState.PAID: Status.COMPLETED, PaymentState.FAILED: Status.FAILED}
DISPUTES = {
    DisputeState.OPEN: Status.PENDING,
    DisputeState.LOST: Status.COMPLETED,
    DisputeState.WON: Status.CANCELED,
    DisputeState.CLOSED: Status.CANCELED,
}
# The purposes whose refusal leaves the subscription as it was.
OPTIONAL = {Purpose.SWITCH, Purpose.RESUME}
# The purposes that begin a new rhythm of periods.
ANCHORING = {Purpose.SUBSCRIBE, Purpose.CONVERT, Purpose.SWITCH, Purpose.RESUME}


def settle(payment_id: UUID, known: GatewayPayment, *, at: dt.datetime) -> None:
    """Books what the gateway says about a payment, and moves the subscription accordingly."""
    with transaction.atomic():
        subscription_id = PaymentTransaction.objects.values_list("subscription_id", flat=True).get(pk=payment_id)
        assert subscription_id is not None  # noqa: S101 - every payment with a key has one
        subscription = subscriptions.lock(subscription_id)
        [payment] = _LOCKED(pk=payment_id)
        if not _is_about(known, payment):
            fuses.park(subscription, at=at)
            facts = {"gateway": _in_words(known.key, known), "ledger": _in_words(payment.idempotency_key, payment)}
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


def _in_words(key: str | None, side: GatewayPayment | PaymentTransaction) -> str:
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
        fuses.report(fuses.Kind.EXCESS, payment.idempotency_key or "", at=at, amount=payment.amount)
        return
    payment.save()
    event = event_of(payment)
    if not lifecycle.allows(subscription.phase, event):
        # Cancelled or over before the money came: it is not owed.
        ledger.open_refund(payment, amount=payment.amount, reason=Purpose.NOT_OWED, at=at)
        return
    _begin_period(subscription, payment)
    subscriptions.advance(subscription, event, at=at)
    notices.paid(subscription, payment, at=at)


def event_of(payment: PaymentTransaction) -> Event:
    """The event that the payment's success is to its subscription."""
    return Event.SWITCH if payment.purpose == Purpose.SWITCH else Event.PAID


def _is_second(payment: PaymentTransaction) -> bool:
    """Whether the period has another payment, open or successful. One that was never sent is cancelled for this one."""
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
    # Who pays before the next retry uses none up.
    is_extra = bool(payment and subscription.retry_at and payment.created_at < subscription.retry_at)
    is_last = not is_extra and subscription.phase == Phase.PAST_DUE and subscription.failures >= len(RETRIES)
    event = Event.RETRIES_USED if is_last else Event.DECLINED
    if not lifecycle.allows(subscription.phase, event):
        return
    if is_last:
        subscription.retry_at = at + GRACE
    elif not is_extra and subscription.phase not in (Phase.GRACE, Phase.PENDING):
        subscription.retry_at = at + RETRIES[subscription.failures]
        subscription.failures += 1
    subscriptions.advance(subscription, event, at=at)
    notices.declined(subscription, payment, at=at)


# ── Refunds and disputes ────────────────────────────────────────────────────


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
    """The refund or dispute among `rows` with the gateway's id or our key; else a new one, which is added to them."""
    for row in rows:
        is_this = row.gateway_transaction_id == id or (key and row.idempotency_key == key)
        if row.transaction_type == kind and is_this:
            return row
    rows.append(ledger.returning(payment, kind, amount=amount, purpose=Purpose.ELSEWHERE))
    return rows[-1]


def _book(
    subscription: UserSubscription, row: PaymentTransaction, gateway_id: str, status: str, *, at: dt.datetime
) -> None:
    """Writes the row of a refund or dispute if it is new or differs, and tells the person or the staff."""
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
