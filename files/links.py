"""Addresses of photos: signed for one person and an hour or two, and they open only where that person is signed in."""

import dataclasses
import datetime as dt
from typing import Any, Literal
from uuid import UUID

import structlog
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User
from files.models import UploadedFile

log = structlog.get_logger(__name__)

type Size = Literal["full", "small"]

# An address is the same for so long, so that a browser keeps what it fetched, and opens for twice that at most.
LASTS = dt.timedelta(hours=1)

_signer = Signer(salt="files")


@dataclasses.dataclass(frozen=True)
class Photo:
    """What is sent: an open file, its name, and whether the address will lead to the same bytes as long as it opens."""

    bytes: Any
    name: str
    is_final: bool


def address(file: UploadedFile, size: Size, *, at: dt.datetime) -> str:
    seconds = int(LASTS.total_seconds())
    until = (int(at.timestamp()) // seconds + 2) * seconds
    seal = _signer.signature(_said(file.pk, size, file.user_id, until))
    return reverse("files:bytes", args=[file.pk, size, until, seal])


def own(user: User, pk: UUID) -> UploadedFile | None:
    """The person's file `pk`."""
    return UploadedFile.objects.shown().filter(user=user, pk=pk).first()


def open_(user: User, pk: UUID, *, size: Size, until: int, seal: str, at: dt.datetime) -> Photo | None:
    """What the address leads to, for this person now; nothing when it is not theirs, too old, or not ours.

    A photo whose thumbnail is not made yet is shown itself.
    """
    try:
        _signer.unsign(f"{_said(pk, size, user.pk, until)}:{seal}")
    except BadSignature:
        return None
    file = own(user, pk) if at.timestamp() < until else None
    if file is None:
        return None
    is_small = size == "small" and file.thumbnail_url is not None
    try:
        found = default_storage.open(file.thumbnail_path if is_small else file.storage_path)
    except FileNotFoundError:
        log.exception("bytes are gone", file_id=str(file.pk))
        return None
    return Photo(found, file.original_filename, is_small or size == "full")


def _said(pk: UUID, size: Size, user_id: UUID | None, until: int) -> str:
    return f"{pk}:{size}:{user_id}:{until}"
