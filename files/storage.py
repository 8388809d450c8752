"""Stores and deletes photos.

The row is created before the file and deleted after it, so no file is without a row.

    file = storage.reserve(owner, photo, …)    in a transaction: creates the row if there is room
    storage.store(file, photo)                 outside of any transaction: writes the file
    storage.publish(file, at=…)                in a transaction, together with the caller's own changes

cleanup.py deletes what a crash leaves between these steps, and removed photos.
"""

import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterable
from typing import IO, Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Sum
from uuid6 import uuid7

from core import wakeups
from core.crypto import streams
from files import images, links
from files.images import PhotoRefused
from files.models import UploadedFile, UploadedFileQuerySet

log = structlog.get_logger(__name__)

FOLDER = "photos"


class RowWithFiles(Protocol):
    """A row with files in the storage."""

    @property
    def paths(self) -> Iterable[str]: ...

    def delete(self) -> object: ...


class NoRoom(PhotoRefused):
    """The person's plan allows no more. `limit` is what it allows, in bytes."""

    def __init__(self, limit: int):
        self.limit = limit


class Interrupted(PhotoRefused):
    """The storage failed, or took so long that the cleanup deleted the row meanwhile."""


def reserve(
    owner: UUID,
    photo: bytes,
    *,
    context: UploadedFile.Context,
    at: dt.datetime,
    about: UUID | None = None,
    limit: int | None = None,
) -> UploadedFile:
    """Creates the row of a re-encoded photo.

    `limit` is how many bytes the owner may store with this context.

    Two requests at once could both take the last room: a caller with a `limit` locks the owner first. Raises NoRoom.
    """
    if limit is not None and used(owner, context) + len(photo) > limit:
        raise NoRoom(limit)
    pk = uuid7()
    name = f"{pk}.jpg"
    return UploadedFile.objects.create(
        pk=pk,
        user_id=owner,
        # The file's real name may be anything, the person's name too: it is not stored.
        original_filename=f"{at:%Y%m%d-%H%M%S}.jpg",
        stored_filename=name,
        file_size=len(photo),
        mime_type=images.MIME_TYPE,
        storage_provider=settings.UPLOADS_PROVIDER,
        storage_path=f"{FOLDER}/{pk.hex[-2:]}/{name}",
        url=links.lasting_address(pk, "full"),
        upload_context=context,
        related_entity_id=about,
        stored_at=None,
    )


def store(file: UploadedFile, photo: bytes) -> None:
    """Writes the file. Raises Interrupted after freeing the room again."""
    try:
        default_storage.save(file.storage_path, ContentFile(photo))
    except Exception as error:
        log.exception("photo not stored", file_id=str(file.pk))
        remove(UploadedFile.objects.filter(pk=file.pk))
        raise Interrupted from error


def publish(file: UploadedFile, *, at: dt.datetime) -> None:
    """Makes the photo visible. Raises Interrupted."""
    if not UploadedFile.objects.filter(pk=file.pk, stored_at=None, is_deleted=False).update(stored_at=at):
        default_storage.delete(file.storage_path)
        raise Interrupted
    wakeups.wake_on_commit("files.tend_photos")


def remove(files: UploadedFileQuerySet) -> int:
    """Hides photos; the next cleanup deletes them. Gives their number."""
    removed = files.filter(is_deleted=False).update(is_deleted=True)
    if removed:
        wakeups.wake_on_commit("files.tend_photos")
    return removed


def erase(row: RowWithFiles) -> None:
    """Deletes the files, then the row: after a crash between the two the row is still found."""
    erase_files([row])
    row.delete()


def erase_files(rows: Iterable[RowWithFiles]) -> None:
    for row in rows:
        for path in row.paths:
            default_storage.delete(path)


def save_sealed(path: str, key: str, write: Callable[[IO[bytes]], object]) -> tuple[str, int]:
    """Stores what `write` writes, sealed with a row's key. Gives its path and the bytes of plain text."""
    with tempfile.TemporaryFile() as file:
        stream = streams.StreamWriter(file, key)
        with io.BufferedWriter(stream, streams.CHUNK_BYTES) as plain:
            write(plain)
            plain.flush()
            stream.finish()
        file.seek(0)
        return default_storage.save(path, File(file)), stream.size


def open_sealed(path: str, key: str) -> io.BufferedReader:
    """The plain text of a stored file. Raises FileNotFoundError; reading raises Unreadable."""
    file = default_storage.open(path)
    return io.BufferedReader(streams.StreamReader(file, key), streams.CHUNK_BYTES)


def used(owner: UUID, context: UploadedFile.Context) -> int:
    """Bytes of the owner's photos in this context."""
    photos = UploadedFile.objects.filter(user=owner, upload_context=context, is_deleted=False)
    return photos.aggregate(total=Sum("file_size", default=0))["total"]
