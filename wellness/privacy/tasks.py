"""Celery tasks. Each calls one domain function."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="wellness.build_exports")
def build_exports() -> None:
    from wellness.privacy import exports

    exports.build_waiting(timezone.now)


@shared_task(name="wellness.erase_who_left")
def erase_who_left() -> None:
    from wellness.privacy import erasure

    erasure.run(timezone.now())


@shared_task(name="wellness.erase_health")
def erase_health() -> None:
    from wellness.privacy import health_withdrawal

    health_withdrawal.run(timezone.now())


@shared_task(name="wellness.retain")
def retain() -> None:
    from wellness.privacy import retention

    retention.run()
