"""Money is never taken twice: lost answers, silence, webhooks in any order, refunds and disputes made elsewhere."""

import datetime as dt
import itertools
import json
from collections import Counter

import pytest
from django.db import OperationalError
from django.db.models import F
from django.urls import reverse

from billing import (
    charges,
    fuses,
    gateways,
    ledger,
    plans,
    reconciliation,
    refunds,
    renewals,
    settlement,
    subscriptions,
    webhooks,
)
from billing.gateways.base import GatewayPayment, PaymentState
from billing.models import (
    BillingAlert,
    GatewayEvent,
    PaymentTransaction,
    RenewalNight,
    SubscriptionPlan,
    UserSubscription,
)
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


def test_looking_at_the_page_uses_up_no_question_of_the_schedule(scene):
    scene.begin()
    scene.fake.faults = ["silent"] * 10_000
    scene.work()
    while scene.at < AT + 5 * MINUTE:
        scene.at += dt.timedelta(seconds=10)
        charges.ask_now(scene.person, at=scene.at)
        scene.work()
    looked = len(scene.fake.requests)
    asked = []
    while scene.at <= AT + 24 * HOUR:
        scene.at = only_payment().ask_at
        asked.append(scene.at - AT)
        scene.work()

    assert looked > 30
    assert asked == [30 * MINUTE, 3 * HOUR, 24 * HOUR, 25 * HOUR]


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


def test_a_charge_that_is_not_owed_any_more_is_not_sent(scene):
    """The plan was cancelled between the opening of the payment and the worker that sends it."""
    from billing import cancellation

    scene.active()
    scene.at = scene.subscription.current_period_end
    renewals.run(lambda: scene.at)
    cancellation.cancel(scene.person, at=scene.at)
    scene.work()

    assert sorted(PaymentTransaction.objects.values_list("status", flat=True)) == ["canceled", "completed"]
    scene.work()
    assert (scene.subscription.phase, scene.fake.taken()) == ("expired", 1)


def test_a_charge_that_never_arrived_is_not_sent_again_after_a_cancellation(scene):
    from billing import cancellation

    scene.active()
    scene.fake.faults = ["silent"]
    scene.go_to_end()
    cancellation.cancel(scene.person, at=scene.at)
    for minutes in (1, 4, 25, 150):
        scene.go_to(scene.at + minutes * MINUTE)

    row = PaymentTransaction.objects.get(purpose="renew")
    assert (row.status, row.failure_reason) == ("failed", charges.NOT_RECEIVED)
    scene.work()
    assert (scene.subscription.phase, scene.fake.taken()) == ("expired", 1)


def test_a_checkout_whose_payment_could_not_be_sent_for_three_hours_has_failed(scene):
    scene.begin()
    scene.go_to(AT + 3 * HOUR)

    assert (scene.subscription.phase, scene.fake.taken()) == ("expired", 0)
    assert only_payment().failure_reason == charges.NOT_RECEIVED


def test_a_renewal_that_could_not_be_sent_for_days_is_charged(scene):
    scene.active()
    scene.at = scene.subscription.current_period_end
    renewals.run(lambda: scene.at)
    scene.go_to(scene.at + 3 * DAY)

    assert (scene.subscription.phase, scene.fake.taken()) == ("active", 2)


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
    settlement.settle(twin.pk, GatewayPayment("twin", "p2", PaymentState.PAID, 990000, "KRW"), at=AT)

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
    settlement.settle(row.get().pk, paid._replace(**differs), at=AT)
    assert row.get().status == "pending"
    work(seoul(2026, 10, 3))

    stopping = BillingAlert.objects.get(kind__in=fuses.STOPPING)
    assert (stopping.kind, stopping.reference) == ("mismatch", row.get().idempotency_key)
    assert stopping.facts["gateway"] != stopping.facts["ledger"]
    assert len(gateway_payments()) == 2
    fuses.resolve(stopping, by=person.pk, at=AT)
    work(seoul(2026, 10, 3))
    assert len(taken(person)) == 2


