"""The gateways against servers that answer like them: units, keys, lost answers, refunds, webhooks."""

import dataclasses
import datetime as dt

import pytest
import stripe
from django.utils import timezone
from portone_server_sdk.common import CustomerInput, PaymentAmountInput

from billing import checkout, gateways
from billing.gateways import portone
from billing.gateways.base import BadSignature, Method, MethodRefused, Order, RefundOrder, UnknownOutcome
from billing.models import PaymentMethod
from tests.factories.accounts import UserFactory
from tests.fakes import stripe_api
from tests.fakes.portone_api import FakePortOne
from tests.fakes.stripe_api import FIXTURES, FakeStripe

NOW = 1_790_000_000


class Stripe:
    """A registered person at the fake Stripe."""

    def __init__(self, fake: FakeStripe, last4: str = "4242"):
        self.fake, self.gateway = fake, gateways.named("stripe")
        made = self.gateway.register(customer="person", return_url="https://x.example/", reference="r1", currency="KRW")
        fake.complete(made.reference, last4=last4)
        self.method = self.gateway.registered(made.reference, customer="person")


class PortOne:
    def __init__(self, fake: FakePortOne, last4: str = "4242"):
        self.fake, self.gateway = fake, gateways.named("portone")
        self.method = self.gateway.registered(fake.issue("person", last4=last4), customer="person")


@pytest.fixture
def stripe_server(settings):
    fake = FakeStripe()
    fake.now = lambda: NOW
    settings.STRIPE_URL, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = (
        fake.url,
        "sk_test_1",
        stripe_api.SECRET,
    )
    yield fake
    fake.close()


@pytest.fixture
def portone_server(settings):
    from tests.fakes import portone_api

    fake = FakePortOne()
    fake.now = lambda: NOW
    settings.PORTONE_URL, settings.PORTONE_API_SECRET = fake.url, "secret"
    settings.PORTONE_STORE_ID, settings.PORTONE_WEBHOOK_SECRET = "store", portone_api.SECRET
    yield fake
    fake.close()


@pytest.fixture(params=["stripe", "portone"])
def kind(request):
    return request.param


@pytest.fixture
def at(kind, request):
    """A person who registered, at one of the two."""
    fake = request.getfixturevalue(f"{kind}_server")
    return Stripe(fake) if kind == "stripe" else PortOne(fake)


def order(at, key="w1", amount=990000, currency="KRW", token=None, gateway_id=""):
    return Order(key, token or at.method.token, amount, currency, "WellnessAI Premium", "person", gateway_id)


def test_a_charge_crosses_in_the_smallest_unit_and_comes_back_in_hundredths(at):
    payment = at.gateway.charge(order(at))

    assert at.fake.payments["w1"].units == 9900
    assert (payment.state, payment.amount, payment.currency) == ("paid", 990000, "KRW")
    assert "4242" in payment.method


def test_dollars_cross_as_cents(stripe_server):
    at = Stripe(stripe_server)
    payment = at.gateway.charge(order(at, amount=990, currency="USD"))

    assert (stripe_server.payments["w1"].units, payment.amount) == (990, 990)
    paid = order(at, amount=990, currency="USD", gateway_id=payment.id)
    refunds = at.gateway.refund(RefundOrder("r1", paid, 330, 0)).refunds
    assert [stripe_server.payments["w1"].refunds[0].units, *(one.amount for one in refunds)] == [330, 330]


def test_the_same_key_takes_the_money_once(at):
    for _ in range(3):
        assert at.gateway.charge(order(at)).state == "paid"

    assert at.fake.taken() == 1


@pytest.mark.parametrize("fault", ["drop", "fail"])
def test_a_lost_answer_is_unknown_and_is_found_by_its_key(at, fault):
    at.fake.faults = [fault]
    with pytest.raises(UnknownOutcome):
        at.gateway.charge(order(at))
    found = at.gateway.find(order(at))

    assert (found.state, found.amount, at.fake.taken()) == ("paid", 990000, 1)


def test_an_answer_that_stalls_is_unknown_after_our_timeout_and_is_found_by_its_key(at, settings):
    """The server stalls until the client hangs up; the SDK of PortOne would wait for a minute."""
    settings.STRIPE_TIMEOUT = settings.PORTONE_TIMEOUT = 0.5
    at.fake.faults = ["stall"]
    with pytest.raises(UnknownOutcome, match=r"Time|APIConnection"):
        at.gateway.charge(order(at))
    settings.STRIPE_TIMEOUT = settings.PORTONE_TIMEOUT = 20
    found = at.gateway.find(order(at))

    assert (found.state, found.amount, at.fake.taken()) == ("paid", 990000, 1)


