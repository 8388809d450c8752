"""A gateway that lets calls wait until their timeout holds back its own work, and none at another gateway.

Both are real servers. One stalls; each stalled call moves the clock on by as long as a client waits.
"""

import datetime as dt

import pytest
from django.urls import reverse

from billing import charges, checkout, ledger, payment_methods, reconciliation, renewals, webhooks
from billing.gateways.base import TimedOut, UnknownOutcome
from billing.models import BillingAlert, GatewayEvent, PaymentMethod, PaymentTransaction
from tests.billing.gateway_scenes import Scene
from tests.billing.renewal_storm import DUE, customer_at
from tests.billing.scenes import DAY, MINUTE
from tests.factories.accounts import UserFactory

OTHER = {"stripe": "portone", "portone": "stripe"}
WAIT = dt.timedelta(seconds=20)
RUN = dt.timedelta(seconds=30)
# Charges of each gateway.
MANY = 6


class Two:
    """A gateway that will be silent, and another one, with one clock."""

    def __init__(self, settings, name):
        scenes = {each: Scene(None, each, settings) for each in OTHER}
        # The second scene has put the first one's key away.
        settings.STRIPE_SECRET_KEY = "sk_test_1"
        self.silent, self.other = scenes[name], scenes[OTHER[name]]
        self.settings, self.at, self.waited = settings, DUE, 0
        for scene in scenes.values():
            scene.at = DUE

    def close(self):
        self.silent.close()
        self.other.close()

    def clock(self):
        return self.at + WAIT * (self.silent.fake.stalled - self.waited)

    def go_to(self, at):
        self.at, self.waited = at, self.silent.fake.stalled

    def fall_silent(self):
        setattr(self.settings, f"{self.silent.name.upper()}_TIMEOUT", 0.5)
        self.silent.fake.faults = ["stall"] * 1000

    def answer_again(self):
        setattr(self.settings, f"{self.silent.name.upper()}_TIMEOUT", 20)
        self.silent.fake.faults = []

    def renew(self, number=MANY):
        """Renewals at both, those at the silent gateway due before the others."""
        people = {}
        for scene, due in ((self.silent, DUE - MINUTE), (self.other, DUE)):
            people[scene] = [customer_at(scene, index, due=due) for index in range(number)]
        renewals.run(self.clock)
        self.rows().update(ask_at=DUE - MINUTE)
        return people

    def learn(self):
        """The workers learn that the gateway is silent."""
        self.renew(2)
        self.fall_silent()
        charges.run(self.clock)
        self.go_to(self.at + MINUTE)

    def rows(self, **of):
        return PaymentTransaction.objects.filter(payment_gateway=self.silent.name, **of)


@pytest.fixture(params=["stripe", "portone"])
def two(request, db, settings):
    two = Two(settings, request.param)
    yield two
    two.close()


# ── Charges and questions ──


def test_a_silent_gateway_holds_back_no_charge_at_another(two):
    two.renew()
    two.fall_silent()
    charges.run(two.clock, until=two.clock() + RUN)
    assert two.other.fake.taken() == MANY

    charges.run(two.clock)

    assert two.silent.fake.stalled == 2
    assert two.rows(attempts=0, ask_at__lte=DUE).count() == MANY - 2


def test_a_silent_gateway_is_tried_by_one_call_after_1_2_4_and_then_each_8_minutes(two):
    two.renew(12)
    two.fall_silent()
    tried = []
    for minutes in range(60):
        two.go_to(DUE + minutes * MINUTE)
        charges.run(two.clock, until=two.clock() + RUN)
        tried += [minutes] * (two.silent.fake.stalled - two.waited)

    assert tried == [0, 0, 2, 4, 8, 16, 24, 32, 40, 48, 56]


