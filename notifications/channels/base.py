"""Base class of notification channels, with everything that differs between them.

A channel takes a `Message` and returns a `SendResult`. Sending runs in a thread and does not touch the database.

Accepted()                         the service took the message
Rejected(reason)                   it did not, and another attempt would not help
InvalidTarget(reason)              it did not, and this device no longer exists for it
CredentialsRefused(reason)         it refused our key or password: an operator must act, another attempt may help then
RetryLater(reason, retry_after)    it certainly did not take the message: another attempt repeats nothing
UnknownDelivery(reason)            it may or may not have taken the message
"""

import dataclasses
import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import NotificationDevice
    from notifications.preferences import Preferences

# The longest that a service may make us wait before another attempt.
LONGEST_WAIT = dt.timedelta(hours=6)


class Section(NamedTuple):
    """A part of a long text; the title may be empty."""

    title: str
    lines: Sequence[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """What a channel needs to send one delivery.

    Push services are given the id alone: the device asks us for the text.
    """

    delivery_id: UUID
    # The app's token, the browser's subscription as JSON, or the mail address.
    address: str
    # How long a push service may keep it.
    ttl: dt.timedelta
    urgent: bool = False
    language: str = "ko"
    # Only for channels with `sends_text`.
    title: str = ""
    body: str = ""
    # In place of the body, where the notification has a longer text.
    sections: Sequence[Section] = ()
    url: str = ""
    unsubscribe_url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Rejected:
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class InvalidTarget:
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class CredentialsRefused:
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class RetryLater:
    reason: str
    retry_after: dt.timedelta | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class UnknownDelivery:
    reason: str


type SendResult = Accepted | Rejected | InvalidTarget | CredentialsRefused | RetryLater | UnknownDelivery


@dataclasses.dataclass(frozen=True, slots=True)
class StatusCodes:
    """What a service's status codes mean. A code in none of the sets is `Rejected`."""

    accepted: Container[int] = ()
    invalid_target: Container[int] = ()
    credentials_refused: Container[int] = ()
    retry_later: Container[int] = ()
    unknown_outcome: Container[int] = ()

    def result(self, code: int, *, reason: str = "", retry_after: dt.timedelta | None = None) -> SendResult:
        """The result for a status code. `reason` is the service's own code for a refusal."""
        answered = f"answered {code}"
        if code in self.accepted:
            return Accepted()
        if code in self.invalid_target:
            return InvalidTarget(reason or answered)
        if code in self.credentials_refused:
            return CredentialsRefused(reason or answered)
        if code in self.retry_later:
            return RetryLater(answered, retry_after)
        return UnknownDelivery(answered) if code in self.unknown_outcome else Rejected(reason or answered)


@dataclasses.dataclass(frozen=True, slots=True)
class Switch:
    """A person's choice on the settings page. `key` is stored in `users.notification_settings`."""

    key: str
    label: str | Promise
    help_text: str | Promise = ""
    default: bool = False


# One choice for all channels that reach devices.
PUSH = Switch("push", _("알림 보내기"), _("끄면 어느 기기에도 울리지 않고 알림함에만 남겨요"), default=True)


class Channel(ABC):
    """One way to send a notification.

    `tests/notifications/test_channels.py` holds each channel to this list.
    """

    # Stored in `notification_deliveries.channel`: at most 10 characters.
    key: ClassVar[str]
    # The channel's name for staff.
    label: ClassVar[str | Promise]
    switch: ClassVar[Switch]
    # Names of the settings it reads; each is described in `.env.example`.
    setting_names: ClassVar[Sequence[str]]
    status_codes: ClassVar[StatusCodes]
    # Whether its messages carry title, body and links.
    sends_text: ClassVar[bool]
    # Essential notices use it when no other channel reaches the person, even if it is switched off.
    is_fallback: ClassVar[bool] = False
    # Whether `targets` looks at the person's devices.
    uses_devices: ClassVar[bool] = False
    # A row of its own among the devices on the settings page, rendered with `settings_row()`.
    settings_template: ClassVar[str] = ""

    @abstractmethod
    def is_set_up(self) -> bool:
        """Whether the operator configured it."""

    @abstractmethod
    def targets(self, user: "User", devices: Sequence["NotificationDevice"]) -> Sequence["NotificationDevice | None"]:
        """The person's active devices that it reaches; `[None]` for an address that is no device."""

    @abstractmethod
    def address(self, user: "User", device: "NotificationDevice | None") -> str:
        """The address of one of its targets."""

    @abstractmethod
    def send(self, message: Message) -> SendResult: ...

    def is_allowed(self, preferences: "Preferences") -> bool:
        return preferences.allows(self.switch)

    def settings_row(self) -> dict[str, Any]:
        return {}


class DeviceChannel(Channel):
    """A channel to registered devices. Each platform belongs to one of them."""

    switch = PUSH
    sends_text = False
    uses_devices = True

    platforms: ClassVar[Container[str]]
    # Begins the fingerprint in `notification_devices.device_token`.
    fingerprint_prefix: ClassVar[str]

    @abstractmethod
    def identify(self, address: str) -> str:
        """The part of a new address that tells devices apart.

        Raises ValueError for an address it does not send to.
        """

    def targets(self, user: "User", devices: Sequence["NotificationDevice"]) -> Sequence["NotificationDevice | None"]:
        return [device for device in devices if device.platform in self.platforms]

    def address(self, user: "User", device: "NotificationDevice | None") -> str:
        if device is None:
            raise TypeError(f"{self.key} reaches devices only")
        return device.address or device.device_token


def retry_after(headers: "dict[str, str] | object") -> dt.timedelta | None:
    """The header's seconds; None for a date or any other value."""
    value = str(headers.get("Retry-After", "")) if hasattr(headers, "get") else ""
    return min(dt.timedelta(seconds=int(value)), LONGEST_WAIT) if value.isdecimal() and len(value) < 8 else None
