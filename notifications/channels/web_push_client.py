"""Sends an encrypted, signed message to a browser's push service, and reads the answer."""

import functools
import json
from typing import Any

import requests
from django.conf import settings
from py_vapid import Vapid02
from pywebpush import WebPusher

from notifications.channels import endpoints, outbound_http
from notifications.channels.base import InvalidTarget, Message, SendResult, StatusCodes, retry_after


def send(subscription: dict[str, Any], message: Message, codes: StatusCodes) -> SendResult:
    """`subscription` is a browser's, checked before (web_push.Subscription)."""
    try:
        response = _push(subscription, message)
    except requests.exceptions.RequestException as error:
        if outbound_http.leads_inside(error):
            return InvalidTarget("endpoint leads to a private address")
        return outbound_http.result_of(error)
    return codes.result(response.status_code, retry_after=retry_after(response.headers))


def _push(subscription: dict[str, Any], message: Message) -> requests.Response:
    is_test = endpoints.is_test(subscription["endpoint"])
    pusher = WebPusher(subscription, requests_session=outbound_http.session(public=not is_test))
    return pusher.send(
        json.dumps({"id": str(message.delivery_id)}),
        headers=_headers(message, subscription["endpoint"]),
        ttl=max(int(message.ttl.total_seconds()), 0),
    )


def _headers(message: Message, endpoint: str) -> dict[str, str]:
    claims: dict[str, Any] = {"sub": settings.VAPID_SUBJECT, "aud": "/".join(endpoint.split("/")[:3])}
    return {
        **_signer(settings.VAPID_PRIVATE_KEY).sign(claims),
        "Urgency": "high" if message.urgent else "normal",
        # The push service keeps only the last message of a topic. At most 32 characters.
        "Topic": message.delivery_id.hex,
    }


@functools.lru_cache(maxsize=2)
def _signer(private_key: str) -> Vapid02:
    return Vapid02.from_string(private_key)
