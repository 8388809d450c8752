"""Web Push (RFC 8030, 8188, 8291, 8292), encrypted for the browser, signed with VAPID."""

import base64
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, field_validator

from notifications.channels import endpoints
from notifications.channels.base import DeviceChannel, InvalidTarget, Message, SendResult, StatusCodes

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import NotificationDevice

_POINT_BYTES = 65
_SECRET_BYTES = 16
_NUMBER_BYTES = 32


class Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    p256dh: str
    auth: str

    @field_validator("p256dh")
    @classmethod
    def _is_point(cls, value: str) -> str:
        raw = _decoded(value, _POINT_BYTES)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        return value

    @field_validator("auth")
    @classmethod
    def _is_secret(cls, value: str) -> str:
        _decoded(value, _SECRET_BYTES)
        return value


class Subscription(BaseModel):
    """A browser's `PushSubscription.toJSON()`. Raises pydantic's ValidationError."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    endpoint: str
    keys: Keys

    @field_validator("endpoint")
    @classmethod
    def _is_vendor(cls, value: str) -> str:
        endpoints.check(value)
        return value


class WebPushChannel(DeviceChannel):
    key = "web_push"
    label = gettext_lazy("브라우저")
    setting_names = ("VAPID_PRIVATE_KEY", "VAPID_SUBJECT", "PUSH_TEST_ORIGINS")
    status_codes = StatusCodes(
        accepted=range(200, 203),
        invalid_target=(404, 410),
        # Our VAPID key is wrong, or is not the one the browser subscribed with.
        credentials_refused=(401, 403),
        retry_later=(429, 503),
        unknown_outcome=range(500, 600),
    )
    platforms = frozenset({"web"})
    fingerprint_prefix = "web"
    settings_template = "notifications/this_browser.html"

    def is_set_up(self) -> bool:
        return bool(settings.VAPID_PRIVATE_KEY)

    def targets(self, user: "User", devices: Sequence["NotificationDevice"]) -> Sequence["NotificationDevice | None"]:
        """Browsers registered without an address cannot be reached."""
        return [device for device in super().targets(user, devices) if device and device.address]

    def identify(self, address: str) -> str:
        return Subscription.model_validate_json(address).endpoint

    def settings_row(self) -> dict[str, Any]:
        return {"vapid_key": public_key()}

    def send(self, message: Message) -> SendResult:
        """Sends the delivery's id; the service worker fetches the text, signed in."""
        try:
            subscription = Subscription.model_validate_json(message.address)
        except ValueError:
            return InvalidTarget("endpoint refused")
        # Loads an HTTP client, 20 MB that web processes, which send nothing, do not need.
        from notifications.channels import web_push_client  # noqa: PLC0415

        return web_push_client.send(subscription.model_dump(), message, self.status_codes)


def public_key() -> str:
    """Our VAPID key as `applicationServerKey` wants it; empty where Web Push is not set up."""
    return _encoded_public_key(settings.VAPID_PRIVATE_KEY) if settings.VAPID_PRIVATE_KEY else ""


@functools.lru_cache(maxsize=2)
def _encoded_public_key(private_key: str) -> str:
    key = base64.urlsafe_b64decode(private_key + "=" * (-len(private_key) % 4))
    # As py_vapid reads it: the bare number, or DER.
    private = (
        ec.derive_private_key(int.from_bytes(key), ec.SECP256R1())
        if len(key) == _NUMBER_BYTES
        else serialization.load_der_private_key(key, password=None)
    )
    raw = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(value: str, length: int) -> bytes:
    raw = base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
    if len(raw) != length:
        raise ValueError(f"{length} bytes are expected")
    return raw