def test_a_payment_that_never_arrived_is_not_known(at):
    at.fake.faults = ["silent"]
    with pytest.raises(UnknownOutcome):
        at.gateway.charge(order(at))

    assert at.gateway.find(order(at)) is None
    assert at.fake.taken() == 0


def test_a_declined_card_is_a_failed_payment(kind, request):
    fake = request.getfixturevalue(f"{kind}_server")
    at = Stripe(fake, "0341") if kind == "stripe" else PortOne(fake, "0341")
    payment = at.gateway.charge(order(at))

    assert (payment.state, bool(payment.reason), fake.taken()) == ("failed", True, 0)


def test_a_refund_goes_back_once_per_key_and_in_parts(at):
    paid = at.gateway.charge(order(at))
    known = order(at, gateway_id=paid.id)
    at.gateway.refund(RefundOrder("r1", known, 300000, 0))
    again = at.gateway.refund(RefundOrder("r1", known, 300000, 0))
    both = at.gateway.refund(RefundOrder("r2", known, 690000, 300000))

    assert [refund.units for refund in at.fake.payments["w1"].refunds] == [3000, 6900]
    assert [(refund.key, refund.amount) for refund in again.refunds] == [("r1", 300000)]
    assert sorted((refund.key, refund.amount) for refund in both.refunds) == [("r1", 300000), ("r2", 690000)]
    assert both.state == "paid"


def test_a_refund_in_the_console_has_no_key_of_ours(at):
    at.gateway.charge(order(at))
    at.fake.refund_in_console("w1", 9900)
    (refund,) = at.gateway.find(order(at)).refunds

    assert (refund.key, refund.amount, refund.state) == ("", 990000, "paid")


@pytest.mark.parametrize("state", ["open", "won"])
def test_a_dispute_is_read_with_its_state(at, state):
    at.gateway.charge(order(at))
    at.fake.dispute_in_console("w1", "open")
    at.fake.dispute_in_console("w1", state)
    (dispute,) = at.gateway.find(order(at)).disputes

    assert (dispute.state, dispute.amount) == (state, 990000)


def test_a_dispute_is_the_same_one_after_a_part_was_refunded(at):
    """PortOne lists disputes with a payment only while nothing of it was cancelled."""
    at.gateway.charge(order(at))
    at.fake.dispute_in_console("w1", "open")
    before = at.gateway.find(order(at)).disputes
    at.fake.refund_in_console("w1", 3000)
    part_refunded = at.gateway.find(order(at)).disputes
    at.fake.dispute_in_console("w1", "won")
    (won,) = at.gateway.find(order(at)).disputes

    assert part_refunded == before
    assert (before[0].state, won) == ("open", before[0]._replace(state="won"))


def test_a_dispute_that_comes_after_a_refund_of_a_part_is_read(at):
    at.gateway.charge(order(at))
    at.fake.refund_in_console("w1", 3000)
    at.fake.dispute_in_console("w1", "open")
    (dispute,) = at.gateway.find(order(at)).disputes

    assert (dispute.state, dispute.amount) == ("open", 990000)


def test_a_second_dispute_at_portone_is_another_one_and_a_webhook_sent_again_is_none(portone_server):
    at = PortOne(portone_server)
    at.gateway.charge(order(at))
    portone_server.refund_in_console("w1", 3000)
    for hours, kind in ((1, "Created"), (2, "Resolved"), (3, "Created")):
        portone_server.now = lambda hours=hours: NOW + hours * 3600
        trigger = f"DISPUTE_{kind.upper()}"
        portone_server.send("w1", f"Transaction.Dispute{kind}", trigger, times=3)
        # Sent again by hand: its trigger does not say what it was about.
        portone_server.send("w1", f"Transaction.Dispute{kind}", "MANUAL")
    first, second = at.gateway.find(order(at)).disputes

    assert (first.state, second.state) == ("won", "open")
    assert first.id != second.id


