"""Celery tasks. Each calls one domain function."""

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)


@shared_task(name="circles.settle_challenges")
def settle_challenges() -> None:
    from circles import challenges

    if settled := challenges.settle_due(now=timezone.now()):
        log.info("challenges settled", parts=settled)
