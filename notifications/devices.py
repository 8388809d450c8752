"""The devices a person is told on. One row for each address; the last person to register it has it."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User
from notifications.channels import web_push
from notifications.models import NotificationDevice, Platform

# More than anyone uses at once; the ones used longest ago give way.
MOST = 20
TOKEN_LENGTH = 4096


class AddressRefused(ValueError):
    """Not an address we send to."""


@dataclass(frozen=True)
class About:
    """What the device says of itself, shown to its person."""

    app_version: str | None = None
    device_model: str | None = None
    os_version: str | None = None


NOTHING = About()


def register(
    user: User,
    *,
    platform: str,
    address: str,
    at: dt.datetime,
    about: About = NOTHING,
    replaces: str | None = None,
) -> NotificationDevice:
    """From now on the person is told here too. `address` is the app's token, or a browser's subscription as JSON.

    `replaces` is the address this device had before; it is forgotten if it was this person's. Raises AddressRefused.
    """
    token = _fingerprint(platform, address)
    with transaction.atomic():
        _wait_for_others(token)
        if replaces and (old := _key(platform, replaces)) != token:
            NotificationDevice.objects.filter(user=user, device_token=old).delete()
        device = NotificationDevice.objects.select_for_update().filter(device_token=token).first()
        if device and device.user_id != user.pk:
            # Another person's pushes must not reach the one who holds the device now.
            device.delete()
            device = None
        device = device or NotificationDevice(user=user, device_token=token)
        device.platform, device.address, device.is_active, device.last_used_at = platform, address, True, at
        device.app_version, device.device_model, device.os_version = (
            about.app_version,
            about.device_model,
            about.os_version,
        )
        device.save()
        _make_room(user)
    return device


def leave(user: User, *, platform: str, address: str) -> None:
    """The device is not told any more. `address` is the token, or a browser's endpoint."""
    user.devices.filter(device_token=_key(platform, address)).delete()


def remove(user: User, device_id: UUID) -> bool:
    """False when it is not the person's."""
    deleted, _by_model = user.devices.filter(pk=device_id).delete()
    return bool(deleted)


def used(device: NotificationDevice, *, now: dt.datetime) -> None:
    NotificationDevice.objects.filter(pk=device.pk).update(last_used_at=now)


def deactivate(device: NotificationDevice) -> None:
    """Its push service does not know it any more; it comes back when it registers again."""
    NotificationDevice.objects.filter(pk=device.pk).update(is_active=False)


def _fingerprint(platform: str, address: str) -> str:
    if platform != Platform.WEB:
        if not 1 <= len(address) <= TOKEN_LENGTH or not address.isascii() or not address.isprintable():
            raise AddressRefused("not a token")
        return _key(platform, address)
    try:
        return _key(platform, web_push.Subscription.model_validate_json(address).endpoint)
    except ValueError as error:
        raise AddressRefused("not a subscription of a push service we know") from error


def _key(platform: str, address: str) -> str:
    """Addresses are secrets of any length; their fingerprint is neither."""
    kind = "web" if platform == Platform.WEB else "app"
    return f"{kind}:{hashlib.sha256(address.encode()).hexdigest()}"


def _wait_for_others(token: str) -> None:
    """A page and its service worker register one address in the same moment, and there is no row yet to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [token])


def _make_room(user: User) -> None:
    surplus = user.devices.order_by("-last_used_at", "-id").values_list("pk", flat=True)[MOST:]
    NotificationDevice.objects.filter(pk__in=list(surplus)).delete()