def test_what_was_left_is_charged_once_when_the_gateway_answers_again(two):
    two.renew()
    two.fall_silent()
    charges.run(two.clock)
    two.answer_again()
    two.go_to(DUE + 2 * MINUTE)
    charges.run(two.clock)

    # The two that stalled had been charged, and are asked about.
    assert sorted(two.rows().values_list("status", "attempts")) == [("completed", 1)] * 4 + [("completed", 2)] * 2
    assert two.silent.fake.taken() == MANY


def test_one_timeout_is_chance(two):
    two.renew()
    two.fall_silent()
    two.silent.fake.faults = ["stall", "", "", "fail", "stall"]
    charges.run(two.clock)

    assert two.rows(attempts=0).count() == 0
    assert two.silent.fake.stalled == 2


def test_a_gateway_that_fails_at_once_is_asked_on(two):
    """Its failures take no time from the others."""
    two.renew()
    two.silent.fake.faults = ["silent"] * 1000
    charges.run(two.clock)

    assert list(two.rows().values_list("status", "attempts")) == [("pending", 1)] * MANY


def test_the_staff_learn_after_a_day_of_payments_that_a_silent_gateway_is_not_asked_about(two):
    two.renew()
    two.fall_silent()
    for hours in (0, 23):
        two.go_to(DUE + dt.timedelta(hours=hours))
        charges.run(two.clock)
    assert not BillingAlert.objects.exists()

    two.go_to(DUE + DAY)
    charges.run(two.clock, until=two.clock() + RUN)

    keys = set(two.rows().values_list("idempotency_key", flat=True))
    assert set(BillingAlert.objects.values_list("kind", "reference")) == {("unknown", key) for key in keys}
    BillingAlert.objects.update(resolved_at=two.clock())
    charges.run(two.clock)
    assert not BillingAlert.objects.filter(resolved_at=None).exists()


def test_a_refund_at_another_gateway_is_not_held_back(two):
    people = two.renew()
    charges.run(two.clock)
    two.go_to(DUE + MINUTE)
    for scene, at in ((two.silent, DUE), (two.other, DUE + MINUTE)):
        for payment in PaymentTransaction.objects.filter(user__in=people[scene]):
            ledger.open_refund(payment, amount=990000, reason="goodwill", at=at)
    two.fall_silent()
    charges.run(two.clock, until=two.clock() + RUN)

    refunds = PaymentTransaction.objects.filter(transaction_type="refund", status="completed")
    assert list(refunds.values_list("payment_gateway", flat=True)) == [two.other.name] * MANY


# ── Webhooks ──


def test_a_silent_gateway_holds_back_no_webhook_of_another(two):
    two.renew()
    charges.run(two.clock)
    for scene, due in ((two.silent, DUE - MINUTE), (two.other, DUE)):
        keys = PaymentTransaction.objects.filter(payment_gateway=scene.name).values_list("idempotency_key", flat=True)
        GatewayEvent.objects.bulk_create(
            GatewayEvent(gateway=scene.name, event_id=key, event_type="any", reference=key, due_at=due) for key in keys
        )
    two.fall_silent()
    webhooks.run(two.clock, until=two.clock() + RUN)
    webhooks.run(two.clock)

    events = GatewayEvent.objects.filter(gateway=two.silent.name)
    assert GatewayEvent.objects.filter(gateway=two.other.name, processed_at=None).count() == 0
    assert sorted(events.values_list("attempts", flat=True)) == [0] * (MANY - 2) + [1] * 2


# ── Cards ──


def removed(two):
    """Cards of people who replaced them, at the silent gateway first."""
    people = two.renew()
    for scene, at in ((two.silent, DUE - MINUTE), (two.other, DUE)):
        PaymentMethod.objects.filter(user__in=people[scene]).update(removed_at=at)
    two.fall_silent()
    return people


def test_a_silent_gateway_holds_back_no_deletion_of_a_card_at_another(two):
    removed(two)
    deleted = payment_methods.delete_removed(two.clock, until=two.clock() + 2 * WAIT + RUN)

    assert (deleted, two.silent.fake.stalled) == (MANY, 2)
    assert set(PaymentMethod.objects.values_list("gateway", flat=True)) == {two.silent.name}


