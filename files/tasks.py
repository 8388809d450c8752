"""Celery tasks. Each calls its domain functions."""

import datetime as dt

import structlog
from celery import shared_task
from django.utils import timezone

log = structlog.get_logger(__name__)

# A run ends before the next one, a minute later.
SECONDS = 45


@shared_task(name="files.tend_photos")
def tend_photos() -> None:
    from files import cleanup, thumbnails

    thumbnails.make_waiting(timezone.now, until=timezone.now() + dt.timedelta(seconds=SECONDS))
    cleanup.sweep(timezone.now())


@shared_task(name="files.sweep_storage")
def sweep_storage() -> None:
    from files import cleanup

    log.info("storage swept", deleted=cleanup.sweep_storage(timezone.now()))
