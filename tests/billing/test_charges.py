"""Money is never taken twice: lost answers, silence, webhooks in any order, refunds and disputes made elsewhere."""

import datetime as dt
import itertools
import json

import pytest
from django.db import OperationalError

from billing import charges, fuses, gateways, reconciliation, refunds, renewals, subscriptions, webhooks
from billing.gateways.base import GatewayPayment, PaymentState
from billing.models import BillingAlert, GatewayEvent, PaymentTransaction, RenewalNight, UserSubscription
from tests.billing.gateway_scenes import Scene
from tests.billing.scenes import AT, DAY, HOUR, MINUTE, gateway_payments, now_of, phase, seoul, subscribe, taken, work
from tests.factories.accounts import UserFactory

DEMO = gateways.DEMO


@pytest.fixture(params=["stripe", "portone"])
def scene(request, person, settings):
    scene = Scene(person, request.param, settings)
    yield scene
    scene.close()


def only_payment():
    return PaymentTransaction.objects.get(transaction_type="payment")


def post_webhook(client, key="", *, event_id="e1", at=AT, kind="payment.paid", **changes):
    body = json.dumps({"id": event_id, "type": kind, "key": key}).encode()
    sent = str(int(at.timestamp()))
    headers = {"Demo-Timestamp": sent, "Demo-Signature": DEMO.signature(body, sent)} | changes
    return client.post("/billing/webhooks/demo/", body, content_type="application/json", headers=headers)


# ── Unknown outcomes ──


@pytest.mark.parametrize("fault", ["drop", "fail"])
def test_a_charge_whose_answer_is_lost_is_asked_about_and_not_repeated(scene, fault):
    scene.begin()
    scene.fake.faults = [fault]
    scene.work()
    assert scene.subscription.phase == "pending"
    scene.go_to(AT + MINUTE)

    assert (scene.subscription.phase, scene.fake.taken(), taken(scene.person)) == ("active", 1, [990000])


def test_a_silent_gateway_is_asked_after_1_5_30_minutes_3_and_24_hours_then_each_hour_and_a_person_is_told(scene):
    scene.begin()
    scene.fake.faults = ["silent"] * 10_000
    asked = []
    while scene.at <= AT + 26 * HOUR:
        before = len(scene.fake.requests)
        scene.work()
        if len(scene.fake.requests) > before:
            asked.append(scene.at - AT)
        scene.at = only_payment().ask_at
    told = BillingAlert.objects.filter(kind="unknown").count()

    assert asked == [dt.timedelta(), MINUTE, 5 * MINUTE, 30 * MINUTE, 3 * HOUR, 24 * HOUR, 25 * HOUR, 26 * HOUR]
    assert told == 1


def test_after_72_hours_of_silence_everything_is_settled_within_an_hour(scene):
    scene.begin()
    scene.fake.faults = ["drop"] + ["silent"] * 10_000
    while scene.at < AT + 72 * HOUR:
        scene.work()
        scene.at = only_payment().ask_at
    scene.fake.faults = []
    scene.go_to(AT + 73 * HOUR)

    assert (scene.subscription.phase, scene.fake.taken()) == ("active", 1)


def test_a_payment_that_never_arrived_is_sent_again_with_its_key_within_the_first_hour_only(scene):
    scene.begin()
    scene.fake.faults = ["silent"]
    scene.work()
    scene.go_to(AT + MINUTE)
    assert (scene.subscription.phase, scene.fake.taken()) == ("active", 1)


def test_a_payment_unknown_to_the_gateway_after_three_hours_has_failed(scene):
    scene.begin()
    scene.fake.faults = ["silent"]
    scene.work()
    PaymentTransaction.objects.update(ask_at=AT + 3 * HOUR)
    scene.go_to(AT + 3 * HOUR)

    assert (scene.subscription.phase, scene.fake.taken()) == ("expired", 0)
    assert only_payment().failure_reason == charges.NOT_RECEIVED


def test_the_key_is_stored_before_the_call(scene):
    scene.begin()
    stored = only_payment().idempotency_key
    scene.work()

    assert list(scene.fake.payments) == [stored]


def test_a_gateway_that_is_away_while_renewing_keeps_the_plan_open(scene):
    scene.active()
    scene.fake.faults = ["silent"] * 3
    scene.go_to_end()
    from billing import entitlements

    assert entitlements.current_plan_id(scene.person, at=scene.at + HOUR) == "premium"
    for minutes in (1, 4, 25):
        scene.go_to(scene.at + minutes * MINUTE)
    assert (scene.fake.taken(), taken(scene.person)) == (2, [990000, 990000])


