"""Web Push (RFC 8030, 8188, 8291, 8292): encrypted for the browser, signed with our VAPID key."""

import base64
import functools
import json
from typing import Any

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid02
from pydantic import BaseModel, ConfigDict, field_validator

from notifications.channels import (
    Accepted,
    Answer,
    Gone,
    NotYet,
    Parcel,
    Refused,
    Unsure,
    endpoints,
    outbound_http,
    retry_after,
)

_POINT_BYTES = 65
_SECRET_BYTES = 16
_ACCEPTED = range(200, 203)
_GONE = (404, 410)
_NOT_YET = (429, 503)
_SERVER_ERRORS = range(500, 600)


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
    """What a browser gives for `PushSubscription.toJSON()`. Raises pydantic's ValidationError."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    endpoint: str
    keys: Keys

    @field_validator("endpoint")
    @classmethod
    def _is_vendor(cls, value: str) -> str:
        endpoints.check(value)
        return value


def public_key() -> str:
    """Our VAPID key as `applicationServerKey` wants it; nothing where Web Push is not set up."""
    return _encoded_public_key(settings.VAPID_PRIVATE_KEY) if settings.VAPID_PRIVATE_KEY else ""


def send(parcel: Parcel) -> Answer:
    """One push. The payload is the delivery's id: what it says is fetched by the service worker, signed in."""
    try:
        subscription = Subscription.model_validate_json(parcel.address)
    except ValueError:
        return Gone("endpoint refused")
    is_test = endpoints.is_test(subscription.endpoint)
    try:
        # Brings an HTTP client of its own, 12 MB of it, that web processes never need.
        from pywebpush import WebPusher  # noqa: PLC0415

        pusher = WebPusher(subscription.model_dump(), requests_session=outbound_http.session(public=not is_test))
        response = pusher.send(
            json.dumps({"id": str(parcel.delivery_id)}),
            headers=_headers(parcel, subscription.endpoint),
            ttl=max(int(parcel.ttl.total_seconds()), 0),
        )
    except requests.exceptions.RequestException as error:
        if outbound_http.leads_inside(error):
            return Gone("endpoint leads to a private address")
        return NotYet("no connection") if outbound_http.nothing_was_sent(error) else Unsure("no answer")
    return _judged(response)


def _headers(parcel: Parcel, endpoint: str) -> dict[str, str]:
    claims: dict[str, Any] = {"sub": settings.VAPID_SUBJECT, "aud": "/".join(endpoint.split("/")[:3])}
    return {
        **_signer(settings.VAPID_PRIVATE_KEY).sign(claims),
        "Urgency": "high" if parcel.urgent else "normal",
        # The push service keeps one of those that are the same: 32 characters at most.
        "Topic": parcel.delivery_id.hex,
    }


def _judged(response: requests.Response) -> Answer:
    status = response.status_code
    if status in _ACCEPTED:
        return Accepted()
    if status in _GONE:
        return Gone(f"answered {status}")
    if status in _NOT_YET:
        return NotYet(f"answered {status}", retry_after(response.headers))
    return Unsure(f"answered {status}") if status in _SERVER_ERRORS else Refused(f"answered {status}")


@functools.lru_cache(maxsize=2)
def _signer(private_key: str) -> Vapid02:
    return Vapid02.from_string(private_key)


@functools.lru_cache(maxsize=2)
def _encoded_public_key(private_key: str) -> str:
    raw = _signer(private_key).public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(value: str, length: int) -> bytes:
    raw = base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
    if len(raw) != length:
        raise ValueError(f"{length} bytes are expected")
    return raw
