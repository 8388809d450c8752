"""Moves one subscription and the demo gateway through 14 months and prints what happened."""

import datetime as dt
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.test import override_settings
from django.utils.translation import gettext as _

from accounts.models import User
from billing import (
    cancellation,
    charges,
    checkout,
    gateways,
    pauses,
    plan_switches,
    plans,
    prices,
    renewals,
    webhooks,
    withdrawals,
)
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.pages import amounts, timeline
from notifications.models import Notification

START = dt.datetime(2026, 1, 31, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MONTH = 30 * DAY
NAME = "요금제를 쓰는 사람"


class Command(BaseCommand):
    help = "Prints a dated table of one person's consents, mails, charges and states over 14 months. Keeps nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--months", type=int, default=14, help="end the story after so many months of 30 days")

    def handle(self, *args: object, months: int, **options: object) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("only in development: the demo gateway takes no money")
        with (
            tempfile.TemporaryDirectory() as folder,
            override_settings(DEMO_GATEWAY=Path(folder, "ledger.sqlite")),
            transaction.atomic(),
        ):
            self._play(START + months * MONTH)
            transaction.set_rollback(True)
            plans.forget()

    def _play(self, until: dt.datetime) -> None:
        person = User.objects.create(email="billing-year@example.com", name=NAME, created_at=START)
        # Whatever the machine's plans cost now, the story begins with its own prices.
        SubscriptionPlan.objects.filter(pk="premium").update(price=990000, price_changed_at=None)
        # Other people's subscriptions and payments stand still.
        UserSubscription.objects.exclude(user=person).update(parked_at=START)
        waiting = PaymentTransaction.objects.filter(status=PaymentTransaction.Status.PENDING)
        waiting.update(status=PaymentTransaction.Status.CANCELED)
        plans.forget()
        states: list[timeline.TimelineEntry] = []
        before = START
        for at, act in (event for event in story(person) if event[0] <= until):
            _pass_time(person, before, at, states)
            act(at)
            _work(person, at, states)
            before = at
        _print(self, person, states)


def story(person: User) -> list:
    """What the person and the staff do, and when."""

    def on(months: int, days: int = 0) -> dt.datetime:
        return START + months * MONTH + days * DAY

    return [
        (START, lambda at: _subscribe(person, at)),
        (on(3), lambda at: _change_card(person, "0341", at)),
        (on(3, 17), lambda at: _change_card(person, "4242", at)),
        (on(3, 17), lambda at: renewals.pay_now(person, at=at)),
        (on(5), lambda at: pauses.schedule(person, months=2, at=at)),
        (on(8), _raise_price),
        (on(9, 10), lambda at: prices.agree_now(person, 1200000, at=at)),
        (on(11), lambda at: _switch(person, "premium_yearly", at)),
        (on(11, 3), lambda at: withdrawals.withdraw(person, at=at)),
        (on(12), lambda at: _subscribe(person, at, trial=False)),
        (on(12, 10), lambda at: cancellation.cancel(person, at=at)),
        (on(14), lambda _at: None),
    ]


def _subscribe(person: User, at: dt.datetime, *, trial: bool = True) -> None:
    registration = checkout.begin(person, "premium", trial=trial, at=at)
    gateways.DEMO.enter_card(registration.reference, number="4242 4242 4242 4242")
    checkout.confirm(person, at=at)


def _change_card(person: User, last4: str, at: dt.datetime) -> None:
    registration = checkout.change_method(person, at=at)
    gateways.DEMO.enter_card(registration.reference, number=f"4242 4242 4242 {last4}")
    checkout.confirm(person, at=at)


def _raise_price(at: dt.datetime) -> None:
    SubscriptionPlan.objects.filter(pk="premium").update(price=1200000, price_changed_at=at)
    plans.forget()


def _switch(person: User, plan_id: str, at: dt.datetime) -> None:
    subscription = UserSubscription.objects.select_related("plan").get(user=person, status="active")
    shown = plan_switches.preview(subscription, plans.for_sale(plan_id), at=at).charge
    plan_switches.switch(person, plan_id, shown=shown, at=at)


def _pass_time(person: User, at: dt.datetime, until: dt.datetime, states: list[timeline.TimelineEntry]) -> None:
    """Beat and workers at each instant at which something is due."""
    while at < until:
        due = [instant for instant in _instants(person) if at < instant < until]
        at = min([*due, until])
        _work(person, at, states)


def _instants(person: User) -> list[dt.datetime]:
    found = []
    for subscription in UserSubscription.objects.filter(user=person).exclude(status="expired"):
        end = subscription.current_period_end
        found += [
            end - prices.NOTICE,
            end - renewals.NOTICE,
            end,
            *([subscription.retry_at] if subscription.retry_at else []),
        ]
    return found


def _work(person: User, at: dt.datetime, states: list[timeline.TimelineEntry]) -> None:
    """What beat and the workers do at `at`; notes the state if it is another."""
    renewals.give_notice(at)
    webhooks.run(lambda: at)
    renewals.run(lambda: at)
    charges.run(lambda: at)
    subscription = UserSubscription.objects.filter(user=person).latest("created_at")
    text = f"{subscription.get_phase_display()} · {subscription.plan_id}"
    if not states or states[-1].text != text:
        states.append(timeline.TimelineEntry(at, _("상태"), text))


def _print(command: BaseCommand, person: User, states: list[timeline.TimelineEntry]) -> None:
    entries = list(states)
    for subscription_id in UserSubscription.objects.filter(user=person).values_list("pk", flat=True):
        # The audit trail has the database's clock, which did not move; the mails come with their subjects.
        told = timeline.of_subscription(subscription_id)
        entries += [entry for entry in told if entry.kind not in (_("상태"), _("알림"))]
    entries += [
        timeline.TimelineEntry(row.scheduled_for or row.created_at, _("메일"), row.texts[0])
        for row in Notification.objects.filter(user=person).order_by("id")
    ]
    for entry in sorted(entries, key=lambda entry: entry.at):
        command.stdout.write(f"{entry.at:%Y-%m-%d %H:%M}  {entry.kind}  {entry.text}")
    ledger = PaymentTransaction.objects.filter(user=person, status="completed", transaction_type="payment")
    back = PaymentTransaction.objects.filter(user=person, status="completed", transaction_type="refund")
    taken, returned = (sum(rows.values_list("amount", flat=True)) for rows in (ledger, back))
    span = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    known = [payment for payment in gateways.DEMO.changed_between(*span) if payment.state == "paid"]
    theirs = sum(payment.amount for payment in known)
    command.stdout.write(
        f"ledger {amounts.text(taken)} − {amounts.text(returned)} · gateway {amounts.text(theirs)} in {len(known)} payments"
    )
    if theirs != taken:
        raise CommandError("the gateway and the ledger disagree")