def test_money_that_comes_after_a_cancellation_goes_back(scene):
    from billing import cancellation

    scene.active()
    scene.fake.faults = ["drop"]
    scene.go_to_end()
    cancellation.cancel(scene.person, at=scene.at)
    scene.go_to(scene.at + MINUTE)
    scene.go_to(scene.at + MINUTE)

    back = PaymentTransaction.objects.get(transaction_type="refund")
    assert (back.status, back.purpose, back.amount) == ("completed", "not_owed", 990000)
    assert (scene.subscription.phase, scene.fake.taken()) == ("expired", 2)


def test_a_refund_whose_answer_is_lost_is_made_once(scene):
    from billing import withdrawals

    scene.active()
    withdrawals.withdraw(scene.person, at=scene.at)
    scene.fake.faults = ["drop"]
    scene.work()
    for minutes in (1, 4, 25):
        scene.go_to(scene.at + minutes * MINUTE)

    key = only_payment().idempotency_key
    assert sum(refund.units for refund in scene.fake.payments[key].refunds) == 9900
    assert PaymentTransaction.objects.get(transaction_type="refund").status == "completed"


# ── Fuses ──


def test_a_second_success_of_one_period_parks_the_subscription_and_tells(person):
    subscription = subscribe(person)
    row = only_payment()
    twin = PaymentTransaction.objects.create(
        user=person, subscription=subscription, transaction_type="payment", status="failed", amount=990000,
        payment_gateway="demo", idempotency_key="twin", period_starts_at=row.period_starts_at, plan=row.plan,
        period_ends_at=row.period_ends_at, purpose="renew",
    )  # fmt: skip
    charges.settle(twin.pk, GatewayPayment("twin", "p2", PaymentState.PAID, 990000, "KRW"), at=AT)

    twin.refresh_from_db()
    assert (twin.is_excess, now_of(person).parked_at, BillingAlert.objects.get().kind) == (True, AT, "excess")
    work(seoul(2026, 10, 3))
    assert len(gateway_payments()) == 1
    fuses.release(now_of(person))
    work(seoul(2026, 10, 3))
    assert len(gateway_payments()) == 2


@pytest.mark.parametrize("differs", [{"amount": 9900}, {"currency": "USD"}, {"key": "another"}])
def test_an_amount_currency_or_order_that_differs_at_the_gateway_stops_every_charge(person, stranger, differs):
    subscribe(person)
    begun = subscribe(stranger)
    row = PaymentTransaction.objects.filter(subscription=begun)
    row.update(status="pending")
    paid = GatewayPayment(row.get().idempotency_key, "p", PaymentState.PAID, 990000, "KRW")
    charges.settle(row.get().pk, paid._replace(**differs), at=AT)
    assert row.get().status == "pending"
    work(seoul(2026, 10, 3))

    stopping = BillingAlert.objects.get(kind__in=fuses.STOPPING)
    assert (stopping.kind, stopping.reference) == ("mismatch", row.get().idempotency_key)
    assert stopping.facts["gateway"] != stopping.facts["ledger"]
    assert len(gateway_payments()) == 2
    fuses.resolve(stopping, by=person.pk, at=AT)
    work(seoul(2026, 10, 3))
    assert len(taken(person)) == 2


def test_a_price_a_hundred_times_too_high_stops_after_at_most_ten(db, monkeypatch):
    people = [UserFactory() for _ in range(15)]
    for one in people:
        subscribe(one)
    monkeypatch.setattr(renewals.prices, "of_renewal", lambda *_args, **_more: 990000 * 100)
    work(seoul(2026, 10, 3))

    wrong = [payment for payment in gateway_payments() if payment.amount > 990000]
    assert len(wrong) <= 10
    assert BillingAlert.objects.get().kind == "night"
    assert RenewalNight.objects.get().forecast == 15 * 990000


def test_an_ordinary_night_blows_nothing(db):
    people = [UserFactory() for _ in range(5)]
    for one in people:
        subscribe(one)
    work(seoul(2026, 10, 3))

    night = RenewalNight.objects.get()
    assert (night.forecast, night.charged, night.charges) == (5 * 990000, 5 * 990000, 5)
    assert not BillingAlert.objects.exists()


# ── Webhooks ──


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(AT, tick=False)
    return time_machine


