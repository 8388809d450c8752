"""What support sees of a person: subscription and events, without any text of theirs.

Sessions that have ended are no longer in their table. What is left of them is in the events of the app, by the id of the
session: when it was first and last used, and with what.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import sessions, user_agents
from accounts.models import User, UserConsent, UserSocialAccount
from analytics.models import AppEvent
from billing import refunds, subscriptions
from billing.models import PaymentTransaction
from billing.pages import amounts, receipts
from core.text_format import facts
from notifications.models import NotificationDelivery, NotificationDevice
from wellness.privacy.models import DataExport

# Of each kind; older things are in the tables themselves.
LATEST = 20


class PersonEvent(NamedTuple):
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


def timeline(person: User) -> list[PersonEvent]:
    """What happened, newest first."""
    entries = [entry for kind in _KINDS for entry in kind(person)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _refundable(person: User) -> PaymentTransaction | None:
    paid = PaymentTransaction.objects.filter(user=person, transaction_type="payment", status="completed")
    return paid.order_by("-created_at").first()


def _sessions(person: User) -> Iterator[PersonEvent]:
    for session in person.sessions.order_by("-created_at")[:LATEST]:
        yield PersonEvent(session.created_at, _("로그인"), _device(session.user_agent))


def _ended_sessions(person: User) -> Iterator[PersonEvent]:
    """Sessions that ended within the longest lifetime of a session: of an older one the first events may be gone."""
    events = AppEvent.objects.filter(user=person, occurred_at__gt=timezone.now() - sessions.LONGEST)
    ended = events.exclude(session_id=None).exclude(session_id__in=person.sessions.values("pk"))
    used = ended.values("session_id").annotate(
        first=Min("occurred_at"), last=Max("occurred_at"), agent=Max("user_agent")
    )
    for row in used.order_by("-last")[:LATEST]:
        until = _("%(time)s까지 썼어요") % {
            "time": date_format(timezone.localtime(row["last"]), "SHORT_DATETIME_FORMAT")
        }
        yield PersonEvent(row["first"], _("지난 로그인"), facts([_device(row["agent"]), until]))


def _device(agent: str | None) -> str:
    return user_agents.name(agent or "")


def _providers(person: User) -> Iterator[PersonEvent]:
    for row in UserSocialAccount.objects.filter(user=person).order_by("-created_at")[:LATEST]:
        yield PersonEvent(row.created_at, _("소셜 로그인 연결"), str(row.get_provider_display()))


def _devices(person: User) -> Iterator[PersonEvent]:
    for device in NotificationDevice.objects.filter(user=person).order_by("-created_at")[:LATEST]:
        state = "" if device.is_active else _("더는 보내지 않아요")
        said = [device.get_platform_display(), device.device_model, device.os_version, state]
        yield PersonEvent(device.created_at, _("알림 받는 기기"), facts(str(one) for one in said if one))


def _payments(person: User) -> Iterator[PersonEvent]:
    for row in PaymentTransaction.objects.filter(user=person).order_by("-created_at")[:LATEST]:
        said = [row.get_transaction_type_display(), amounts.text(row.amount, row.currency), row.get_status_display()]
        yield PersonEvent(row.created_at, _("결제"), facts([*map(str, said), receipts.order_number(row)]))


def _messages(person: User) -> Iterator[PersonEvent]:
    rows = NotificationDelivery.objects.filter(notification__user=person).select_related("notification")
    for row in rows.order_by("-created_at")[:LATEST]:
        said = [row.notification.get_notification_type_display(), row.get_channel_display(), row.get_state_display()]
        yield PersonEvent(row.created_at, _("메시지"), facts(map(str, said)))


def _exports(person: User) -> Iterator[PersonEvent]:
    for row in DataExport.objects.filter(user=person).order_by("-created_at")[:LATEST]:
        yield PersonEvent(row.created_at, _("내보내기"), str(row.get_kind_display()))


def _consents(person: User) -> Iterator[PersonEvent]:
    for row in UserConsent.objects.filter(user=person).order_by("-occurred_at")[:LATEST]:
        said = _("동의함") if row.granted else _("철회")
        yield PersonEvent(row.occurred_at, pgettext("kind of event", "동의"), facts([row.get_item_display(), said]))


_KINDS = (_sessions, _ended_sessions, _providers, _devices, _payments, _messages, _exports, _consents)
