"""Scenes of subscriptions: somebody subscribes through a gateway, time passes, workers run."""

import datetime as dt

from billing import charges, checkout, gateways, renewals, subscriptions, webhooks
from billing.models import PaymentTransaction, UserSubscription
from notifications.models import Notification

# 14:00 on 3 September in Seoul.
AT = dt.datetime(2026, 9, 3, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def seoul(year: int, month: int, day: int, hour: int = 14) -> dt.datetime:
    """An instant by the clock of Seoul, which has no summer time."""
    return dt.datetime(year, month, day, hour, tzinfo=dt.timezone(dt.timedelta(hours=9))).astimezone(dt.UTC)


def begin(person, plan="premium", *, at=AT, card="4242", trial=False):
    """A checkout up to the gateway's confirmation; no worker has run yet."""
    registration = checkout.begin(person, plan, trial=trial, at=at)
    gateways.named("demo").enter_card(registration.reference, number=f"4242 4242 4242 {card}")
    return checkout.confirm(person, at=at)


def subscribe(person, plan="premium", *, at=AT, card="4242", trial=False) -> UserSubscription:
    begin(person, plan, at=at, card=card, trial=trial)
    work(at)
    return now_of(person)


def now_of(person) -> UserSubscription:
    """The person's latest subscription, over or not."""
    return (
        UserSubscription.objects.select_related("user", "plan", "next_plan", "method")
        .filter(user=person)
        .latest("created_at")
    )


def work(at) -> None:
    """What beat and the workers do at one instant."""
    webhooks.run(lambda: at)
    renewals.run(lambda: at)
    charges.run(lambda: at)


def pass_time(since, until) -> None:
    """The workers run at each instant at which something is due, and at last at `until`."""
    at = since
    while at < until:
        at = min([instant for instant in _instants() if instant > at] + [until])
        renewals.give_notice(at)
        work(at)


def _instants() -> list[dt.datetime]:
    """When something is due: a period's end and the notices before it, a retry, a question to a gateway."""
    rows = UserSubscription.objects.exclude(status="expired").values_list("current_period_end", "retry_at")
    instants = [before for ends_at, _ in rows for before in (ends_at - 30 * DAY, ends_at - 3 * DAY, ends_at)]
    instants += [retry_at for _, retry_at in rows if retry_at]
    return instants + list(
        PaymentTransaction.objects.filter(status="pending", ask_at__isnull=False).values_list("ask_at", flat=True)
    )


def payments(person, kind="payment"):
    return list(PaymentTransaction.objects.filter(user=person, transaction_type=kind).order_by("created_at"))


def taken(person) -> list[int]:
    """The amounts that were taken, in order."""
    return [row.amount for row in payments(person) if row.status == "completed"]


def gateway_payments() -> list:
    """What the demo gateway has in its ledger."""
    span = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    return list(gateways.named("demo").changed_between(*span))


def messages(person) -> list[str]:
    """The kinds of notices that the person got, in order."""
    rows = Notification.objects.filter(user=person, effect_key__startswith="billing:").order_by("id")
    return [row.effect_key.split(":")[1] for row in rows]


def phase(person) -> str:
    found = subscriptions.current(person)
    return found.phase if found else "expired"


def change_card(person, card, *, at) -> None:
    registration = checkout.change_method(person, at=at)
    gateways.named("demo").enter_card(registration.reference, number=f"4242 4242 4242 {card}")
    checkout.confirm(person, at=at)
