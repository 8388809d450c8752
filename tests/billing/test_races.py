"""Two at once do what one does.

Each race is run without its lock, too, and then goes wrong: the test can fail.
"""

import json
import threading
from collections import Counter

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.utils import timezone

from billing import (
    cancellation,
    charges,
    gateways,
    ledger,
    refunds,
    renewals,
    settlement,
    subscriptions,
    webhooks,
    withdrawals,
)
from billing.lifecycle import IllegalTransition
from billing.models import BillingAlert, GatewayEvent, PaymentTransaction
from billing.subscriptions import NoSubscription
from tests.at_once import at_once, backend, someone_waits_for
from tests.billing.scenes import AT, DAY, begin, messages, phase, seoul, subscribe
from tests.factories.accounts import UserFactory
from tests.waiting import eventually

EXPECTED = (IllegalTransition, NoSubscription, refunds.TooMuch, IntegrityError, ValueError)


@pytest.fixture(params=["locked", "without the lock"])
def locked(request, monkeypatch):
    if request.param != "locked":
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
        # Statements that were compiled before have their locks, and those of this test must not stay.
        queues = charges.QUEUE._compiled, webhooks.QUEUE._compiled
        for compiled in (settlement._LOCKED, subscriptions._LOCKED, *queues):
            monkeypatch.setattr(compiled, "_plan", None)
    return request.param == "locked"


class Race:
    """Two threads that wait for each other between reading and writing.

    One goes on when the other has read as well, waits for its lock, or is through.
    """

    def __init__(self, monkeypatch):
        self.monkeypatch, self.arrived, self.through = monkeypatch, Counter(), 0

    def meet_after(self, module, name):
        """Both wait for each other after their first call, after their second, …"""
        real = getattr(module, name)

        def met(*args, **more):
            found = real(*args, **more)
            self.arrived[name, threading.get_ident()] += 1
            place = name, "all", self.arrived[name, threading.get_ident()]
            self.arrived[place] += 1
            eventually(lambda: self.arrived[place] > 1 or self.through or someone_waits_for(backend()))
            return found

        self.monkeypatch.setattr(module, name, met)

    def run(self, deed) -> list[Exception]:
        """Runs the deed in two threads; gives what was raised."""
        raised = [answer for answer in at_once(2, lambda _number: self._once(deed)) if isinstance(answer, Exception)]
        assert all(isinstance(error, EXPECTED) for error in raised), raised
        return raised

    def _once(self, deed):
        try:
            return deed()
        finally:
            self.through += 1


@pytest.fixture
def race(monkeypatch):
    return Race(monkeypatch)


@pytest.mark.slow
def test_two_withdrawals_return_the_money_once(committed, locked, race):
    person = UserFactory()
    subscribe(person)
    race.meet_after(withdrawals, "offer")
    raised = race.run(lambda: withdrawals.withdraw(person, at=AT + DAY))

    returned = sum(PaymentTransaction.objects.filter(transaction_type="refund").values_list("amount", flat=True))
    # The second refund is refused in any case; without the lock only after the withdrawal was promised.
    assert returned == 990000
    assert (type(raised[0]) is NoSubscription) is locked


@pytest.mark.slow
def test_two_refunds_by_staff_never_exceed_the_payment(committed, locked, race):
    person, staff = UserFactory(), UserFactory(is_staff=True, is_superuser=True)
    subscribe(person)
    payment = PaymentTransaction.objects.get()
    race.meet_after(refunds, "left_of")
    race.meet_after(ledger, "refundable")
    race.run(lambda: refunds.refund(payment.pk, amount=600000, reason="goodwill", ends_plan=False, staff=staff, at=AT))

    returned = sum(PaymentTransaction.objects.filter(transaction_type="refund").values_list("amount", flat=True))
    assert (returned == 600000) is locked


@pytest.mark.slow
def test_two_workers_renew_once_and_neither_fails(committed, locked, race):
    person = UserFactory()
    subscribe(person)
    due = seoul(2026, 10, 3)
    race.meet_after(renewals.prices, "of_renewal")
    race.run(lambda: renewals.run(lambda: due))

    # There is one payment of the period in any case; without the lock the day's sum counts it twice and blows the fuse.
    assert PaymentTransaction.objects.filter(status="pending").count() == 1
    assert BillingAlert.objects.exists() is not locked


@pytest.fixture(params=["unique", "not unique"])
def unique(request, committed):
    """Whether the database refuses a second event with the same id."""
    change = "ALTER TABLE gateway_events {} CONSTRAINT gateway_events_event_id"
    if request.param == "unique":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute(change.format("DROP"))
    yield False
    GatewayEvent.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"{change.format('ADD')} UNIQUE (gateway, event_id)")


@pytest.mark.slow
def test_overlapping_deliveries_of_one_webhook_are_stored_and_settled_once(committed, unique):
    person, now = UserFactory(), timezone.now()
    begin(person, at=now)
    row = PaymentTransaction.objects.get()
    gateways.DEMO.charge(ledger.order_of(row))
    body = json.dumps({"id": "e1", "type": "payment.paid", "key": row.idempotency_key}).encode()
    sent = str(int(now.timestamp()))
    headers = {"Demo-Timestamp": sent, "Demo-Signature": gateways.DEMO.signature(body, sent)}

    def deliver(_number):
        webhooks.receive("demo", body=body, headers=headers, at=now)
        webhooks.run(lambda: now)

    assert at_once(4, deliver) == [None] * 4
    webhooks.run(lambda: now)
    assert (GatewayEvent.objects.count() == 1) is unique
    # However often it is stored: it is settled once.
    assert (phase(person), messages(person)) == ("active", ["paid"])


@pytest.mark.slow
def test_two_workers_settle_one_payment_once_and_neither_fails(committed, locked, race):
    """The money came after the plan was cancelled: it goes back once."""
    person, due = UserFactory(), seoul(2026, 10, 3)
    subscribe(person)
    renewals.run(lambda: due)
    cancellation.cancel(person, at=due)
    row = PaymentTransaction.objects.get(status="pending")
    paid = gateways.DEMO.charge(ledger.order_of(row))
    race.meet_after(settlement, "_is_about")
    raised = race.run(lambda: settlement.settle(row.pk, paid, at=due))

    # More than was paid never goes back; without the lock the second worker finds out only when it tries.
    assert PaymentTransaction.objects.get(transaction_type="refund").amount == 990000
    assert (raised == []) is locked
