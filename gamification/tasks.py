"""Celery tasks. Each calls one domain function."""

import datetime as dt

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)


@shared_task(name="gamification.back_fill")
def back_fill() -> None:
    from gamification import backfills

    backfills.run_waiting(lambda: dt.datetime.now(dt.UTC))


@shared_task(name="gamification.count_holders")
def count_holders() -> None:
    from gamification import rarity

    log.info("holders counted", published=rarity.count_holders())
