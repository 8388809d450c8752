"""Celery tasks.

Each calls domain functions; none takes an argument: due work is found in the database.
"""

import datetime as dt

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)

# A run ends before the next minute's run begins; one call of a gateway may take a minute more.
SECONDS = 30


def _until() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=SECONDS)


@shared_task(name="billing.charge")
def charge() -> None:
    from billing import alert_mails, charges

    charges.run(timezone.now, until=_until())
    alert_mails.send(timezone.now())


@shared_task(name="billing.renew")
def renew() -> None:
    from billing import renewals

    renewals.run(timezone.now, until=_until())


@shared_task(name="billing.process_webhooks")
def process_webhooks() -> None:
    from billing import webhooks

    webhooks.run(timezone.now, until=_until())


@shared_task(name="billing.catch_up")
def catch_up() -> None:
    from billing import payment_methods, reconciliation, renewals

    reconciliation.catch_up(timezone.now())
    renewals.drop_abandoned(timezone.now())
    payment_methods.delete_removed(timezone.now, until=_until())


@shared_task(name="billing.give_notice")
def give_notice() -> None:
    from billing import renewals

    log.info("billing notices", told=renewals.give_notice(timezone.now()))


@shared_task(name="billing.reconcile")
def reconcile() -> None:
    from billing import reconciliation, webhooks, withdrawals

    now = timezone.now()
    differences, late = reconciliation.run(now), withdrawals.report_late(now)
    log.info("reconciled", differences=differences, late=late, forgotten=webhooks.forget_old(now))