def test_a_webhook_is_stored_once_answered_and_then_the_truth_is_fetched(client, person, clock):
    from tests.billing.scenes import begin

    begin(person)
    row = only_payment()
    DEMO.charge(charges.order_of(row))
    PaymentTransaction.objects.update(attempts=1, ask_at=AT + DAY)

    assert [post_webhook(client, row.idempotency_key).status_code for _ in range(3)] == [200, 200, 200]
    assert GatewayEvent.objects.count() == 1
    assert phase(person) == "pending"
    work(AT)
    assert (phase(person), taken(person)) == ("active", [990000])


def test_a_webhook_that_lies_changes_nothing(client, person, clock):
    """It says paid; the gateway says declined."""
    subscribe(person, card="0341")
    post_webhook(client, only_payment().idempotency_key)
    work(AT)

    assert (phase(person), taken(person)) == ("expired", [])


@pytest.mark.parametrize("changes", [{"Demo-Signature": "0"}, {"Demo-Timestamp": "1"}, {"Demo-Signature": ""}])
def test_a_webhook_with_a_wrong_signature_or_an_old_header_is_refused(client, db, clock, changes):
    assert post_webhook(client, **changes).status_code == 400
    assert not GatewayEvent.objects.exists()


def test_a_retry_after_three_hours_is_taken_by_its_fresh_header(client, db, clock):
    old = post_webhook(client, at=AT - 3 * HOUR)
    fresh = post_webhook(client, at=AT)

    assert (old.status_code, fresh.status_code) == (400, 200)


def test_an_unknown_type_is_kept_and_answered(client, db, clock):
    assert post_webhook(client, kind="thing.new").status_code == 200
    work(AT)

    assert GatewayEvent.objects.get().processed_at == AT


def test_an_unknown_gateway_and_a_huge_body_are_refused(client, db):
    assert client.post("/billing/webhooks/nobody/", b"{}", content_type="application/json").status_code == 404
    assert client.post("/billing/webhooks/stripe/", b"{}", content_type="application/json").status_code == 404
    huge = client.post("/billing/webhooks/demo/", b"x" * 300_000, content_type="application/json")
    assert huge.status_code == 413


def test_a_database_that_fails_makes_the_gateway_send_it_again(client, db, clock, monkeypatch):
    client.raise_request_exception = False

    def fail(*_args, **_more):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(GatewayEvent.objects, "bulk_create", fail)
        assert post_webhook(client).status_code >= 500
    assert post_webhook(client).status_code == 200


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_refunds_and_disputes_elsewhere_end_in_one_state_in_any_order(client, person, clock, order):
    """A partial refund in the console, a chargeback opened, withdrawn, opened again and lost: 24 orders of their webhooks."""
    subscribe(person)
    key = only_payment().idempotency_key
    happen = [
        lambda: DEMO.refund_in_console(key, amount=300000),
        lambda: DEMO.dispute(key, state="open"),
        lambda: DEMO.dispute(key, state="won"),
        lambda: DEMO.dispute(key, state="lost"),
    ]
    for one in happen:
        one()
    for number in order:
        post_webhook(client, key, event_id=f"e{number}")
        post_webhook(client, key, event_id=f"e{number}")
        work(AT)

    rows = PaymentTransaction.objects.exclude(transaction_type="payment").order_by("transaction_type")
    assert [(row.transaction_type, row.status, row.amount) for row in rows] == [
        ("chargeback", "completed", 990000),
        ("refund", "completed", 300000),
    ]
    assert phase(person) == "expired"


def test_a_dispute_that_is_won_leaves_the_plan(person):
    subscribe(person)
    row = only_payment()
    for state, status in (("open", "pending"), ("won", "canceled")):
        DEMO.dispute(row.idempotency_key, state=state)
        charges.settle(row.pk, DEMO.find(charges.order_of(row)), at=AT)
        assert PaymentTransaction.objects.get(transaction_type="chargeback").status == status

    assert phase(person) == "active"


def test_webhooks_dropped_for_two_hours_are_fetched(scene, settings):
    scene.begin()
    scene.fake.faults = ["drop"]
    scene.work()
    PaymentTransaction.objects.update(ask_at=AT + 9 * DAY)
    # No webhook comes.
    scene.at = AT + 2 * HOUR
    reconciliation.catch_up(scene.at)

    assert (scene.subscription.phase, taken(scene.person)) == ("active", [990000])


# ── Reconciliation ──


