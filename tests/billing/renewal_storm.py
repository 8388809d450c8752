"""Many renewals at a gateway that misbehaves: charges equal renewals, and every order of webhooks ends in one state."""

import datetime as dt
import random

from billing import charges, gateways, renewals
from billing.gateways.base import UnknownOutcome
from billing.gateways.demo import DemoGateway
from billing.models import BillingAlert, PaymentMethod, PaymentTransaction, UserSubscription
from tests.billing.scenes import AT, HOUR, seoul
from tests.factories.accounts import UserFactory

DUE = seoul(2026, 10, 3)
SILENCE = 72 * HOUR


class StormyGateway(DemoGateway):
    """Takes the money and drops the answer (30 %), fails afterwards (5 %), stalls until the client gives up (5 %), and is silent for 72 hours."""

    def __init__(self, rng: random.Random):
        self.rng, self.now = rng, DUE

    def clock(self):
        return self.now

    def charge(self, order):
        if self.is_silent():
            raise UnknownOutcome("silent")
        payment = super().charge(order)
        if self.rng.random() < 0.40:
            raise UnknownOutcome("dropped, failed or stalled")
        return payment

    def find(self, order):
        if self.is_silent() or self.rng.random() < 0.1:
            raise UnknownOutcome("silent")
        return super().find(order)

    def is_silent(self):
        """From an hour after the first charges, for three days."""
        return DUE + HOUR <= self.now < DUE + HOUR + SILENCE


def storm(number: int, rng: random.Random) -> None:
    """Renews `number` subscriptions.

    Asserts that each was charged once and that all ended in the same state.
    """
    gateway, former = StormyGateway(rng), gateways.GATEWAYS["demo"]
    gateways.GATEWAYS["demo"] = gateway
    try:
        _create(number)
        now = DUE
        # Half are due before the silence, half in it.
        # What the gateway never received is charged again a day after that is known.
        while now < DUE + HOUR + SILENCE + 30 * HOUR:
            gateway.now = now
            renewals.run(gateway.clock)
            charges.run(gateway.clock)
            now += dt.timedelta(minutes=20) if now < DUE + 3 * HOUR else HOUR
        _webhooks(gateway, rng, now)
        _check(gateway, number)
    finally:
        gateways.GATEWAYS["demo"] = former


def _create(number: int) -> None:
    for index in range(number):
        person = UserFactory()
        method = PaymentMethod.objects.create(user=person, gateway="demo", token=f"demo_4242_{index}", label="")
        late = HOUR * 2 if index % 2 else dt.timedelta()
        UserSubscription.objects.create(
            user=person, plan_id="premium", amount=990000, started_at=AT, current_period_start=AT,
            current_period_end=DUE + late, payment_gateway="demo", method=method, anchor_day=3,
        )  # fmt: skip


def _webhooks(gateway: StormyGateway, rng: random.Random, now: dt.datetime) -> None:
    """Twice each, backwards or in any order."""
    rows = list(PaymentTransaction.objects.filter(transaction_type="payment").select_related("method", "plan"))
    for row in [*reversed(rows), *rng.sample(rows, len(rows))]:
        known = DemoGateway.find(gateway, charges.order_of(row))
        if known is not None:
            charges.settle(row.pk, known, at=now)


def _check(gateway: StormyGateway, number: int) -> None:
    span = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    taken = [payment for payment in gateway.changed_between(*span) if payment.state == "paid"]
    rows = PaymentTransaction.objects.filter(transaction_type="payment", status="completed")
    assert len(taken) == rows.count() == number
    assert {payment.key for payment in taken} == set(rows.values_list("idempotency_key", flat=True))
    states = set(UserSubscription.objects.values_list("phase", "failures", "retry_at"))
    assert states == {("active", 0, None)}
    assert set(BillingAlert.objects.values_list("kind", flat=True)) <= {"unknown"}
