"""Doors for beat and for nudges: each calls what is due; that stands in the database."""

import datetime as dt

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)

# A run ends before the next minute's begins.
SECONDS = 45


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@shared_task(name="files.tend_photos")
def tend_photos() -> None:
    from files import cleanup, thumbnails

    thumbnails.make_waiting(_now, until=_now() + dt.timedelta(seconds=SECONDS))
    cleanup.sweep(_now())


@shared_task(name="files.sweep_storage")
def sweep_storage() -> None:
    from files import cleanup

    log.info("storage swept", deleted=cleanup.sweep_storage(_now()))
