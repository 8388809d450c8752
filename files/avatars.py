"""The picture beside a person's name: one at a time, theirs to see."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from files import images, links, storage
from files.models import UploadedFile, UploadedFileQuerySet

_AVATAR = UploadedFile.Context.AVATAR


def choose(user: User, data: bytes, *, at: dt.datetime) -> None:
    """`data` shows the person from now on. Raises PhotoRefused."""
    photo = images.clean(data, edge=images.AVATAR)
    file = storage.begin(user.pk, photo, context=_AVATAR, at=at)
    storage.store(file, photo)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        storage.finish(file, at=at)
        storage.remove(_of(user).exclude(pk=file.pk))
        _show(user, file.url)


def remove(user: User) -> None:
    with transaction.atomic():
        storage.remove(_of(user))
        _show(user, None)


def address(user: User, *, at: dt.datetime) -> str:
    """Where the person's picture is found; empty when there is none."""
    file = _of(user).order_by("-created_at").first()
    return links.address(file, "small", at=at) if file else ""


def _of(user: User) -> UploadedFileQuerySet:
    return UploadedFile.objects.shown().filter(user=user, upload_context=_AVATAR)


def _show(user: User, url: str | None) -> None:
    user.avatar_url = url
    user.save(update_fields=["avatar_url"])
