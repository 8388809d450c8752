"""Reconciliation: the gateways' lists of payments against the ledger.

`catch_up` runs each quarter of an hour and books what webhooks did not tell. Each night `run` looks for disputes of older
payments too, and reports to the staff what is left: the `differences` of the last days.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog

from billing import fuses, gateways, ledger, settlement, webhooks
from billing.gateways.base import Gateway, GatewayPayment, PaymentState, UnknownOutcome
from billing.models import PaymentTransaction

log = structlog.get_logger(__name__)

Status, Type = PaymentTransaction.Status, PaymentTransaction.Type
# Longer than an outage that nobody notices.
LOOK_BACK = dt.timedelta(hours=6)
# A payment that is being made right now is no difference.
SETTLED = dt.timedelta(minutes=10)
DAY = dt.timedelta(days=1)
# A cardholder may dispute a payment for half a year.
DISPUTABLE = 180 * DAY


class LedgerDifference(NamedTuple):
    """One payment on which gateway and ledger disagree.

    `kind`: amount, currency, state, refunds, disputes, unknown, missing.
    """

    key: str
    kind: str
    gateway: str
    ledger: str


def catch_up(now: dt.datetime, *, since: dt.datetime | None = None) -> int:
    """Settles every payment that changed at a gateway lately; gives how many were looked at."""
    since = since or now - LOOK_BACK
    return sum(_settle(gateway, gateway.changed_between(since, now), at=now) for gateway in _in_use())


def find_disputes(now: dt.datetime) -> int:
    """Settles disputed payments of the last half year; gives how many were looked at."""
    since = now - DISPUTABLE
    return sum(_settle(gateway, gateway.disputed_between(since, now), at=now) for gateway in _in_use())


def _settle(gateway: Gateway, listed: Iterator[GatewayPayment], *, at: dt.datetime) -> int:
    """Books what a gateway lists, as far as it answers."""
    looked_at = 0
    with _logging_failures(gateway):
        for known in listed:
            payment = webhooks.payment_of(gateway.name, known.key)
            if payment is not None:
                settlement.settle(payment.pk, known, at=at)
                looked_at += 1
    return looked_at


@contextmanager
def _logging_failures(gateway: Gateway) -> Iterator[None]:
    """Logs a failure of one gateway in place of raising it, so that the next gateway is asked."""
    try:
        yield
    except UnknownOutcome as unknown:
        log.warning("gateway does not answer", gateway=gateway.name, why=str(unknown))
    except Exception:
        log.exception("gateway not reconciled", gateway=gateway.name)


def run(now: dt.datetime) -> int:
    """The daily job: reports the differences of the last two days; gives how many."""
    catch_up(now, since=now - 2 * DAY)
    find_disputes(now)
    found = list(differences(now - 2 * DAY, now))
    for difference in found:
        facts = {"difference": difference.kind, "gateway": difference.gateway, "ledger": difference.ledger}
        fuses.report(fuses.Kind.DIFFERENCE, f"{difference.key}:{difference.kind}"[:255], at=now, **facts)
    return len(found)


def differences(since: dt.datetime, until: dt.datetime) -> Iterator[LedgerDifference]:
    """Payments made from `since` to `until` on which the two disagree."""
    for gateway in _in_use():
        theirs = None
        with _logging_failures(gateway):
            theirs = {known.key: known for known in gateway.changed_between(since, until)}
        if theirs is not None:
            yield from _compare(gateway.name, theirs, since, until)


def _compare(
    name: str, theirs: dict[str, GatewayPayment], since: dt.datetime, until: dt.datetime
) -> Iterator[LedgerDifference]:
    rows = PaymentTransaction.objects.filter(
        payment_gateway=name, transaction_type=Type.PAYMENT, idempotency_key__isnull=False
    )
    ours = {row.idempotency_key or "": row for row in rows.filter(idempotency_key__in=theirs)}
    for key, known in theirs.items():
        if key in ours:
            yield from _of_payment(known, ours[key])
        else:
            yield LedgerDifference(key, "unknown", str(known.amount), "")
    completed = rows.filter(status=Status.COMPLETED, completed_at__range=(since, until - SETTLED))
    for row in completed.exclude(idempotency_key__in=theirs):
        yield LedgerDifference(row.idempotency_key or str(row.pk), "missing", "", str(row.amount))


def _of_payment(known: GatewayPayment, row: PaymentTransaction) -> Iterator[LedgerDifference]:
    if known.amount != row.amount:
        yield LedgerDifference(known.key, "amount", str(known.amount), str(row.amount))
    if known.currency != row.currency:
        yield LedgerDifference(known.key, "currency", known.currency, row.currency)
    states = {PaymentState.PAID: Status.COMPLETED, PaymentState.FAILED: Status.FAILED}
    if states.get(known.state, Status.PENDING) != row.status:
        yield LedgerDifference(known.key, "state", known.state, row.status)
    given_back = sum(refund.amount for refund in known.refunds if refund.state == PaymentState.PAID)
    if given_back != ledger.refunded(row):
        yield LedgerDifference(known.key, "refunds", str(given_back), str(ledger.refunded(row)))
    disputed = sorted(dispute.id for dispute in known.disputes)
    booked = row.returns.filter(transaction_type=Type.CHARGEBACK).order_by("gateway_transaction_id")
    if disputed != list(booked.values_list("gateway_transaction_id", flat=True)):
        yield LedgerDifference(known.key, "disputes", str(len(disputed)), str(booked.count()))


def _in_use() -> list[Gateway]:
    return [gateway for gateway in gateways.GATEWAYS.values() if gateway.is_set_up()]
