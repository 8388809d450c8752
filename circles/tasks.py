"""Celery tasks. Each calls one domain function."""

import datetime as dt

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)


@shared_task(name="circles.settle_challenges")
def settle_challenges() -> None:
    from circles import challenges

    if settled := challenges.settle_due(now=dt.datetime.now(dt.UTC)):
        log.info("challenges settled", parts=settled)
