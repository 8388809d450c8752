"""Celery tasks. Each calls one domain function."""

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)


@shared_task(name="wellness.count_keys")
def count_keys() -> None:
    """Counts for the page of operators which key holds how many values."""
    from wellness.pages import operations

    operations.count_keys(at=timezone.now())


@shared_task(name="wellness.maintain_partitions")
def maintain_partitions() -> None:
    from core.db import partitions

    made = partitions.maintain(timezone.now().date())
    log.info("partitions maintained", made=made)