def test_a_price_a_hundred_times_too_high_stops_after_at_most_ten(db):
    """Won taken for hundredths, in the plan and in the subscriptions alike: only what people agreed to tells."""
    people = [UserFactory() for _ in range(15)]
    for one in people:
        subscribe(one)
    SubscriptionPlan.objects.filter(pk="premium").update(price=F("price") * 100)
    UserSubscription.objects.update(amount=F("amount") * 100)
    plans.forget()
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
    DEMO.charge(ledger.order_of(row))
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


HAPPENINGS = [
    lambda scene, row: scene.refund_in_console(row, 300000),
    lambda scene, row: scene.refund_in_console(row, 200000),
    lambda scene, row: scene.dispute_in_console(row, "open"),
    lambda scene, row: scene.dispute_in_console(row, scene.decision),
]


def by_late_webhooks(scene, row, happen):
    """Each webhook comes one happening late, the last one first and twice."""
    for number, one in enumerate(happen):
        one(scene, row)
        if number:
            scene.deliver(row, number - 1)
    for number in (3, 0, 3, 1):
        scene.deliver(row, number)


ORDERS = [*itertools.permutations(range(4))]


def by_reconciliation(scene, row, happen):
    """No webhook comes: what is missed is fetched in the middle and at the end."""
    for number, one in enumerate(happen):
        one(scene, row)
        if number % 2:
            reconciliation.catch_up(scene.at, since=scene.at - HOUR)


def returns_of(person):
    """What went back, and what is disputed."""
    rows = PaymentTransaction.objects.filter(user=person).exclude(transaction_type="payment")
    completed = sorted(row.amount for row in rows if row.status == "completed")
    disputes = [(row.status, row.amount) for row in rows if row.transaction_type == "chargeback"]
    return sum(completed), disputes


@pytest.mark.slow
@pytest.mark.parametrize("tell", [by_late_webhooks, by_reconciliation])
@pytest.mark.parametrize("decision", ["won", "lost", "withdrawn"])
@pytest.mark.parametrize("name", ["demo", "stripe", "portone"])
def test_refunds_and_disputes_elsewhere_end_in_one_state_in_each_order(
    db, settings, time_machine, name, decision, tell
):
    """In every sixth order; in each of the 24 by tests/faults/fault_billing.py."""
    end_in_one_state(settings, time_machine, name=name, decision=decision, tell=tell, every=6)


def end_in_one_state(settings, time_machine, *, name, decision, tell, every):
    """Two refunds in the console, a chargeback opened and decided, in orders of the happenings themselves."""
    scene, states = Scene(UserFactory(), name, settings), {}
    scene.decision = decision
    try:
        for order in ORDERS[::every]:
            scene.person = UserFactory()
            # Each story on a day of its own.
            scene.at += DAY
            time_machine.move_to(scene.at, tick=False)
            scene.active()
            row = PaymentTransaction.objects.get(user=scene.person)
            tell(scene, row, [HAPPENINGS[number] for number in order])
            states[order] = (*returns_of(scene.person), phase(scene.person))
    finally:
        scene.close()

    wanted = {
        "won": (500000, [("canceled", 990000)], "active"),
        "withdrawn": (500000, [("canceled", 990000)], "active"),
        "lost": (1490000, [("completed", 990000)], "expired"),
    }[decision]
    if (name, decision) == ("portone", "lost"):
        # PortOne has no lost dispute: it cancels what is left of the payment.
        wanted = (990000, [("canceled", 990000)], "expired")
    assert {order: state for order, state in states.items() if state != wanted} == {}
    assert len(states) == 24 // every


def chargebacks(person):
    return list(PaymentTransaction.objects.filter(user=person, transaction_type="chargeback"))


def test_a_dispute_of_an_old_payment_is_found_at_night_without_its_webhook(scene):
    scene.active()
    row = only_payment()
    scene.refund_in_console(row, 300000)
    UserSubscription.objects.update(parked_at=AT)
    scene.at += 100 * DAY
    scene.dispute_in_console(row, "open")
    scene.at += HOUR
    reconciliation.run(scene.at)

    assert [(back.status, back.amount) for back in chargebacks(scene.person)] == [("pending", 990000)]


@pytest.fixture
def disputed_at_portone(person, settings, time_machine):
    """A dispute after a refund of a part; PortOne's answers do not list its webhook yet."""
    scene = Scene(person, "portone", settings)
    time_machine.move_to(AT, tick=False)
    scene.active()
    scene.refund_in_console(only_payment(), 300000)
    scene.dispute_in_console(only_payment(), "open")
    scene.fake.lists_webhooks = False
    scene.deliver(only_payment(), 1, kind="Transaction.DisputeCreated")
    yield scene
    scene.close()


