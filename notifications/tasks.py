"""Celery tasks. Each calls one domain function.

None takes an argument: due work is found in the database.
"""

import datetime as dt

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)

# A run ends before the next minute's run begins.
SECONDS = 45


@shared_task(name="notifications.deliver", soft_time_limit=SECONDS + 30)
def deliver() -> None:
    from notifications import delivery_worker

    delivery_worker.run(clock=timezone.now, until=timezone.now() + dt.timedelta(seconds=SECONDS))


@shared_task(name="notifications.announce")
def announce() -> None:
    from notifications import announcements, outbox

    written = announcements.advance(clock=timezone.now, until=timezone.now() + dt.timedelta(seconds=SECONDS))
    if written:
        log.info("announcements written", notifications=written)
        outbox.wake()


@shared_task(name="notifications.tell_about_consents")
def tell_about_consents() -> None:
    from core.db import work
    from notifications import consent_notices

    notices = consent_notices.send_due(now=timezone.now(), is_over=work.after(SECONDS))
    log.info("consent notices written", notices=notices)


@shared_task(name="notifications.forget")
def forget() -> None:
    from core.db import work
    from notifications import inbox

    forgotten = inbox.delete_expired(now=timezone.now(), is_over=work.after(SECONDS))
    log.info("notifications forgotten", notifications=forgotten)
