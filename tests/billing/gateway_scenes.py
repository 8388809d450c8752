"""Somebody's subscription at any of the gateways: the demo's ledger, or a fake server of the others."""

import json

from billing import checkout, gateways, ledger, plans, renewals, settlement, webhooks
from billing.models import PaymentTransaction, SubscriptionPlan
from billing.periods import Cycle
from tests.billing.scenes import AT, DAY, now_of, work
from tests.fakes import portone_api, stripe_api

# The plans of a person and the larger ones, by cycle: a new cycle needs an entry here.
PLANS_OF = {
    Cycle.MONTHLY: ("premium", "pro"),
    Cycle.YEARLY: ("premium_yearly", "pro_yearly"),
}


class Scene:
    """One person at one gateway, with a clock that both sides share."""

    def __init__(self, person, name, settings, *, cycle="monthly"):
        self.person, self.name, self.settings, self.at = person, name, settings, AT
        self.fake = None
        self.plan, self.larger = PLANS_OF[Cycle(cycle)]
        # Called with the page that a person reads before money is taken.
        self.look = lambda _url: None
        settings.STRIPE_SECRET_KEY = settings.PORTONE_API_SECRET = ""
        getattr(self, f"_open_{name}")()

    def _open_demo(self):
        pass

    def _open_stripe(self):
        self.fake = stripe_api.FakeStripe()
        self.fake.now = self.clock
        self.settings.STRIPE_URL, self.settings.STRIPE_SECRET_KEY = self.fake.url, "sk_test_1"
        self.settings.STRIPE_WEBHOOK_SECRET = stripe_api.SECRET

    def _open_portone(self):
        self.fake = portone_api.FakePortOne()
        self.fake.now = self.clock
        self.settings.PORTONE_URL, self.settings.PORTONE_API_SECRET = self.fake.url, "secret"
        self.settings.PORTONE_STORE_ID, self.settings.PORTONE_WEBHOOK_SECRET = "store", portone_api.SECRET

    def give_up_after(self, seconds):
        """How long the clients wait for an answer."""
        self.settings.STRIPE_TIMEOUT = self.settings.PORTONE_TIMEOUT = seconds

    def clock(self):
        return self.at.timestamp()

    def close(self):
        if self.fake:
            self.fake.close()

    @property
    def gateway(self):
        return gateways.named(self.name)

    @property
    def subscription(self):
        return now_of(self.person)

    def begin(self, *, card="4242", trial=False):
        self.look(f"/billing/checkout/{self.plan}/{'?trial=1' if trial else ''}")
        registration = checkout.begin(self.person, self.plan, trial=trial, at=self.at)
        self._register(registration, card)

    def change_card(self, card):
        self._register(checkout.change_method(self.person, at=self.at), card)

    def _register(self, registration, card):
        reference = ""
        if self.name == "demo":
            self.gateway.enter_card(registration.reference, number=f"4242 4242 4242 {card}")
        elif self.name == "stripe":
            self.fake.complete(registration.reference, last4=card)
        else:
            reference = self.fake.issue(str(self.person.pk), last4=card)
        checkout.confirm(self.person, at=self.at, reference=reference)

    def work(self):
        work(self.at)

    def go_to(self, at):
        self.at = at
        self.work()

    def go_to_end(self):
        self.look("/billing/")
        ends_at = self.subscription.current_period_end
        renewals.give_notice(ends_at - 3 * DAY)
        self.go_to(ends_at)

    def raise_price(self):
        """A price that nobody has agreed to."""
        row = SubscriptionPlan.objects.get(pk=self.plan)
        row.price += 100000
        row.save()
        plans.forget()

    # ── The phases ──

    def pending(self):
        self.begin()

    def trial(self):
        self.begin(trial=True)

    def active(self):
        self.begin()
        self.work()

    def past_due(self):
        self.active()
        self.change_card("0341")
        self.go_to_end()

    def grace(self):
        self.past_due()
        for days in (1, 2, 2):
            self.go_to(self.at + days * DAY)

    def paused(self):
        from billing import pauses

        self.active()
        pauses.schedule(self.person, months=1, at=self.at)
        self.go_to_end()

    def canceled(self):
        from billing import cancellation

        self.active()
        cancellation.cancel(self.person, at=self.at)

    # ── What the gateway has ──

    def payments(self):
        """Our rows with what the gateway says about each."""
        for row in PaymentTransaction.objects.filter(user=self.person, transaction_type="payment").order_by(
            "created_at"
        ):
            yield row, self.gateway.find(ledger.order_of(row))

    def refund_in_console(self, row, amount=None):
        amount = amount or row.amount
        if self.fake:
            self.fake.refund_in_console(row.idempotency_key, amount // 100)
        else:
            self.gateway.refund_in_console(row.idempotency_key, amount=amount)

    def dispute_in_console(self, row, state):
        if self.fake:
            self.fake.dispute_in_console(row.idempotency_key, state)
        elif state != "open" or not self.gateway.find(ledger.order_of(row)).disputes:
            self.gateway.dispute(row.idempotency_key, state="closed" if state == "withdrawn" else state)

    def deliver(self, row, number, **more):
        """A webhook about a payment, as the gateway signs it, and the worker that processes it."""
        at, key = int(self.at.timestamp()), row.idempotency_key
        if self.name == "stripe":
            body, headers = self.fake.webhook(key, at=at, **more)
        elif self.name == "portone":
            body, headers = self.fake.webhook(key, at=at, event_id=f"event-{key}-{number}", **more)
        else:
            body = json.dumps({"id": f"{key}-{number}", "type": "payment.changed", "key": key}).encode()
            headers = {"Demo-Timestamp": str(at), "Demo-Signature": self.gateway.signature(body, str(at))}
        webhooks.receive(self.name, body=body, headers=headers, at=self.at)
        webhooks.run(lambda: self.at)

    def settle_all(self):
        for row, known in list(self.payments()):
            settlement.settle(row.pk, known, at=self.at)
