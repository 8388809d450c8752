"""Years of one subscription through the product's functions, beside a calendar that counts from the first day.

It is renewed without the queue and the gateway, which have no part in the calendar: the clock's step opens each payment, and
its success is booked.
"""

import datetime as dt

from django.db import transaction

from billing import pauses, periods, plan_switches, plans, renewals, settlement, subscriptions
from billing.gateways.base import GatewayPayment, PaymentState
from billing.models import PaymentTransaction
from tests.billing.scenes import DAY, now_of, payments, seoul, subscribe, work
from tests.billing.test_periods import oracle
from tests.factories.accounts import UserFactory

KINDS = ["plain", "trial", "pause", "switch"]


def starts(kind: str, day: int, months: int) -> list[dt.date]:
    """The days on which the periods begin that were paid for, of a person whose rhythm begins on this day of January 2027."""
    person, first = UserFactory(), seoul(2027, 1, day)
    if kind == "trial":
        subscribe(person, at=first - periods.TRIAL_DAYS * DAY, trial=True)
        work(first)
    elif kind == "switch":
        subscribe(person, at=first - 9 * DAY)
        shown = plan_switches.preview(subscriptions.current(person), plans.for_sale("pro"), at=first).charge
        plan_switches.switch(person, "pro", shown=shown, at=first)
        work(first)
    else:
        subscribe(person, at=first)
    if kind == "pause":
        pauses.schedule(person, months=pause_of(day), at=first + DAY)
        work(now_of(person).current_period_end)
    for _ in range(months - len(_begun(person, first))):
        _renew(now_of(person).pk)
    return _begun(person, first)


def _renew(subscription_id) -> None:
    """When the period or the pause ends, the next one is paid for."""
    with transaction.atomic():
        subscription = subscriptions.lock(subscription_id)
        at = subscription.current_period_end
        renewals.step(subscription, at=at)
    row = PaymentTransaction.objects.get(subscription=subscription_id, status="pending")
    paid = GatewayPayment(row.idempotency_key, f"id-{row.pk}", PaymentState.PAID, row.amount, row.currency)
    settlement.settle(row.pk, paid, at=at)


def expected(kind: str, day: int, months: int) -> list[dt.date]:
    paused = pause_of(day) if kind == "pause" else 0
    return [oracle(dt.date(2027, 1, day), number + (paused if number else 0)) for number in range(months)]


def pause_of(day: int) -> int:
    return 1 + day % 3


def _begun(person, first: dt.datetime) -> list[dt.date]:
    rows = [row for row in payments(person) if row.status == "completed" and row.period_starts_at >= first]
    return [periods.day_of(row.period_starts_at) for row in rows]
