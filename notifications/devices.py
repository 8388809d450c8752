"""The devices that receive a person's pushes.

One row per address, owned by the last person who registered it.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User
from notifications import channels
from notifications.models import NotificationDevice

# Above this the least recently used devices are deleted.
MOST_PER_PERSON = 20


class AddressRejected(ValueError):
    """An address that no channel sends to."""


@dataclass(frozen=True)
class DeviceDescription:
    """Version and model as reported by the device, shown to its owner."""

    app_version: str | None = None
    device_model: str | None = None
    os_version: str | None = None


NO_DESCRIPTION = DeviceDescription()


def register(
    user: User,
    *,
    platform: str,
    address: str,
    at: dt.datetime,
    description: DeviceDescription = NO_DESCRIPTION,
    replaces: str | None = None,
) -> NotificationDevice:
    """Adds or updates a device.

    `address` is the app's token, or a browser's subscription as JSON.

    `replaces` is the device's previous address; it is deleted if it was this person's. Raises AddressRejected.
    """
    token = _fingerprint(platform, address)
    with transaction.atomic():
        _lock(token)
        if replaces and (old := _key(platform, replaces)) != token:
            NotificationDevice.objects.filter(user=user, device_token=old).delete()
        device = NotificationDevice.objects.select_for_update().filter(device_token=token).first()
        if device and device.user_id != user.pk:
            # Pushes for its previous owner must not reach the person who uses the device now.
            device.delete()
            device = None
        device = device or NotificationDevice(user=user, device_token=token)
        device.platform, device.address, device.is_active, device.last_used_at = platform, address, True, at
        device.app_version, device.device_model, device.os_version = (
            description.app_version,
            description.device_model,
            description.os_version,
        )
        device.save()
        _delete_surplus(user)
    return device


def unregister(user: User, *, platform: str, address: str) -> None:
    """Deletes the person's device. `address` is the token, or a browser's endpoint."""
    user.devices.filter(device_token=_key(platform, address)).delete()


def delete(user: User, device_id: UUID) -> bool:
    """Deletes a device; False when the person has no such device."""
    deleted, _by_model = user.devices.filter(pk=device_id).delete()
    return bool(deleted)


def mark_used(device: NotificationDevice, *, now: dt.datetime) -> None:
    NotificationDevice.objects.filter(pk=device.pk).update(last_used_at=now)


def deactivate(device: NotificationDevice) -> None:
    """Stops sending to a device that its push service no longer knows, until it registers again."""
    NotificationDevice.objects.filter(pk=device.pk).update(is_active=False)


def _fingerprint(platform: str, address: str) -> str:
    try:
        return _key(platform, channels.for_platform(platform).identify(address))
    except ValueError as error:
        raise AddressRejected(platform) from error


def _key(platform: str, address: str) -> str:
    """A fingerprint of the address, which is a secret and may exceed the column."""
    prefix = channels.for_platform(platform).fingerprint_prefix
    return f"{prefix}:{hashlib.sha256(address.encode()).hexdigest()}"


def _lock(token: str) -> None:
    """Locks the fingerprint of a device that may have no row yet.

    A page and its service worker register at the same moment.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [token])


def _delete_surplus(user: User) -> None:
    surplus = user.devices.order_by("-last_used_at", "-id").values_list("pk", flat=True)[MOST_PER_PERSON:]
    NotificationDevice.objects.filter(pk__in=list(surplus)).delete()
