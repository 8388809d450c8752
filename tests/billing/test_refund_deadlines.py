"""The money of a withdrawal is back within three business days, or the staff learn what is owed besides it."""

import datetime as dt

import pytest

from billing import ledger, refund_deadlines, settlement, withdrawals
from billing.models import BillingAlert, PaymentTransaction
from tests.billing.gateway_scenes import Scene
from tests.billing.scenes import AT, DAY, subscribe, work
from tests.cases import for_each


@for_each(
    [
        (dt.date(2026, 9, 3), dt.date(2026, 9, 8)),  # Thursday
        (dt.date(2026, 9, 7), dt.date(2026, 9, 10)),  # Monday
        (dt.date(2026, 9, 4), dt.date(2026, 9, 9)),  # Friday
        (dt.date(2026, 9, 5), dt.date(2026, 9, 9)),  # Saturday
        (dt.date(2026, 9, 6), dt.date(2026, 9, 9)),  # Sunday
    ]
)
def test_three_business_days_leave_out_saturdays_and_sundays(withdrawn, due):
    assert refund_deadlines.due_on(withdrawn) == due


def test_interest_is_fifteen_percent_a_year_from_the_day_after_and_rounded_up():
    due = dt.date(2026, 9, 8)

    # 9,900원 × 15 % ÷ 365 is 4.07원 a day.
    owed = [refund_deadlines.interest(990000, due=due, on=due + late * DAY) for late in (-1, 0, 1, 2, 365)]
    assert owed == [0, 0, 500, 900, 148500]
    assert refund_deadlines.interest(990, due=due, on=due + DAY, currency="USD") == 1


@pytest.fixture
def scene(person, settings):
    scene = Scene(person, "stripe", settings)
    yield scene
    scene.close()


def test_a_withdrawal_whose_money_is_late_alerts_the_staff_once_with_the_interest(scene):
    """Withdrawn on a Thursday; the gateway is silent over the weekend."""
    scene.active()
    withdrawals.withdraw(scene.person, at=AT)
    scene.fake.faults = ["silent"] * 1000

    assert [withdrawals.report_late(AT + days * DAY) for days in (4, 5, 6, 7)] == [0, 0, 1, 1]
    alert = BillingAlert.objects.get(kind="late")
    assert alert.facts == {"due": "2026-09-08", "amount": 990000, "interest": 500, "interest_on": "2026-09-09"}


def test_money_that_is_back_is_not_late_even_if_it_went_back_in_the_console(scene):
    scene.active()
    withdrawals.withdraw(scene.person, at=AT)
    payment = PaymentTransaction.objects.get(transaction_type="payment")
    PaymentTransaction.objects.filter(transaction_type="refund").update(status="failed", ask_at=None)
    assert withdrawals.report_late(AT + 9 * DAY) == 1

    scene.refund_in_console(payment)
    settlement.settle(payment.pk, scene.gateway.find(ledger.order_of(payment)), at=AT)
    assert withdrawals.report_late(AT + 9 * DAY) == 0


def test_a_refund_of_the_same_minute_is_never_late(person):
    subscribe(person)
    withdrawals.withdraw(person, at=AT)
    work(AT)

    assert withdrawals.report_late(AT + 30 * DAY) == 0