def test_a_dispute_at_portone_is_closed_when_everything_went_back(portone_server):
    at = PortOne(portone_server)
    at.gateway.charge(order(at))
    portone_server.dispute_in_console("w1", "open")
    portone_server.dispute_in_console("w1", "lost")
    payment = at.gateway.find(order(at))

    assert [dispute.state for dispute in payment.disputes] == ["closed"]
    assert sum(refund.amount for refund in payment.refunds) == 990000


def test_a_forgotten_method_takes_no_more_money_and_forgetting_twice_is_no_error(at):
    at.gateway.forget(at.method)
    at.gateway.forget(at.method)

    assert at.gateway.charge(order(at)).state == "failed"


def test_forgetting_at_a_gateway_that_is_down_is_unknown(at):
    at.fake.faults = ["silent"] * 5
    with pytest.raises(UnknownOutcome):
        at.gateway.forget(at.method)


def test_the_changes_of_a_time_are_listed_with_later_refunds(at):
    at.gateway.charge(order(at))
    at.fake.now = lambda: NOW + 90_000
    at.gateway.charge(order(at, key="w2"))
    at.fake.refund_in_console("w1", 9900)
    since = dt.datetime.fromtimestamp(NOW + 80_000, dt.UTC)

    found = {payment.key: payment for payment in at.gateway.changed_between(since, since + dt.timedelta(days=1))}

    assert found.keys() == {"w1", "w2"}
    assert found["w1"].refunds[0].amount == 990000


def test_a_refund_of_another_systems_payment_at_stripe_is_not_listed(stripe_server):
    """Its payment is older than the time that is looked at, has no key of ours and a currency that we do not sell in."""
    at = Stripe(stripe_server)
    at.gateway.charge(order(at))
    stripe_server.payments["w1"].key, stripe_server.payments["w1"].currency = "", "eur"
    at.fake.now = lambda: NOW + 90_000
    at.fake.refund_in_console("w1", 9900)
    since = dt.datetime.fromtimestamp(NOW + 80_000, dt.UTC)

    assert list(at.gateway.changed_between(since, since + dt.timedelta(days=1))) == []


def test_a_webhook_names_its_payment_and_is_checked(at, time_machine):
    paid = at.gateway.charge(order(at))
    time_machine.move_to(dt.datetime.fromtimestamp(NOW, dt.UTC), tick=False)
    body, headers = at.fake.webhook("w1", at=NOW)
    event = at.gateway.read_webhook(body, headers)

    assert event.reference in ("w1", paid.id)
    for changed in (body + b" ", body.replace(b"w1", b"w2")):
        with pytest.raises(BadSignature):
            at.gateway.read_webhook(changed, headers)
    with pytest.raises(BadSignature):
        at.gateway.read_webhook(body, {})
    # Judged by the signed header: sent again after three hours it is taken, an old header is refused.
    time_machine.move_to(dt.datetime.fromtimestamp(NOW + 3 * 3600, dt.UTC), tick=False)
    with pytest.raises(BadSignature):
        at.gateway.read_webhook(body, headers)
    again, fresh = at.fake.sign(body, at=NOW + 3 * 3600)
    assert at.gateway.read_webhook(again, fresh).reference == event.reference


def test_an_event_of_an_unknown_type_is_read_without_a_payment(at, time_machine):
    time_machine.move_to(dt.datetime.fromtimestamp(NOW, dt.UTC), tick=False)
    body = b'{"id": "evt_9", "object": "event", "type": "New.Thing", "timestamp": "x", "data": {"object": {"object": "thing"}}}'
    event = at.gateway.read_webhook(*at.fake.sign(body, at=NOW))

    assert (event.type, event.reference) == ("New.Thing", "")


def test_a_billing_key_of_somebody_else_is_refused(portone_server):
    key = portone_server.issue("another")
    with pytest.raises(MethodRefused):
        gateways.named("portone").registered(key, customer="person")
    with pytest.raises(MethodRefused):
        gateways.named("portone").registered("no-such-key", customer="person")


