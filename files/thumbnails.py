"""Thumbnails, made by a worker.

After three failures there is none, and pages show the photo itself in its place.
"""

import datetime as dt

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core.db.work import Clock, Superseded, WorkQueue
from files import images, links
from files.models import UploadedFile

# Longer than the child process may run.
LEASE = dt.timedelta(minutes=2)


def make_waiting(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Makes missing thumbnails until none is missing or it is `until`. Gives how many were made."""
    return QUEUE.run(clock, _make, until=until)


def _make(file: UploadedFile) -> bool:
    with default_storage.open(file.storage_path) as photo:
        small = images.reencode(photo.read(), edge=images.SMALL)
    default_storage.save(file.thumbnail_path, ContentFile(small))
    # Not fenced by the attempt: the thumbnails of two attempts are the same file.
    if not _finish(file, thumbnail_url=links.lasting_address(file.pk, "small"), lease_ends_at=None):
        # The photo was erased meanwhile.
        default_storage.delete(file.thumbnail_path)
        raise Superseded
    return True


def _finish(file: UploadedFile, **values: object) -> int:
    return UploadedFile.objects.filter(pk=file.pk).update(is_processed=True, **values)


QUEUE = WorkQueue(
    "thumbnail",
    waiting=lambda: UploadedFile.objects.shown().filter(is_processed=False),
    lease=LEASE,
    give_up=lambda file, _now: _finish(file),
)
