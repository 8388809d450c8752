"""Two at once do what one does.

Each race is run without its lock, too, and then goes wrong: the test can fail.
"""

import time

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from billing import charges, refunds, renewals, withdrawals
from billing.lifecycle import IllegalTransition
from billing.models import PaymentTransaction
from tests.at_once import at_once
from tests.billing.scenes import AT, DAY, seoul, subscribe
from tests.factories.accounts import UserFactory

EXPECTED = (IllegalTransition, refunds.TooMuch, IntegrityError, ValueError)


@pytest.fixture(params=["locked", "without the lock"])
def locked(request, monkeypatch):
    if request.param != "locked":
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
    return request.param == "locked"


def slowly(monkeypatch, module, name):
    """Leaves time for the other one between reading and writing."""
    real = getattr(module, name)

    def slow(*args, **more):
        found = real(*args, **more)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(module, name, slow)


def attempt(deed) -> list[Exception]:
    """Runs the deed in two threads; gives what was raised."""
    raised = [answer for answer in at_once(2, lambda _number: deed()) if isinstance(answer, Exception)]
    assert all(isinstance(error, EXPECTED) for error in raised), raised
    return raised


@pytest.mark.slow
def test_two_withdrawals_return_the_money_once(committed, locked, monkeypatch):
    person = UserFactory()
    subscribe(person)
    slowly(monkeypatch, withdrawals, "offer")
    attempt(lambda: withdrawals.withdraw(person, at=AT + DAY))

    returned = sum(PaymentTransaction.objects.filter(transaction_type="refund").values_list("amount", flat=True))
    assert (returned == 990000) is locked


@pytest.mark.slow
def test_two_refunds_by_staff_never_exceed_the_payment(committed, locked, monkeypatch):
    person, staff = UserFactory(), UserFactory(is_staff=True, is_superuser=True)
    subscribe(person)
    payment = PaymentTransaction.objects.get()
    slowly(monkeypatch, refunds, "left_of")
    slowly(monkeypatch, charges, "refunded")
    attempt(lambda: refunds.refund(payment.pk, amount=600000, reason="goodwill", ends_plan=False, staff=staff, at=AT))

    returned = sum(PaymentTransaction.objects.filter(transaction_type="refund").values_list("amount", flat=True))
    assert (returned == 600000) is locked


@pytest.mark.slow
def test_two_workers_renew_once_and_neither_fails(committed, locked, monkeypatch):
    person = UserFactory()
    subscribe(person)
    due = seoul(2026, 10, 3)
    slowly(monkeypatch, renewals.prices, "of_renewal")
    raised = attempt(lambda: renewals.run(lambda: due))

    # The database refuses a second payment of the period in any case; without the lock a worker runs into it.
    assert PaymentTransaction.objects.filter(status="pending").count() == 1
    assert (raised == []) is locked
