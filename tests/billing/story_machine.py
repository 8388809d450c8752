"""A model-based test of subscriptions: random stories of a person, a clock, a gateway that fails, and workers that crash.

The model is small. It knows what the gateway took and gave back, and from that alone what must be true of the product.
"""

import datetime as dt

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from billing import (
    cancellation,
    charges,
    checkout,
    entitlements,
    ledger,
    pauses,
    payment_methods,
    plan_switches,
    plans,
    prices,
    reconciliation,
    renewals,
    settlement,
    subscriptions,
    withdrawals,
)
from billing.gateways import silence
from billing.gateways.base import DisputeState, TimedOut, UnknownOutcome
from billing.lifecycle import IllegalTransition
from billing.models import BillingAlert, PaymentTransaction, UserSubscription
from tests.billing.memory_gateway import ALWAYS, MemoryGateway, in_place_of_the_demo
from tests.billing.scenes import AT, work
from tests.factories.accounts import UserFactory

REFUSED = (
    IllegalTransition,
    subscriptions.NoSubscription,
    checkout.AlreadySubscribed,
    checkout.TrialUsed,
    prices.ConsentMissing,
    plan_switches.PreviewOutdated,
    UnknownOutcome,
)


class FaultyGateway(MemoryGateway):
    """Does what it should, and sometimes loses the answer, or lets the client wait until its timeout."""

    def __init__(self):
        super().__init__()
        self.faults = []
        # Whether it was ever asked for money.
        self.is_known = False

    def _next(self):
        return self.faults.pop(0) if self.faults else ""

    def charge(self, order):
        fault = self._next()
        if fault == "silent":
            raise TimedOut(fault)
        self.is_known = True
        payment = super().charge(order)
        if fault:
            raise UnknownOutcome(fault)
        return payment

    def find(self, order):
        if self._next() == "silent":
            raise TimedOut("silent")
        return super().find(order)

    def refund(self, order):
        fault = self._next()
        if fault == "silent":
            raise TimedOut(fault)
        payment = super().refund(order)
        if fault:
            raise UnknownOutcome(fault)
        return payment