@pytest.mark.django_db
@pytest.mark.parametrize("name", gateways.GATEWAYS)
@pytest.mark.parametrize("signature", ["", "é", "²", "v1,é", "v1,====", "v1," + "x" * 5000])
@pytest.mark.parametrize("sent_at", ["", "now", "²", "9" * 5000, "NaN", "-1"])
def test_a_signature_that_is_none_is_refused(name, signature, sent_at, stripe_server, portone_server, client):
    at = sent_at.replace("now", str(int(timezone.now().timestamp())))
    headers = {
        "Demo-Signature": signature,
        "Demo-Timestamp": at,
        "Stripe-Signature": f"t={at},v1={signature}",
        "webhook-id": "msg",
        "webhook-timestamp": at,
        "webhook-signature": signature,
    }
    address = f"/billing/webhooks/{name}/"

    assert client.post(address, b"{}", content_type="application/json", headers=headers).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("name", gateways.GATEWAYS)
def test_nobody_pays_with_what_another_person_registered(name, stripe_server, portone_server, settings, client):
    """Whatever reference a browser brings back from the gateway."""
    settings.PORTONE_API_SECRET = settings.PORTONE_API_SECRET if name == "portone" else ""
    settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY if name == "stripe" else ""
    owner, thief = UserFactory(), UserFactory()
    made, _own = (checkout.begin(one, "premium", trial=False, at=timezone.now()) for one in (owner, thief))
    register = {
        "demo": lambda: gateways.DEMO.enter_card(made.reference, number="4242 4242 4242 4242"),
        "stripe": lambda: stripe_server.complete(made.reference),
        "portone": lambda: portone_server.issue(str(owner.pk)),
    }
    reference = register[name]() or made.reference
    client.force_login(thief)
    answers = [client.get("/billing/return/", {"billingKey": one}) for one in (reference, "no-such-reference")]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert not PaymentMethod.objects.filter(user=thief).exists()


def test_a_checkout_that_was_not_completed_gives_no_method(stripe_server):
    made = gateways.named("stripe").register(
        customer="p", return_url="https://x.example/", reference="r", currency="KRW"
    )
    with pytest.raises(MethodRefused):
        gateways.named("stripe").registered(made.reference, customer="p")


def test_the_demo_is_closed_outside_development(settings):
    settings.DEVELOPMENT = False

    assert not gateways.named("demo").is_set_up()
    assert gateways.offered() is None


def test_won_go_through_portone_and_dollars_through_stripe(settings):
    settings.PORTONE_API_SECRET, settings.STRIPE_SECRET_KEY = "a", "b"

    assert gateways.offered("KRW").name == "portone"
    assert gateways.offered("USD").name == "stripe"


# ── The fake Stripe is honest ──


def kinds(value) -> str:
    return type(value).__name__


def differences(answer, path="", shown=None) -> list[str]:
    """Where an answer lacks a field of Stripe's example of its resource, or has it with another type.

    `shown` is what the example of the resource around it shows here: of an account sometimes the id alone.
    """
    if isinstance(answer, list):
        return [one for number, item in enumerate(answer) for one in differences(item, f"{path}[{number}]")]
    if not isinstance(answer, dict):
        return []
    example = _example(answer, shown)
    found = []
    for name, value in example.items():
        if name not in answer:
            found.append(f"{path}.{name} is missing")
        elif None not in (value, answer[name]) and not _fits(value, answer[name]):
            found.append(f"{path}.{name}: {kinds(answer[name])} instead of {kinds(value)}")
    inner = (differences(value, f"{path}.{name}", example.get(name)) for name, value in answer.items())
    return found + [one for these in inner for one in these]


def _example(answer, shown) -> dict:
    resource = answer.get("object")
    if isinstance(shown, dict) and shown.get("object") == resource:
        return shown
    return FIXTURES.get(resource, {}) if isinstance(resource, str) else {}


def _fits(example, value) -> bool:
    # A reference to another resource may be expanded.
    return type(example) is type(value) or (isinstance(example, str) and isinstance(value, dict) and "object" in value)


def test_every_answer_has_the_fields_and_types_of_stripes_own_examples(stripe_server):
    answers = []
    handle = stripe_server.handle
    stripe_server.handle = lambda *asked: answers.append(handle(*asked)) or answers[-1]
    at = Stripe(stripe_server)
    paid = at.gateway.charge(order(at))
    at.gateway.refund(RefundOrder("r1", order(at, gateway_id=paid.id), 100000, 0))
    stripe_server.dispute_in_console("w1", "open")
    stripe_server.refund_in_console("w1", 100)
    at.gateway.find(order(at))
    list(at.gateway.changed_between(dt.datetime.fromtimestamp(0, dt.UTC), dt.datetime.fromtimestamp(NOW + 9, dt.UTC)))
    at.gateway.forget(at.method)

    seen = {str(answer.get("object")) for _status, answer in answers} | {
        item["object"] for _status, answer in answers for item in answer.get("data", []) if isinstance(item, dict)
    }
    assert seen >= {"customer", "checkout.session", "payment_intent", "refund", "dispute", "event", "payment_method"}
    assert [one for _status, answer in answers for one in differences(answer)] == []


