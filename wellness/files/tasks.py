"""Doors for beat and for nudges: each calls what is due; that stands in the database."""

import datetime as dt

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)

# A run ends before the next minute's begins.
SECONDS = 45


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@shared_task(name="wellness.tend_photos")
def tend_photos() -> None:
    from wellness.files import sweeping, thumbnails

    thumbnails.make_waiting(_now, until=_now() + dt.timedelta(seconds=SECONDS))
    sweeping.sweep(_now())


@shared_task(name="wellness.sweep_storage")
def sweep_storage() -> None:
    from wellness.files import sweeping

    log.info("storage swept", deleted=sweeping.sweep_storage(_now()))
