"""Profile pictures: one for each person, visible to that person."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from files import images, links, storage
from files.models import UploadedFile, UploadedFileQuerySet

_AVATAR = UploadedFile.Context.AVATAR


def choose(user: User, data: bytes, *, at: dt.datetime) -> None:
    """Makes `data` the profile picture. Raises PhotoRefused."""
    photo = images.reencode(data, edge=images.AVATAR)
    file = storage.reserve(user.pk, photo, context=_AVATAR, at=at)
    storage.store(file, photo)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        storage.publish(file, at=at)
        storage.remove(_pictures(user).exclude(pk=file.pk))
        _set_url(user, file.url)


def remove(user: User) -> None:
    with transaction.atomic():
        storage.remove(_pictures(user))
        _set_url(user, None)


def address(user: User, *, at: dt.datetime) -> str:
    """The address of the picture; empty when there is none."""
    file = _pictures(user).order_by("-created_at").first()
    return links.signed_address(file, "small", at=at) if file else ""


def _pictures(user: User) -> UploadedFileQuerySet:
    return UploadedFile.objects.shown().filter(user=user, upload_context=_AVATAR)


def _set_url(user: User, url: str | None) -> None:
    user.avatar_url = url
    user.save(update_fields=["avatar_url"])