def test_a_webhook_of_a_dispute_that_the_gateway_does_not_show_yet_is_asked_about_again(disputed_at_portone):
    scene = disputed_at_portone
    assert (chargebacks(scene.person), GatewayEvent.objects.get().processed_at) == ([], None)

    scene.fake.lists_webhooks = True
    scene.go_to(AT + 2 * MINUTE)

    assert [back.status for back in chargebacks(scene.person)] == ["pending"]
    assert GatewayEvent.objects.get().processed_at == AT + 2 * MINUTE


def test_a_dispute_that_the_gateway_never_shows_is_reported_to_the_staff(disputed_at_portone):
    scene = disputed_at_portone
    for minutes in range(2, 124, 2):
        scene.go_to(AT + minutes * MINUTE)

    assert BillingAlert.objects.get().facts["gateway"] == "Transaction.DisputeCreated"
    assert GatewayEvent.objects.get().processed_at is not None


def test_a_dispute_that_is_won_leaves_the_plan(person):
    subscribe(person)
    row = only_payment()
    for state, status in (("open", "pending"), ("won", "canceled")):
        DEMO.dispute(row.idempotency_key, state=state)
        settlement.settle(row.pk, DEMO.find(ledger.order_of(row)), at=AT)
        assert PaymentTransaction.objects.get(transaction_type="chargeback").status == status

    assert phase(person) == "active"


def a_lost_answer(scene):
    scene.begin()
    scene.fake.faults = ["drop"]
    scene.work()


def a_refund_elsewhere(scene):
    scene.active()
    scene.refund_in_console(PaymentTransaction.objects.get(user=scene.person))


def a_refund_that_fails_later(scene):
    scene.active()
    row = PaymentTransaction.objects.get(user=scene.person)
    scene.refund_in_console(row, 300000)
    scene.settle_all()
    scene.at += MINUTE
    scene.fake.fail_refunds(row.idempotency_key)


def a_dispute(scene):
    scene.active()
    scene.dispute_in_console(PaymentTransaction.objects.get(user=scene.person), "open")


def a_dispute_that_is_lost(scene):
    a_dispute(scene)
    scene.dispute_in_console(PaymentTransaction.objects.get(user=scene.person), "lost")


def money_after_a_cancellation(scene):
    from billing import cancellation

    scene.active()
    scene.fake.faults = ["drop"]
    scene.go_to_end()
    cancellation.cancel(scene.person, at=scene.at)


GAP = [
    a_lost_answer,
    a_refund_elsewhere,
    a_refund_that_fails_later,
    a_dispute,
    a_dispute_that_is_lost,
    money_after_a_cancellation,
]


def state_of(person):
    rows = PaymentTransaction.objects.filter(user=person).order_by("transaction_type", "created_at", "amount")
    subscription = now_of(person)
    return (
        [(row.transaction_type, row.status, row.amount, row.purpose) for row in rows],
        (subscription.phase, subscription.parked_at, subscription.failures),
    )


def test_webhooks_dropped_for_two_hours_are_fetched_and_the_states_are_those_with_webhooks(scene, time_machine):
    """Two people have the same story: of one every webhook comes, of the other none for two hours."""
    states = {}
    for happen in GAP:
        for is_told in (True, False):
            scene.person, scene.at = UserFactory(), scene.at + DAY
            # The others' renewals would use up the faults.
            UserSubscription.objects.update(parked_at=scene.at)
            time_machine.move_to(scene.at, tick=False)
            happen(scene)
            time_machine.move_to(scene.at, tick=False)
            rows = PaymentTransaction.objects.filter(user=scene.person, transaction_type="payment")
            if is_told:
                for number, row in enumerate(rows):
                    scene.deliver(row, number)
            else:
                # Nobody asks by the clock either.
                rows.filter(status="pending").update(ask_at=scene.at + 9 * DAY)
                untold = state_of(scene.person)
                scene.at += 2 * HOUR
                time_machine.move_to(scene.at, tick=False)
                reconciliation.catch_up(scene.at)
            scene.work()
            states[happen.__name__, is_told] = state_of(scene.person)
        assert states[happen.__name__, False] != untold, happen.__name__

    assert [one.__name__ for one in GAP if states[one.__name__, True] != states[one.__name__, False]] == []
    assert BillingAlert.objects.filter(kind="refund").count() == 2


