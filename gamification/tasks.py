"""Celery tasks. Each calls one domain function."""

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)


@shared_task(name="gamification.back_fill")
def back_fill() -> None:
    from gamification import backfills

    backfills.run_waiting(timezone.now)


@shared_task(name="gamification.count_holders")
def count_holders() -> None:
    from gamification import rarity

    log.info("holders counted", published=rarity.count_holders())
