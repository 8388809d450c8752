"""Keeping what people send, and letting go of it. The row comes first and goes last: no bytes lie anywhere without one.

    file = keeping.begin(owner, photo, …)     in a transaction: the row, and room for it
    keeping.store(file, photo)                outside of any: the bytes
    keeping.finish(file, at=…)                in a transaction, with all that the photo means to the caller

What a crash leaves between these, and what was let go of, the sweep takes away (`files.cleanup`).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Sum
from django.urls import reverse
from uuid6 import uuid7

from core import wakeups
from files import images
from files.images import PhotoRefused
from files.models import UploadedFile, UploadedFileQuerySet

log = structlog.get_logger(__name__)

FOLDER = "photos"


class Stored(Protocol):
    """A row with bytes in the storage."""

    @property
    def paths(self) -> Iterable[str]: ...

    def delete(self) -> object: ...


class NoRoom(PhotoRefused):
    """The person's plan holds no more. `most` is how much it holds, in bytes."""

    def __init__(self, most: int):
        self.most = most


class Interrupted(PhotoRefused):
    """The storage did not take it, or took so long that the row was swept away meanwhile."""


def begin(
    owner: UUID,
    photo: bytes,
    *,
    context: UploadedFile.Context,
    at: dt.datetime,
    about: UUID | None = None,
    most: int | None = None,
) -> UploadedFile:
    """Room for a clean photo. `most` is how many bytes the owner may keep with this context; None has no end.

    Two at once may both find the last room: who sets `most` locks the owner before. Raises NoRoom.
    """
    if most is not None and used(owner, context) + len(photo) > most:
        raise NoRoom(most)
    pk = uuid7()
    name = f"{pk}.jpg"
    return UploadedFile.objects.create(
        pk=pk,
        user_id=owner,
        # What the person called it may be anything, their name too: it is not kept.
        original_filename=f"{at:%Y%m%d-%H%M%S}.jpg",
        stored_filename=name,
        file_size=len(photo),
        mime_type=images.MIME_TYPE,
        storage_provider=settings.UPLOADS_PROVIDER,
        storage_path=f"{FOLDER}/{pk.hex[-2:]}/{name}",
        url=reverse("files:file", args=[pk]),
        upload_context=context,
        related_entity_id=about,
        stored_at=None,
    )


def store(file: UploadedFile, photo: bytes) -> None:
    """Raises Interrupted; then the room is free again."""
    try:
        default_storage.save(file.storage_path, ContentFile(photo))
    except Exception as error:
        log.exception("photo not stored", file_id=str(file.pk))
        remove(UploadedFile.objects.filter(pk=file.pk))
        raise Interrupted from error


def finish(file: UploadedFile, *, at: dt.datetime) -> None:
    """From now on it is shown. Raises Interrupted."""
    if not UploadedFile.objects.filter(pk=file.pk, stored_at=None, is_deleted=False).update(stored_at=at):
        default_storage.delete(file.storage_path)
        raise Interrupted
    wakeups.wake_on_commit("files.tend_photos")


def remove(files: UploadedFileQuerySet) -> int:
    """Nobody sees them any more; their bytes go with the next sweep. Gives how many."""
    removed = files.filter(is_deleted=False).update(is_deleted=True)
    if removed:
        wakeups.wake_on_commit("files.tend_photos")
    return removed


def erase(row: Stored) -> None:
    """The bytes, then the row: what a crash leaves between the two is found by its row."""
    erase_bytes([row])
    row.delete()


def erase_bytes(rows: Iterable[Stored]) -> None:
    for row in rows:
        for path in row.paths:
            default_storage.delete(path)


def used(owner: UUID, context: UploadedFile.Context) -> int:
    """Bytes of the owner's photos of this kind."""
    theirs = UploadedFile.objects.filter(user=owner, upload_context=context, is_deleted=False)
    return theirs.aggregate(total=Sum("file_size", default=0))["total"]
