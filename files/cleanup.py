"""Deletes removed and ownerless photos, interrupted uploads, and files without a row."""

import datetime as dt
from collections.abc import Iterator
from pathlib import PurePosixPath
from uuid import UUID

import structlog
from django.core.files.storage import default_storage
from django.db.models import Q

from files import storage
from files.models import UploadedFile

log = structlog.get_logger(__name__)

# Longer than any request takes.
STALE = dt.timedelta(minutes=10)
# Stored files without a row are kept for so long: their row may belong to an open transaction.
UNKNOWN = dt.timedelta(days=1)
BATCH = 500
# Up to this number of unknown files the sweep is never refused.
CHECKED_FROM = 100


def sweep(now: dt.datetime) -> int:
    """Erases removed photos, photos without an owner, and interrupted uploads.

    Gives their number.
    """
    erased = 0
    for file in UploadedFile.objects.filter(erasable(now)).order_by("created_at")[:BATCH]:
        try:
            storage.erase(file)
            erased += 1
        except Exception:
            # The storage does not answer. The row stays, and in a minute it is tried again.
            log.exception("photo not erased", file_id=str(file.pk))
    return erased


def erasable(now: dt.datetime) -> Q:
    return Q(is_deleted=True) | Q(user=None) | Q(stored_at=None, created_at__lt=now - STALE)


def sweep_storage(now: dt.datetime) -> int:
    """Deletes stored files without a row, as after restoring the database from a backup.

    Gives their number.

    When most files have no row, this is another database than the storage's, and nothing is deleted.
    """
    unknown, known = [], 0
    for paths in _folders():
        rows = set(UploadedFile.objects.filter(pk__in=filter(None, paths.values())).values_list("pk", flat=True))
        unknown += [path for path, pk in paths.items() if pk not in rows]
        known += len(paths)
    known -= len(unknown)
    lost = [path for path in unknown if default_storage.get_modified_time(path) < now - UNKNOWN]
    if len(lost) > max(known, CHECKED_FROM):
        log.error("storage not swept", unknown=len(unknown), known=known)
        return 0
    for path in lost:
        default_storage.delete(path)
    return len(lost)


def _folders() -> Iterator[dict[str, UUID | None]]:
    """For each folder the paths in it, each with the id in its name; None for another kind of name."""
    try:
        folders = default_storage.listdir(storage.FOLDER)[0]
    except FileNotFoundError:
        return
    for folder in folders:
        path = f"{storage.FOLDER}/{folder}"
        yield {f"{path}/{name}": _id_of(name) for name in default_storage.listdir(path)[1]}


def _id_of(name: str) -> UUID | None:
    try:
        return UUID(PurePosixPath(name).name.partition(".")[0])
    except ValueError:
        return None
