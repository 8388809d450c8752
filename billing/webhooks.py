"""Webhooks: checked, stored once, answered; then the truth is fetched from the gateway.

A webhook says only that something happened to a payment. What happened is asked, so webhooks may come twice, late, in any
order or not at all: `settlement.settle` ends in the same state.
"""

import datetime as dt
from collections.abc import Mapping

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.datastructures import CaseInsensitiveMapping

from billing import fuses, gateways, ledger, settlement
from billing.gateways import silence
from billing.gateways.base import DisputeState, GatewayPayment, UnknownOutcome
from billing.models import GatewayEvent, PaymentTransaction
from core import wakeups
from core.db.work import Clock, WorkQueue

log = structlog.get_logger(__name__)

# A claim outlasts the slowest answer of a gateway.
LEASE = dt.timedelta(minutes=2)
KEPT_FOR = dt.timedelta(days=90)


def receive(gateway_name: str, *, body: bytes, headers: Mapping[str, str], at: dt.datetime) -> bool:
    """Stores an event with its id; False if it was stored before.

    Types that mean nothing to us are kept too.

    Raises KeyError for an unknown gateway, BadSignature.
    """
    # Gateways send ASCII; a signature with another letter cannot be compared, and is none.
    readable = CaseInsensitiveMapping({name: value for name, value in headers.items() if value.isascii()})
    event = gateways.named(gateway_name).read_webhook(body, readable)
    with transaction.atomic():
        row = GatewayEvent(
            gateway=gateway_name,
            event_id=event.id[:255],
            event_type=event.type[:100],
            reference=event.reference[:255],
            due_at=at,
            created_at=at,
        )
        known = GatewayEvent.objects.filter(gateway=gateway_name, event_id=row.event_id).exists()
        GatewayEvent.objects.bulk_create([row], ignore_conflicts=True)
        if not known:
            wakeups.wake_on_commit("billing.process_webhooks")
    return not known


def run(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Processes stored events; gives how many."""
    return QUEUE.run(clock, lambda row: _process(row, now=clock()), until=until)


def payment_of(gateway_name: str, reference: str) -> PaymentTransaction | None:
    """The payment that a reference is about: our key, or the gateway's id."""
    if not reference:
        return None
    rows = PaymentTransaction.objects.select_related("method", "plan").filter(
        payment_gateway=gateway_name, transaction_type=PaymentTransaction.Type.PAYMENT
    )
    return rows.filter(Q(idempotency_key=reference) | Q(gateway_transaction_id=reference)).first()


def _waiting() -> QuerySet[GatewayEvent]:
    return GatewayEvent.objects.filter(processed_at=None)


QUEUE = WorkQueue(
    "webhook",
    waiting=_waiting,
    lease=LEASE,
    give_up=lambda row, now: _give_up(row, now=now),
    # Two hours. Reconciliation finds what webhooks that failed for longer were about.
    max_attempts=60,
    lease_column="due_at",
    order="due_at",
    lane="gateway",
    is_closed=silence.is_silent,
)


def _process(row: GatewayEvent, *, now: dt.datetime) -> bool:
    payment = payment_of(row.gateway, row.reference)
    if payment is not None:
        try:
            with silence.watched(row.gateway, at=now):
                known = gateways.named(row.gateway).find(ledger.order_of(payment))
        except UnknownOutcome:
            return False
        if known is not None:
            settlement.settle(payment.pk, known, at=now)
        if _is_ahead(row, known):
            return False
    row.update_claimed(processed_at=now)
    return True


def _is_ahead(row: GatewayEvent, known: GatewayPayment | None) -> bool:
    """Whether a webhook tells of a dispute, or of its end, that the gateway does not show yet."""
    is_over = gateways.named(row.gateway).dispute_events.get(row.event_type)
    states = {dispute.state for dispute in known.disputes} if known else set()
    return is_over is not None and (states <= {DisputeState.OPEN} if is_over else not states)


def _give_up(row: GatewayEvent, *, now: dt.datetime) -> None:
    """Ends it; of a dispute that the gateway does not show, the staff get an alert."""
    row.update_claimed(processed_at=now)
    if (
        row.event_type in gateways.named(row.gateway).dispute_events
        and payment_of(row.gateway, row.reference) is not None
    ):
        facts = {"difference": "disputes", "gateway": row.event_type, "ledger": "0"}
        fuses.report(fuses.Kind.DIFFERENCE, f"{row.reference}:webhook"[:255], at=now, **facts)


def forget_old(now: dt.datetime) -> int:
    """Deletes processed events after 90 days."""
    return GatewayEvent.objects.filter(processed_at__lt=now - KEPT_FOR).delete()[0]
