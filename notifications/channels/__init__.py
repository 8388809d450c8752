"""The registered notification channels. `base.Channel` lists what a channel has to tell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from notifications.channels.base import Channel, DeviceChannel, Switch
from notifications.channels.email import EmailChannel
from notifications.channels.fcm import FCMChannel
from notifications.channels.web_push import WebPushChannel

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import NotificationDevice
    from notifications.preferences import Preferences

# Also the order of their switches on the settings page.
CHANNELS: dict[str, Channel] = {channel.key: channel for channel in (WebPushChannel(), FCMChannel(), EmailChannel())}

type Target = tuple[Channel, NotificationDevice | None]


def choices() -> list[tuple[str, str | Promise]]:
    return [(channel.key, channel.label) for channel in CHANNELS.values()]


def switches() -> list[Switch]:
    """Each switch once: several channels may share one."""
    return list(dict.fromkeys(channel.switch for channel in CHANNELS.values()))


def for_platform(platform: str) -> DeviceChannel:
    """Raises ValueError for a platform that no channel reaches."""
    for channel in CHANNELS.values():
        if isinstance(channel, DeviceChannel) and platform in channel.platforms:
            return channel
    raise ValueError(f"no channel for {platform}")


def need_devices(preferences: "Preferences") -> bool:
    """Whether an allowed channel looks at the person's devices."""
    return any(channel.uses_devices and channel.is_allowed(preferences) for channel in CHANNELS.values())


def targets(
    user: "User",
    preferences: "Preferences",
    devices: Sequence["NotificationDevice"],
    *,
    platform: str | None = None,
    essential: bool = False,
) -> list[Target]:
    """Where a notification goes besides the inbox; with a `platform`, only to devices of it.

    An essential one that reaches nothing goes to the fallback channels, whatever the platform.
    """
    wanted = [device for device in devices if platform in (None, device.platform)]
    usable = [channel for channel in CHANNELS.values() if channel.is_set_up()]
    allowed = [channel for channel in usable if channel.is_allowed(preferences)]
    reached: list[Target] = [
        (channel, target)
        for channel in allowed
        for target in channel.targets(user, wanted)
        if target is not None or platform is None
    ]
    if reached or not essential:
        return reached
    return [(channel, target) for channel in usable if channel.is_fallback for target in channel.targets(user, wanted)]
