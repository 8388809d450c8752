"""Celery tasks. Each calls one domain function."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

# A run ends before its task's soft limit; what is left waits for the next.
SECONDS = 50


@shared_task(name="wellness.build_exports")
def build_exports() -> None:
    from wellness.privacy import exports

    exports.build_waiting(timezone.now, until=timezone.now() + dt.timedelta(seconds=SECONDS))


@shared_task(name="wellness.erase_who_left")
def erase_who_left() -> None:
    from core.db import work
    from wellness.privacy import erasure

    erasure.run(timezone.now(), is_over=work.after(SECONDS))


@shared_task(name="wellness.erase_health")
def erase_health() -> None:
    from core.db import work
    from wellness.privacy import health_withdrawal

    health_withdrawal.run(timezone.now(), is_over=work.after(SECONDS))


@shared_task(name="wellness.retain")
def retain() -> None:
    from core.db import work
    from wellness.privacy import retention

    retention.run(is_over=work.after(SECONDS))
