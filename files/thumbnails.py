"""Thumbnails, made by a worker. The row is the work: unprocessed, held for a while, done, or given up after three tries
(then the photo itself is shown small).
"""

import datetime as dt
from collections.abc import Callable

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from core.db import leases
from files import images
from files.models import UploadedFile

log = structlog.get_logger(__name__)

# Longer than a child process is given.
LEASE = dt.timedelta(minutes=2)
ATTEMPTS = 3

type Clock = Callable[[], dt.datetime]


def make_waiting(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Makes what waits, one after another, until nothing does or it is `until`. Gives how many were made."""
    made = 0
    while (until is None or clock() < until) and (file := _claim(clock())):
        made += _make(file)
    return made


def _claim(now: dt.datetime) -> UploadedFile | None:
    waiting = UploadedFile.objects.shown().filter(leases.free(now), is_processed=False)
    waiting.filter(attempts__gte=ATTEMPTS).update(is_processed=True)
    return leases.claim(waiting, now=now, lease=LEASE)


def _make(file: UploadedFile) -> bool:
    try:
        with default_storage.open(file.storage_path) as photo:
            small = images.clean(photo.read(), edge=images.SMALL)
        default_storage.save(file.thumbnail_path, ContentFile(small))
    except Exception:
        # The row stays held until its lease ends, and is tried again.
        log.exception("no thumbnail", file_id=str(file.pk), attempt=file.attempts)
        return False
    url = reverse("files:small", args=[file.pk])
    made = UploadedFile.objects.filter(pk=file.pk).update(is_processed=True, thumbnail_url=url, lease_ends_at=None)
    if not made:
        # Erased meanwhile.
        default_storage.delete(file.thumbnail_path)
    return bool(made)
