"""Sends to FCM: the access token, the message, and what FCM's answer means."""

import functools
import json
import threading
import time
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from notifications.channels import outbound_http
from notifications.channels.base import (
    CredentialsRefused,
    InvalidTarget,
    Message,
    RetryLater,
    SendResult,
    StatusCodes,
    retry_after,
)

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
# FCM's error code for a token that is not registered. SENDER_ID_MISMATCH, a token of another project, comes with 403:
# a wrong service account gives it for every device, and no device may be lost for that.
_INVALID_TARGET = frozenset({"UNREGISTERED"})

_refreshing = threading.Lock()


def send(message: Message, codes: StatusCodes) -> SendResult:
    try:
        credentials = _credentials()
    except RefreshError as error:
        # Google answered: it does not know our account or refuses its key, unless it says that it was busy.
        return RetryLater("no access token") if error.retryable else CredentialsRefused("no access token")
    except (GoogleAuthError, requests.exceptions.RequestException):
        return RetryLater("no access token")
    try:
        response = _session().post(
            f"{settings.FCM_URL}/v1/projects/{credentials.project_id}/messages:send",
            headers={"Authorization": f"Bearer {credentials.token}"},
            json={"message": _payload(message)},
        )
    except requests.exceptions.RequestException as error:
        return outbound_http.result_of(error)
    return _result(response, codes)


def _result(response: requests.Response, codes: StatusCodes) -> SendResult:
    code = "" if response.status_code in codes.accepted else _error_code(response)
    if code in _INVALID_TARGET:
        return InvalidTarget(code)
    return codes.result(response.status_code, reason=code, retry_after=retry_after(response.headers))


def _payload(message: Message) -> dict[str, Any]:
    delivery_id, seconds = str(message.delivery_id), max(int(message.ttl.total_seconds()), 0)
    return {
        "token": message.address,
        "notification": {"title": "WellnessAI", "body": _("새 알림이 있어요. 열어서 확인해 보세요.")},
        "data": {"id": delivery_id},
        "android": {
            "ttl": f"{seconds}s",
            "priority": "HIGH" if message.urgent else "NORMAL",
            "collapse_key": delivery_id,
            "notification": {"tag": delivery_id},
        },
        "apns": {
            "headers": {
                "apns-expiration": str(int(time.time()) + seconds),
                "apns-collapse-id": delivery_id,
                "apns-priority": "10" if message.urgent else "5",
            },
            # Lets the app's extension insert the real text before it is shown.
            "payload": {"aps": {"mutable-content": 1}},
        },
    }


def _error_code(response: requests.Response) -> str:
    """FCM's error code, such as UNREGISTERED.

    Its error messages may repeat what we sent and are not stored.
    """
    try:
        details = response.json()["error"].get("details", [])
        return next((str(detail["errorCode"])[:50] for detail in details if "errorCode" in detail), "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _credentials() -> service_account.Credentials:
    """Credentials with a valid token; one thread at a time requests a new one."""
    with _refreshing:
        credentials = _account(settings.FCM_SERVICE_ACCOUNT)
        if not credentials.valid:
            credentials.refresh(Request(session=_session()))
        return credentials


@functools.lru_cache(maxsize=2)
def _account(account: str) -> service_account.Credentials:
    return service_account.Credentials.from_service_account_info(json.loads(account), scopes=[SCOPE])


def _session() -> outbound_http.Session:
    # Production connects to Google only; development may use a fake service on this machine.
    return outbound_http.session(public=not settings.DEVELOPMENT)
