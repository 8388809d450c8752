"""The gateways against servers that answer like them: units, keys, lost answers, refunds, webhooks."""

import datetime as dt

import pytest
import stripe

from billing import gateways
from billing.gateways import portone
from billing.gateways.base import BadSignature, Method, MethodRefused, Order, RefundOrder, UnknownOutcome
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


def wait_for(at, settings, seconds):
    """How long the client waits: Stripe's has a setting, PortOne's SDK none."""
    settings.STRIPE_TIMEOUT = seconds
    if at.gateway.name == "portone":
        portone._client().payment._sync_client.timeout = seconds


def test_an_answer_that_stalls_is_unknown_and_is_found_by_its_key(at, settings, request):
    wait_for(at, settings, 1.5)
    request.addfinalizer(lambda: wait_for(at, settings, 60))
    at.fake.stall, at.fake.faults = 4, ["stall"]
    with pytest.raises(UnknownOutcome, match=r"Time|APIConnection"):
        at.gateway.charge(order(at))
    wait_for(at, settings, 60)
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


def test_the_fake_refuses_the_same_key_with_another_body(stripe_server):
    at = Stripe(stripe_server)
    at.gateway.charge(order(at))
    with pytest.raises(UnknownOutcome, match="IdempotencyError"):
        at.gateway.charge(order(at, amount=100000))

    assert stripe_server.taken() == 1
    assert Method(token="x", label="") == ("x", "")