def test_fifty_planted_differences_are_fifty_reported(db, time_machine):
    time_machine.move_to(AT, tick=False)
    people = [UserFactory() for _ in range(12)]
    for one in people:
        subscribe(one)
    rows = list(PaymentTransaction.objects.order_by("created_at"))
    kinds = itertools.cycle(["amount", "state", "currency", "missing"])
    for row, kind in zip(rows, kinds, strict=False):
        with DEMO._ledger() as ledger:
            if kind == "amount":
                ledger.execute("UPDATE payments SET amount = amount + 100 WHERE key = ?", [row.idempotency_key])
            elif kind == "state":
                ledger.execute("UPDATE payments SET state = 'failed' WHERE key = ?", [row.idempotency_key])
            elif kind == "currency":
                ledger.execute("UPDATE payments SET currency = 'USD' WHERE key = ?", [row.idempotency_key])
            else:
                ledger.execute("DELETE FROM payments WHERE key = ?", [row.idempotency_key])
    with DEMO._ledger() as ledger:
        for number in range(38):
            values = [f"foreign-{number}", f"p{number}", "paid", 990000, "KRW", "", "", AT.isoformat()]
            ledger.execute("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    found = list(reconciliation.differences(AT - DAY, AT + HOUR))

    assert len(found) == 50
    assert {one.kind for one in found} == {"amount", "state", "currency", "missing", "unknown"}


def test_the_daily_run_reports_each_difference_once(person, time_machine):
    time_machine.move_to(AT, tick=False)
    subscribe(person)
    with DEMO._ledger() as ledger:
        ledger.execute("DELETE FROM payments")
    for hours in (1, 2):
        reconciliation.run(AT + hours * HOUR)

    assert BillingAlert.objects.filter(kind="difference").count() == 1


# ── Refunds by staff ──


@pytest.mark.parametrize(("role", "most"), [("support", 2_000_000), ("curator", 0)])
def test_a_role_may_refund_up_to_its_limit(person, role, most):
    from django.contrib.auth.models import Group

    from accounts import roles

    roles.install()
    staff = UserFactory(is_staff=True)
    staff.groups.add(Group.objects.get(name=role))
    subscribe(person, "premium_yearly")
    payment = only_payment()

    assert refunds.most_for(staff) == most
    with pytest.raises(refunds.TooMuch) as refused:
        refunds.refund(payment.pk, amount=most + 100, reason="goodwill", ends_plan=False, staff=staff, at=AT)
    assert refused.value.most == min(most, 9900000)


def test_refunds_of_staff_have_a_reason_and_their_name_and_never_exceed_the_payment(person):
    staff = UserFactory(is_staff=True, is_superuser=True)
    subscribe(person)
    payment = only_payment()
    made = refunds.refund(payment.pk, amount=500000, reason="goodwill", ends_plan=False, staff=staff, at=AT)
    work(AT)
    made.refresh_from_db()

    assert (made.status, made.purpose, made.requested_by) == ("completed", "goodwill", staff.pk)
    with pytest.raises(refunds.TooMuch):
        refunds.refund(payment.pk, amount=500000, reason="goodwill", ends_plan=False, staff=staff, at=AT)
    with pytest.raises(ValueError, match="because"):
        refunds.refund(payment.pk, amount=100, reason="because", ends_plan=False, staff=staff, at=AT)
    refunds.refund(payment.pk, amount=490000, reason="error", ends_plan=True, staff=staff, at=AT)
    work(AT)
    assert phase(person) == "expired"


# ── Leaving ──


def test_leaving_cancels_and_deletes_the_card_before_the_data_goes(scene):
    from wellness.privacy import account_deletion, erasure

    scene.active()
    account_deletion.request_deletion(scene.person, at=scene.at)
    method = scene.fake.methods
    scene.go_to_end()
    assert (scene.subscription.phase, scene.fake.taken()) == ("expired", 1)

    scene.fake.faults = ["silent"] * 20
    later = scene.at + 31 * DAY
    assert erasure.run(later) == 0
    scene.person.refresh_from_db()
    assert scene.person.anonymised_at is None
    scene.fake.faults = []
    assert erasure.run(later) == 1
    assert len(scene.fake.forgotten) == len(method) == 1
    assert PaymentTransaction.objects.filter(user=scene.person).exists()
    assert not UserSubscription.objects.exclude(phase="expired").exists()


def test_nothing_is_asked_of_a_person_without_a_subscription(person):
    with pytest.raises(subscriptions.NoSubscription):
        subscriptions.lock_current(person)
    assert webhooks.payment_of("demo", "") is None
