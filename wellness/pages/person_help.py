"""What support sees of a person: subscription and events, without any text of theirs."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts import user_agents
from accounts.models import User, UserConsent
from billing import refunds, subscriptions
from billing.models import PaymentTransaction
from billing.pages import amounts, receipts
from notifications.models import NotificationDelivery
from wellness.privacy.models import DataExport

# Of each kind; older things are in the tables themselves.
LATEST = 20


class Entry(NamedTuple):
    at: dt.datetime
    kind: str
    text: str


def context(person: User, *, staff: User) -> dict[str, Any]:
    """The part of the person's page that helps: facts, acts and the timeline."""
    subscription = subscriptions.current(person)
    payment = _refundable(person)
    return {
        "subscription": subscription,
        "refundable": payment if payment and refunds.most_for(staff) != 0 else None,
        "devices": person.sessions.count(),
        "timeline": timeline(person),
    }


def timeline(person: User) -> list[Entry]:
    """What happened, newest first."""
    entries = [*_devices(person), *_payments(person), *_messages(person), *_exports(person), *_consents(person)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _refundable(person: User) -> PaymentTransaction | None:
    paid = PaymentTransaction.objects.filter(user=person, transaction_type="payment", status="completed")
    return paid.order_by("-created_at").first()


def _devices(person: User) -> Iterator[Entry]:
    for session in person.sessions.order_by("-created_at")[:LATEST]:
        device = user_agents.describe(session.user_agent or "")
        yield Entry(session.created_at, _("로그인"), " · ".join(value for value in device.values() if value))


def _payments(person: User) -> Iterator[Entry]:
    for row in PaymentTransaction.objects.filter(user=person).order_by("-created_at")[:LATEST]:
        said = [row.get_transaction_type_display(), amounts.text(row.amount, row.currency), row.get_status_display()]
        yield Entry(row.created_at, _("결제"), " · ".join([*map(str, said), receipts.order_number(row)]))


def _messages(person: User) -> Iterator[Entry]:
    rows = NotificationDelivery.objects.filter(notification__user=person).select_related("notification")
    for row in rows.order_by("-created_at")[:LATEST]:
        said = [row.notification.get_notification_type_display(), row.get_channel_display(), row.get_state_display()]
        yield Entry(row.created_at, _("메시지"), " · ".join(map(str, said)))


def _exports(person: User) -> Iterator[Entry]:
    for row in DataExport.objects.filter(user=person).order_by("-created_at")[:LATEST]:
        yield Entry(row.created_at, _("내보내기"), str(row.get_kind_display()))


def _consents(person: User) -> Iterator[Entry]:
    for row in UserConsent.objects.filter(user=person).order_by("-occurred_at")[:LATEST]:
        said = _("동의함") if row.granted else _("철회")
        yield Entry(row.occurred_at, _("동의"), f"{row.get_item_display()} · {said}")
