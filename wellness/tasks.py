"""Celery tasks. Each calls one domain function."""

import datetime as dt

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)


@shared_task(name="wellness.count_keys")
def count_keys() -> None:
    """Counts for the page of operators which key holds how many values."""
    from wellness.pages import operations

    operations.count_keys(at=dt.datetime.now(dt.UTC))


@shared_task(name="wellness.maintain_partitions")
def maintain_partitions() -> None:
    from core.db import partitions

    made = partitions.maintain(dt.datetime.now(dt.UTC).date())
    log.info("partitions maintained", made=made)
