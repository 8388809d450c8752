"""Takes away what nobody has any more: photos let go of, uploads that never ended, bytes without a row."""

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

# No request takes as long as this.
STALE = dt.timedelta(minutes=10)
# Bytes without a row are left alone for so long: their row may be of a transaction still open.
UNKNOWN = dt.timedelta(days=1)
BATCH = 500
# So few are too few to tell a mistake from age.
TELLING = 100


def sweep(now: dt.datetime) -> int:
    """Erases removed photos, those without an owner, and those whose upload never ended. Gives how many."""
    erased = 0
    for file in UploadedFile.objects.filter(gone(now)).order_by("created_at")[:BATCH]:
        try:
            storage.erase(file)
            erased += 1
        except Exception:
            # A storage that does not answer: the row stays, the next minute tries again.
            log.exception("photo not erased", file_id=str(file.pk))
    return erased


def gone(now: dt.datetime) -> Q:
    return Q(is_deleted=True) | Q(user=None) | Q(stored_at=None, created_at__lt=now - STALE)


def sweep_storage(now: dt.datetime) -> int:
    """Deletes bytes that no row knows: a database restored from a backup knows less than the storage. Gives how many.

    Where most are unknown, the database is another's, and nothing is deleted.
    """
    unknown, known = [], 0
    for paths in _folders():
        rows = set(UploadedFile.objects.filter(pk__in=filter(None, paths.values())).values_list("pk", flat=True))
        unknown += [path for path, pk in paths.items() if pk not in rows]
        known += len(paths)
    known -= len(unknown)
    lost = [path for path in unknown if default_storage.get_modified_time(path) < now - UNKNOWN]
    if len(lost) > max(known, TELLING):
        log.error("storage not swept", unknown=len(unknown), known=known)
        return 0
    for path in lost:
        default_storage.delete(path)
    return len(lost)


def _folders() -> Iterator[dict[str, UUID | None]]:
    """Folder by folder: each path, and the id its name says; None for a name that is not ours."""
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