def test_the_deletion_of_cards_ends_at_its_time_and_goes_on(two):
    removed(two)

    assert payment_methods.delete_removed(two.clock, until=two.clock()) == 0
    assert payment_methods.delete_removed(two.clock) == MANY


def test_people_who_leave_wait_for_a_silent_gateway_without_a_call_for_each(two):
    people = removed(two)
    gone = [payment_methods.delete_all(person, at=two.clock()) for person in people[two.silent] + people[two.other]]

    assert gone == [False] * MANY + [True] * MANY
    assert two.silent.fake.stalled == 2
    assert BillingAlert.objects.filter(kind="leaving").count() == MANY


# ── The pages ──


def test_a_checkout_at_a_silent_gateway_is_refused_at_once(two, client, time_machine):
    two.learn()
    time_machine.move_to(two.clock(), tick=False)
    client.force_login(UserFactory())
    # Won go to PortOne where both are set up.
    if two.silent.name == "stripe":
        two.settings.PORTONE_API_SECRET = ""
    before = len(two.silent.fake.requests)
    answer = client.post("/billing/checkout/premium/", {"agreed": "on"}, follow=True)

    assert "지금은 결제를 시작할 수 없어요" in answer.text
    assert len(two.silent.fake.requests) == before


def test_coming_back_from_a_silent_gateway_says_that_its_answer_is_awaited(two, client, time_machine):
    person = UserFactory()
    two.settings.PORTONE_API_SECRET = "secret" if two.silent.name == "portone" else ""
    checkout.begin(person, "premium", trial=False, at=DUE)
    two.settings.PORTONE_API_SECRET = "secret"
    two.learn()
    time_machine.move_to(two.clock(), tick=False)
    client.force_login(person)
    before = len(two.silent.fake.requests)
    answer = client.get(reverse("billing:return"), {"billingKey": "any"}, follow=True)

    assert "결제 회사의 응답을 기다리고 있어요" in answer.text
    assert len(two.silent.fake.requests) == before


# ── Reconciliation ──


def test_a_gateway_that_stalls_is_left_and_the_next_one_is_reconciled(two):
    two.renew()
    two.other.fake.faults = ["drop"] * MANY
    charges.run(two.clock)
    two.fall_silent()
    before = two.silent.fake.stalled
    reconciliation.catch_up(two.clock())

    assert two.silent.fake.stalled == before + 1
    assert not PaymentTransaction.objects.filter(payment_gateway=two.other.name, status="pending").exists()


@pytest.mark.parametrize("two", ["portone"], indirect=True)
def test_a_payment_that_cannot_be_read_keeps_no_other_gateway_from_being_reconciled(two):
    """PortOne is asked first. A payment of the store is in a currency that we do not sell in."""
    two.renew()
    two.other.fake.faults = ["drop"] * MANY
    charges.run(two.clock)
    next(iter(two.silent.fake.payments.values())).currency = "EUR"
    reconciliation.catch_up(two.clock())

    assert not PaymentTransaction.objects.filter(payment_gateway="stripe", status="pending").exists()


# ── What a timeout is ──


@pytest.mark.parametrize("name", ["stripe", "portone"])
def test_only_a_call_that_waited_has_timed_out(person, settings, name):
    scene = Scene(person, name, settings)
    scene.begin()
    scene.give_up_after(0.5)
    order = ledger.order_of(PaymentTransaction.objects.get())
    kinds = []
    for fault in ("stall", "drop", "fail", "silent"):
        scene.fake.faults = [fault]
        with pytest.raises(UnknownOutcome) as unknown:
            scene.gateway.find(order)
        kinds.append(type(unknown.value) is TimedOut)
    scene.close()

    assert kinds == [True, False, False, False]
