"""Mails new alerts to the operator: a fuse that stops every charge waits for a person.

The rows are the queue: each alert is in one mail, and a mail that could not be sent is tried again by the next run. It
names kinds, orders and amounts, and no person.
"""

import datetime as dt

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from billing import fuses
from billing.models import BillingAlert
from billing.pages import alert_facts

log = structlog.get_logger(__name__)

# The others are on the page that the mail links to.
LISTED = 20


def send(now: dt.datetime) -> int:
    """Mails the open alerts that nobody was told of; gives how many."""
    with transaction.atomic():
        waiting = BillingAlert.objects.filter(mailed_at=None, resolved_at=None).order_by("created_at", "pk")
        alerts = list(waiting.select_for_update(skip_locked=True))
        if not alerts:
            return 0
        try:
            _send(alerts)
        except OSError as error:
            log.warning("alerts not mailed", alerts=len(alerts), why=type(error).__name__)
            return 0
        BillingAlert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(mailed_at=now)
    return len(alerts)


def _send(alerts: list[BillingAlert]) -> None:
    with override(settings.LANGUAGE_CODE):
        number = len(alerts)
        subject = ngettext("결제에서 살펴볼 일이 %(n)d건 생겼어요", "결제에서 살펴볼 일이 %(n)d건 생겼어요", number) % {
            "n": number
        }
        lines = [f"- {alert.get_kind_display()} · {alert.reference} · {_facts(alert)}" for alert in alerts[:LISTED]]
        if any(alert.kind in fuses.STOPPING for alert in alerts):
            lines.insert(0, _("모든 결제가 멈췄어요. 살펴보고 닫으면 다시 이어져요.") + "\n")
        lines.append(f"\n{settings.SITE_URL}/admin/billing/billingalert/")
    send_mail(subject, "\n".join(lines), None, [settings.SUPPORT_EMAIL])


def _facts(alert: BillingAlert) -> str:
    return ", ".join(alert_facts.told(alert.facts)) or "-"