def test_a_field_with_another_type_would_be_noticed():
    wrong = stripe_api.example("refund", amount="9900")
    del wrong["status"]

    assert differences(wrong) == [".amount: str instead of int", ".status is missing"]


def test_the_official_sdk_parses_all_of_stripes_examples():
    assert len(FIXTURES) == 176
    for name, fixture in FIXTURES.items():
        parsed = stripe.StripeObject.construct_from(fixture, "sk_test")
        assert parsed.to_dict().keys() == fixture.keys(), name


# ── The fake PortOne is honest ──


def camel(name: str) -> str:
    first, *more = name.split("_")
    return first + "".join(word.title() for word in more)


def invented(answer, parsed, path="") -> list[str]:
    """Fields of an answer that PortOne's SDK does not know; types and missing fields it checks itself."""
    if isinstance(answer, list):
        pairs = enumerate(zip(answer, parsed, strict=True))
        return [one for number, (item, read) in pairs for one in invented(item, read, f"{path}[{number}]")]
    if not isinstance(answer, dict):
        return []
    known = {camel(field.name): getattr(parsed, field.name) for field in dataclasses.fields(parsed)}
    # What tells the kinds of one thing apart is no field of theirs.
    fields = {name: value for name, value in answer.items() if name in known or name not in ("type", "status")}
    found = [f"{path}.{name}" for name in fields if name not in known]
    inner = (invented(value, known[name], f"{path}.{name}") for name, value in fields.items() if name in known)
    return found + [one for these in inner for one in these]


def test_every_answer_is_one_of_the_types_of_portones_sdk_and_has_no_other_fields(portone_server):
    answers, read = [], []
    handle = portone_server.handle
    portone_server.handle = lambda *asked: answers.append(handle(*asked)[1]) or (200, answers[-1])
    at = PortOne(portone_server)
    calls = [
        lambda client: client.billing_key.get_billing_key_info(billing_key=at.method.token),
        lambda client: client.pay_with_billing_key(
            payment_id="w1", billing_key=at.method.token, order_name="Premium", currency="KRW",
            amount=PaymentAmountInput(total=9900), customer=CustomerInput(id="person"),
        ),
        lambda client: client.get_payment(payment_id="w1"),
        lambda client: client.cancel_payment(payment_id="w1", amount=3000, reason="part"),
        lambda client: client.get_payment(payment_id="w1"),
        lambda client: client.cancel_payment(payment_id="w1", amount=6900, reason="rest"),
        lambda client: client.get_payment(payment_id="w1"),
        lambda client: client.billing_key.delete_billing_key(billing_key=at.method.token),
    ]  # fmt: skip
    answers.clear()
    for number, call in enumerate(calls):
        if number == 2:
            portone_server.dispute_in_console("w1", "open")
        read.append(call(portone._client()))

    assert [type(one).__name__ for one in read if hasattr(one, "order_name")] == [
        "PaidPayment",
        "PartialCancelledPayment",
        "CancelledPayment",
    ]
    assert [one for answer, parsed in zip(answers, read, strict=True) for one in invented(answer, parsed)] == []
    assert read[2].disputes
    assert all(payment.webhooks for payment in (read[2], read[4], read[6]))


def test_a_field_that_portone_does_not_have_would_be_noticed(portone_server):
    at = PortOne(portone_server)
    at.gateway.charge(order(at))
    payment = portone._client().get_payment(payment_id="w1")

    assert invented({"id": "w1", "amount": {"total": 1, "rest": 2}, "failedAt": "x"}, payment) == [
        ".failedAt",
        ".amount.rest",
    ]


def test_the_fake_refuses_the_same_key_with_another_body(stripe_server):
    at = Stripe(stripe_server)
    at.gateway.charge(order(at))
    with pytest.raises(UnknownOutcome, match="IdempotencyError"):
        at.gateway.charge(order(at, amount=100000))

    assert stripe_server.taken() == 1
    assert Method(token="x", label="") == ("x", "")
