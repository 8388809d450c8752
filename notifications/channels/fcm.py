"""FCM HTTP v1 for the apps on iOS and Android, with the service account of `FCM_SERVICE_ACCOUNT`."""

import functools
import json
import threading
import time
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from notifications.channels import Accepted, Answer, Gone, NotYet, Parcel, Refused, Unsure, outbound_http, retry_after

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_OK, _NOT_FOUND = 200, 404
_NOT_YET = (401, 429, 503)
_SERVER_ERRORS = range(500, 600)
# The token is of another project, or none at all.
_NEVER = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH"})

_refreshing = threading.Lock()


def is_set_up() -> bool:
    return bool(settings.FCM_SERVICE_ACCOUNT)


def send(parcel: Parcel) -> Answer:
    """One message. Its words are the same for everyone; the app fetches the real ones by the delivery's id."""
    try:
        credentials = _credentials()
    except (GoogleAuthError, requests.exceptions.RequestException):
        return NotYet("no access token")
    try:
        response = _session().post(
            f"{settings.FCM_URL}/v1/projects/{credentials.project_id}/messages:send",
            headers={"Authorization": f"Bearer {credentials.token}"},
            json={"message": _message(parcel)},
        )
    except requests.exceptions.RequestException as error:
        return NotYet("no connection") if outbound_http.nothing_was_sent(error) else Unsure("no answer")
    return _judged(response)


def _message(parcel: Parcel) -> dict[str, Any]:
    delivery_id, seconds = str(parcel.delivery_id), max(int(parcel.ttl.total_seconds()), 0)
    return {
        "token": parcel.address,
        "notification": {"title": "WellnessAI", "body": _("새 알림이 있어요. 열어서 확인해 보세요.")},
        "data": {"id": delivery_id},
        "android": {
            "ttl": f"{seconds}s",
            "priority": "HIGH" if parcel.urgent else "NORMAL",
            "collapse_key": delivery_id,
            "notification": {"tag": delivery_id},
        },
        "apns": {
            "headers": {
                "apns-expiration": str(int(time.time()) + seconds),
                "apns-collapse-id": delivery_id,
                "apns-priority": "10" if parcel.urgent else "5",
            },
            # Lets the app's extension put the real words in before they are shown.
            "payload": {"aps": {"mutable-content": 1}},
        },
    }


def _judged(response: requests.Response) -> Answer:
    status = response.status_code
    if status == _OK:
        return Accepted()
    code = _error_code(response)
    if status == _NOT_FOUND or code in _NEVER:
        return Gone(code or f"answered {status}")
    if status in _NOT_YET:
        return NotYet(f"answered {status}", retry_after(response.headers))
    return Unsure(f"answered {status}") if status in _SERVER_ERRORS else Refused(code or f"answered {status}")


def _error_code(response: requests.Response) -> str:
    """FCM's own word for it, such as UNREGISTERED; its messages may repeat what we sent and are not kept."""
    try:
        details = response.json()["error"].get("details", [])
        return next((str(detail["errorCode"])[:50] for detail in details if "errorCode" in detail), "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _credentials() -> service_account.Credentials:
    """With a token that is valid now; one thread at a time asks for a new one."""
    with _refreshing:
        credentials = _account(settings.FCM_SERVICE_ACCOUNT)
        if not credentials.valid:
            credentials.refresh(Request(session=_session()))
        return credentials


@functools.lru_cache(maxsize=2)
def _account(account: str) -> service_account.Credentials:
    return service_account.Credentials.from_service_account_info(json.loads(account), scopes=[SCOPE])


def _session() -> outbound_http.Session:
    # In production the only hosts are Google's; on a developer's machine, a fake of this machine.
    return outbound_http.session(public=not settings.DEVELOPMENT)
