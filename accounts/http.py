"""The request as most views see it, somebody is signed in; and as it comes to the door."""

from typing import Any

from accounts.models import User
from core.htmx import HtmxHttpRequest


class DeviceRequest(HtmxHttpRequest):
    """Before it is known whose it is. `device_token` is what the device is to hold from now on: None leaves its cookie
    as it is, an empty one takes it away."""

    user: Any
    _cached_user: Any
    device_token: str | None


class PersonRequest(DeviceRequest):
    user: User
