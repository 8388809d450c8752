"""Many renewals at a gateway that misbehaves: charges equal renewals, and every order of webhooks ends in one state.

`storm` wraps the demo gateway, for many renewals; `storm_over_http` has fewer at the fake servers of Stripe and PortOne, where
answers are really dropped, fail after the charge, and stall until the client gives up.
"""

import datetime as dt
import random
from collections import Counter

from accounts.models import User
from billing import charges, ledger, renewals, settlement
from billing.gateways.base import GatewayPayment, TimedOut, UnknownOutcome
from billing.models import BillingAlert, PaymentMethod, PaymentTransaction, UserSubscription
from tests.billing.memory_gateway import ALWAYS, MemoryGateway, in_place_of_the_demo
from tests.billing.scenes import AT, HOUR, seoul
from tests.factories.accounts import UserFactory

DUE = seoul(2026, 10, 3)
SILENCE = 72 * HOUR


class StormyGateway(MemoryGateway):
    """Takes the money and gives no answer (40 %), and is silent for 72 hours."""

    def __init__(self, rng: random.Random):
        super().__init__()
        self.rng, self.now = rng, DUE

    def clock(self):
        return self.now

    def charge(self, order):
        self._listen()
        payment = super().charge(order)
        if self.rng.random() < 0.40:
            raise UnknownOutcome("no answer")
        return payment

    def find(self, order):
        self._listen()
        if self.rng.random() < 0.1:
            raise UnknownOutcome("no answer")
        return super().find(order)

    def _listen(self):
        """From an hour after the first charges, for three days, the client waits in vain."""
        if DUE + HOUR <= self.now < DUE + HOUR + SILENCE:
            raise TimedOut("silent")


def storm(number: int, rng: random.Random) -> None:
    """Renews `number` subscriptions.

    Asserts that each was charged once and that all ended in the same state.
    """
    with in_place_of_the_demo(StormyGateway(rng)) as gateway:
        _create(number)
        now = DUE
        # What the gateway never received is charged again a day after that is known.
        while now < DUE + HOUR + SILENCE + 30 * HOUR:
            gateway.now = now
            renewals.run(gateway.clock)
            charges.run(gateway.clock)
            now += _step(now)
        _webhooks(gateway, rng, now)
        _check(_taken(gateway), number)


def _step(now: dt.datetime) -> dt.timedelta:
    """Until the workers run next: fine where something changes.

    From the second day of the silence on, each question is the same one, and each answer is missing.
    """
    if now < DUE + 3 * HOUR:
        return dt.timedelta(minutes=20)
    return 8 * HOUR if DUE + 27 * HOUR <= now < DUE + SILENCE - 8 * HOUR else HOUR


def _create(number: int) -> None:
    people = User.objects.bulk_create(UserFactory.build_batch(number))
    methods = PaymentMethod.objects.bulk_create(_card(one, "demo", f"demo_4242_{one.pk}") for one in people)
    UserSubscription.objects.bulk_create(_subscription(method, due=_due(index)) for index, method in enumerate(methods))


def _due(index: int) -> dt.datetime:
    """Half are due before the silence, half in it."""
    return DUE + HOUR * 2 if index % 2 else DUE


def _card(person: User, name: str, token: str) -> PaymentMethod:
    return PaymentMethod(user=person, gateway=name, token=token, label="")


def _subscription(method: PaymentMethod, *, due: dt.datetime) -> UserSubscription:
    return UserSubscription(
        user=method.user, plan_id="premium", amount=990000, started_at=AT, current_period_start=AT,
        current_period_end=due, payment_gateway=method.gateway, method=method, anchor_day=3,
    )  # fmt: skip


def storm_over_http(scene, number: int, rng: random.Random) -> Counter:
    """Renews `number` subscriptions at a fake server; gives how often it failed in which way."""
    faults: Counter[str] = Counter()
    fake = scene.fake
    _create_at(scene, number)
    scene.give_up_after(0.3)
    end = DUE + HOUR + SILENCE + 50 * HOUR
    while scene.at < end:
        silent = DUE + HOUR <= scene.at < DUE + HOUR + SILENCE
        # The last hours are calm, so that everything becomes known.
        fake.faults = ["silent"] * 1000 if silent else [] if scene.at > end - 10 * HOUR else _weather(rng)
        before = list(fake.faults)
        renewals.run(lambda: scene.at)
        charges.run(lambda: scene.at)
        faults.update(before[: len(before) - len(fake.faults)])
        scene.at += _step(scene.at)
    scene.give_up_after(20)
    fake.faults = []
    rows = list(PaymentTransaction.objects.filter(transaction_type="payment").select_related("method", "plan"))
    for row in [*reversed(rows), *rng.sample(rows, len(rows))]:
        known = scene.gateway.find(ledger.order_of(row))
        if known is not None:
            settlement.settle(row.pk, known, at=scene.at)
    _check([payment for payment in fake.payments.values() if payment.state == "paid"], number)
    return faults


def _weather(rng: random.Random) -> list[str]:
    return rng.choices(["", "drop", "fail", "stall"], [60, 25, 10, 5], k=1000)


def _create_at(scene, number: int) -> None:
    scene.at = DUE
    for index in range(number):
        customer_at(scene, index, due=_due(index))


def customer_at(scene, index: int, *, due: dt.datetime):
    """A person with a card at a fake server, whose period ends at `due`."""
    person = UserFactory()
    if scene.name == "stripe":
        scene.fake.methods[f"pm_{index}"], token = "4242", f"cus_{index} pm_{index}"
    else:
        token = scene.fake.issue(str(person.pk))
    method = _card(person, scene.name, token)
    method.save()
    _subscription(method, due=due).save()
    return person


def _webhooks(gateway: StormyGateway, rng: random.Random, now: dt.datetime) -> None:
    """Twice each, backwards or in any order."""
    rows = list(PaymentTransaction.objects.filter(transaction_type="payment").select_related("method", "plan"))
    for row in [*reversed(rows), *rng.sample(rows, len(rows))]:
        known = MemoryGateway.find(gateway, ledger.order_of(row))
        if known is not None:
            settlement.settle(row.pk, known, at=now)


def _taken(gateway: StormyGateway) -> list[GatewayPayment]:
    return [payment for payment in gateway.changed_between(*ALWAYS) if payment.state == "paid"]


def _check(taken: list, number: int) -> None:
    rows = PaymentTransaction.objects.filter(transaction_type="payment", status="completed")
    assert len(taken) == rows.count() == number
    assert {payment.key for payment in taken} == set(rows.values_list("idempotency_key", flat=True))
    states = set(UserSubscription.objects.values_list("phase", "failures", "retry_at"))
    assert states == {("active", 0, None)}
    assert set(BillingAlert.objects.values_list("kind", flat=True)) <= {"unknown"}
