"""Addresses of photos: a lasting one, and signed ones for one person and a few hours."""

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

# A signed address stays the same for so long, so that browsers can cache, and is valid for at most twice as long.
VALID_FOR = dt.timedelta(hours=1)

_signer = Signer(salt="files")


@dataclasses.dataclass(frozen=True)
class Photo:
    """An open file, its name, and whether the address always leads to the same bytes."""

    bytes: Any
    name: str
    is_final: bool


def signed_address(file: UploadedFile, size: Size, *, at: dt.datetime) -> str:
    seconds = int(VALID_FOR.total_seconds())
    until = (int(at.timestamp()) // seconds + 2) * seconds
    signature = _signer.signature(_message(file.pk, size, file.user_id, until))
    return reverse("files:bytes", args=[file.pk, size, until, signature])


def lasting_address(pk: UUID, size: Size) -> str:
    """The address in the database and in exports, which redirects to a signed one."""
    return reverse("files:file" if size == "full" else "files:small", args=[pk])


def file_of(user: User, pk: UUID) -> UploadedFile | None:
    return UploadedFile.objects.shown().filter(user=user, pk=pk).first()


def open_photo(user: User, pk: UUID, *, size: Size, until: int, signature: str, at: dt.datetime) -> Photo | None:
    """The photo at a signed address.

    None when the signature is wrong or expired, or the photo is not the person's.

    While there is no thumbnail, the photo itself is sent in its place.
    """
    try:
        _signer.unsign(f"{_message(pk, size, user.pk, until)}:{signature}")
    except BadSignature:
        return None
    file = file_of(user, pk) if at.timestamp() < until else None
    if file is None:
        return None
    is_small = size == "small" and file.thumbnail_url is not None
    try:
        content = default_storage.open(file.thumbnail_path if is_small else file.storage_path)
    except FileNotFoundError:
        log.exception("photo file missing", file_id=str(file.pk))
        return None
    return Photo(content, file.original_filename, is_small or size == "full")


def _message(pk: UUID, size: Size, user_id: UUID | None, until: int) -> str:
    return f"{pk}:{size}:{user_id}:{until}"