# ── Reconciliation ──


def _plant(kind, row):
    """Makes gateway and ledger disagree in a way that fetching the payment does not mend."""
    changes = {
        "amount": "UPDATE payments SET amount = amount + 100 WHERE key = ?",
        "currency": "UPDATE payments SET currency = 'USD' WHERE key = ?",
        "state": "UPDATE payments SET state = 'failed' WHERE key = ?",
        "missing": "DELETE FROM payments WHERE key = ?",
    }
    if kind in changes:
        with DEMO._ledger() as ledger:
            ledger.execute(changes[kind], [row.idempotency_key])
        return
    PaymentTransaction.objects.create(
        user=row.user, subscription=row.subscription, parent=row, plan=row.plan, status="completed", amount=100000,
        transaction_type={"refunds": "refund", "disputes": "chargeback"}[kind], payment_gateway="demo",
        gateway_transaction_id=f"invented-{row.pk}", completed_at=AT, created_at=AT,
    )  # fmt: skip


def test_fifty_planted_differences_are_fifty_reported(db, time_machine):
    time_machine.move_to(AT, tick=False)
    people = [UserFactory() for _ in range(12)]
    for one in people:
        subscribe(one)
    rows = list(PaymentTransaction.objects.order_by("created_at"))
    kinds = ["amount", "currency", "state", "missing", "refunds", "disputes"]
    for row, kind in zip(rows, kinds * 2, strict=True):
        _plant(kind, row)
    with DEMO._ledger() as ledger:
        for number in range(38):
            values = [f"foreign-{number}", f"p{number}", "paid", 990000, "KRW", "", "", AT.isoformat()]
            ledger.execute("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    assert reconciliation.run(AT + HOUR) == 50

    alerts = BillingAlert.objects.filter(kind="difference")
    assert Counter(alert.facts["difference"] for alert in alerts) == {**dict.fromkeys(kinds, 2), "unknown": 38}
    # Each is about the payment in which it was planted.
    planted = {f"{row.idempotency_key}:{kind}" for row, kind in zip(rows, kinds * 2, strict=True)}
    assert planted <= set(alerts.values_list("reference", flat=True))


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


def test_what_is_disputed_or_lost_is_not_given_back_a_second_time(person):
    subscribe(person)
    payment = only_payment()
    left = {}
    for state in ("open", "won", "lost"):
        DEMO.dispute(payment.idempotency_key, state=state)
        settlement.settle(payment.pk, DEMO.find(ledger.order_of(payment)), at=AT)
        left[state] = refunds.left_of(payment)

    assert left == {"open": 0, "won": 990000, "lost": 0}
    with pytest.raises(ValueError, match="100"):
        ledger.open_refund(payment, amount=100, reason="goodwill", at=AT)


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


def test_leaving_cancels_and_deletes_the_card_before_the_data_goes(scene, client, time_machine):
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
    # The staff and the person learn why.
    alert = BillingAlert.objects.get(kind="leaving")
    assert (alert.resolved_at, alert.facts) == (None, {"gateway": scene.name})
    assert account_deletion.waits_for_gateway(scene.person, now=later)
    time_machine.move_to(later, tick=False)
    client.session.save()
    session = client.session
    session["leaving"] = str(scene.person.pk)
    session.save()
    assert "결제 회사가 카드를 지웠다고 아직 알려 주지 않아" in client.get(reverse("come-back")).text
    scene.fake.faults = []
    assert erasure.run(later) == 1
    alert.refresh_from_db()
    assert alert.resolved_at == later
    assert len(scene.fake.forgotten) == len(method) == 1
    assert PaymentTransaction.objects.filter(user=scene.person).exists()
    assert not UserSubscription.objects.exclude(phase="expired").exists()


def test_a_person_without_a_subscription_has_no_payment(person):
    with pytest.raises(subscriptions.NoSubscription):
        subscriptions.lock_current(person)
    assert webhooks.payment_of("demo", "") is None