class Story(RuleBasedStateMachine):
    """One person, for some months."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.person, self.at = UserFactory(), AT
        self.gateway = FaultyGateway()
        silence.forget()
        self.stage = in_place_of_the_demo(self.gateway)
        self.stage.__enter__()

    def teardown(self):
        try:
            self.gateway.faults = []
            # Everything that is unknown becomes known, and then the ledgers are equal.
            for _ in range(4):
                self.at += dt.timedelta(days=1)
                charges.run(lambda: self.at)
            self.ledgers_are_equal()
        finally:
            self.stage.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def ours(self):
        return list(self.gateway.changed_between(*ALWAYS))

    def attempt(self, deed):
        """A deed that the product may refuse, without effect."""
        try:
            with transaction.atomic():
                deed()
        except REFUSED:
            pass

    # ── The person ──

    @rule(
        plan=st.sampled_from(["premium", "premium_yearly", "pro"]),
        trial=st.booleans(),
        card=st.sampled_from(["4242", "0341"]),
    )
    def subscribes(self, plan, trial, card):
        def deed():
            registration = checkout.begin(self.person, plan, trial=trial, at=self.at)
            self.gateway.enter_card(registration.reference, number=f"4242{card}")
            checkout.confirm(self.person, at=self.at)

        self.attempt(deed)

    @rule(card=st.sampled_from(["4242", "0341"]))
    def changes_the_card(self, card):
        def deed():
            registration = checkout.change_method(self.person, at=self.at)
            self.gateway.enter_card(registration.reference, number=f"4242{card}")
            checkout.confirm(self.person, at=self.at)

        self.attempt(deed)

    @rule()
    def cancels(self):
        self.attempt(lambda: cancellation.cancel(self.person, at=self.at))

    @rule()
    def undoes_canceling(self):
        self.attempt(lambda: cancellation.undo(self.person, at=self.at))

    @rule(months=st.integers(1, 3))
    def plans_a_pause(self, months):
        self.attempt(lambda: pauses.schedule(self.person, months=months, at=self.at))

    @rule()
    def resumes(self):
        self.attempt(lambda: pauses.resume(self.person, at=self.at))

    @rule()
    def pays_now(self):
        self.attempt(lambda: renewals.pay_now(self.person, at=self.at))

    @rule()
    def withdraws(self):
        self.attempt(lambda: withdrawals.withdraw(self.person, at=self.at))

    @rule(plan=st.sampled_from(["premium", "premium_yearly", "pro"]))
    def switches(self, plan):
        def deed():
            current = subscriptions.lock_current(self.person)
            shown = plan_switches.preview(current, plans.for_sale(plan), at=self.at).charge
            plan_switches.switch(self.person, plan, shown=shown, at=self.at)

        self.attempt(deed)

    # ── Time, workers, the gateway ──

    @rule(hours=st.sampled_from([1, 30, 24 * 7, 24 * 16, 24 * 31]))
    def time_passes(self, hours):
        self.at += dt.timedelta(hours=hours)

    @rule()
    def workers_run(self):
        work(self.at)

    @rule()
    def a_worker_crashes_with_a_claim(self):
        charges.QUEUE.claim(self.at)

    @rule()
    def a_worker_crashes_after_the_call(self):
        row = charges.QUEUE.claim(self.at)
        if row is not None and row.transaction_type == "payment":
            row = PaymentTransaction.objects.select_related("method", "plan").get(pk=row.pk)
            self.attempt(lambda: self.gateway.charge(ledger.order_of(row)))

    @rule(faults=st.lists(st.sampled_from(["silent", "drop"]), max_size=3))
    def the_gateway_fails(self, faults):
        self.gateway.faults = faults

    @precondition(lambda self: self.gateway.is_known)
    @rule(data=st.data(), twice=st.booleans())
    def a_webhook_comes(self, data, twice):
        known = data.draw(st.sampled_from(self.ours()))
        row = PaymentTransaction.objects.get(idempotency_key=known.key)
        for _ in range(1 + twice):
            settlement.settle(row.pk, MemoryGateway.find(self.gateway, ledger.order_of(row)), at=self.at)

    @precondition(lambda self: self.gateway.is_known)
    @rule(data=st.data(), state=st.sampled_from(list(DisputeState)))
    def a_dispute_changes(self, data, state):
        known = data.draw(st.sampled_from(self.ours()))
        if known.state == "paid":
            self.gateway.dispute(known.key, state=state)

    @rule()
    def missed_events_are_fetched(self):
        reconciliation.catch_up(self.at, since=AT)

    @rule()
    def replaced_cards_are_deleted(self):
        payment_methods.delete_removed(lambda: self.at)

    # ── What must be true ──

    @invariant()
    def the_product_follows_the_gateway(self):
        """The gateway is asked once for all that follows from its word."""
        ours = self.ours()
        rows = {row.idempotency_key: row for row in PaymentTransaction.objects.filter(transaction_type="payment")}
        self.amounts_are_equal_and_never_more_than_taken_goes_back(ours, rows)
        paid = [rows[known.key] for known in ours if known.state == "paid"]
        begun = [(row.subscription_id, row.period_starts_at) for row in paid]
        # A period is taken once.
        assert len(begun) == len(set(begun))
        # An open plan was paid for: an active period has a payment that took money.
        for subscription in UserSubscription.objects.filter(user=self.person, phase="active"):
            assert begun.count((subscription.pk, subscription.current_period_start)) == 1

    def amounts_are_equal_and_never_more_than_taken_goes_back(self, ours, rows):
        for known in ours:
            row = rows[known.key]
            assert (known.amount, known.currency) == (row.amount, row.currency)
            assert sum(refund.amount for refund in known.refunds) <= known.amount

    @invariant()
    def there_is_one_current_subscription(self):
        rows = UserSubscription.objects.filter(user=self.person).exclude(phase="expired")
        assert rows.count() <= 1
        if not rows.exists():
            assert entitlements.current_plan_id(self.person, at=self.at) == "basic"

    @invariant()
    def nothing_alarmed_the_staff_but_silence(self):
        assert set(BillingAlert.objects.values_list("kind", flat=True)) <= {"unknown"}

    def ledgers_are_equal(self):
        known = {one.key: one for one in self.ours()}
        for row in PaymentTransaction.objects.filter(user=self.person, transaction_type="payment"):
            theirs = known.get(row.idempotency_key)
            assert row.status != "pending"
            assert (row.status == "completed") == (theirs is not None and theirs.state == "paid")
            if theirs is not None:
                assert ledger.refunded(row) == sum(refund.amount for refund in theirs.refunds)
