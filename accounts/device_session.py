"""The device a request comes from: the cookie that holds its token, and Django's session that follows from it."""

import time
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import sessions
from accounts.http import DeviceRequest
from accounts.models import User
from core import client_ip

# In Django's session: `{"id": row, "token": its fingerprint, "at": seconds of the last look at the row}`.
KEY = "device"


def recognise(request: DeviceRequest) -> None:
    """Makes `request.user` whom the device belongs to. No query while Django's session knows the token."""
    token = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    # Nobody, should the database not answer: whoever sees the error out must not wait for it once more.
    request.user = AnonymousUser()
    # Known now, and asked for everywhere: no longer by a stand-in that looks it up each time.
    request.user = get_user(request)
    if request.user.is_authenticated:
        known = request.session.get(KEY)
        # A session without a device was not begun by signing in: tests make them.
        if known is None or _is_fresh(known, token, request.user):
            return
    elif not token:
        return
    held = sessions.present(token, source=source_of(request), at=timezone.now())
    if held is None:
        _refuse(request)
    else:
        _sign_in(request, held)


def begin(request: DeviceRequest, user: User) -> None:
    """Somebody signed in on this device. Whatever session it held before is over."""
    at, source = timezone.now(), source_of(request)
    before = sessions.present(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), source=source, at=at)
    if before:
        sessions.end(before.session.user, before.session.pk)
        request.user.refresh_from_db(fields=["sessions_epoch"])
    _remember(request, sessions.start(user, source=source, at=at))
    renew(request)


def leave(request: DeviceRequest) -> None:
    """The person signs out here; Django flushes its own session."""
    if session_id := current_id(request):
        sessions.end(request.user, session_id)
    request.device_token = ""


def end_others(request: DeviceRequest, user: User) -> None:
    """Ends every session of the person but the one that asks, if it is theirs."""
    own = request.user.is_authenticated and request.user.pk == user.pk
    sessions.end_others(user, keep=current_id(request) if own else None)
    if own:
        request.user.sessions_epoch = user.sessions_epoch
        renew(request)


def current_id(request: DeviceRequest) -> UUID | None:
    known = request.session.get(KEY)
    return UUID(hex=known["id"]) if known else None


def renew(request: DeviceRequest) -> None:
    """Django's session of this request stays good although the password or the epoch changed."""
    request.session[HASH_SESSION_KEY] = request.user.get_session_auth_hash()


def source_of(request: DeviceRequest) -> sessions.Source:
    address = client_ip.address(request)
    return sessions.Source(agent=request.headers.get("User-Agent", ""), address=str(address) if address else None)


def _is_fresh(known: dict, token: str, user: User) -> bool:
    recent = time.time() - known["at"] < sessions.touch_every(user).total_seconds()
    return recent and constant_time_compare(sessions.fingerprint(token), known["token"])


def _sign_in(request: DeviceRequest, held: sessions.Held) -> None:
    """As Django's login() does, but the page's CSRF token stays good: this may be a POST from an open page."""
    user = held.session.user
    if request.session.get(SESSION_KEY) != str(user.pk):
        if SESSION_KEY in request.session:
            # Another person's: what it holds is not this one's.
            request.session.flush()
        else:
            request.session.cycle_key()
        request.session[SESSION_KEY] = str(user.pk)
        request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        request.user = request._cached_user = user  # noqa: SLF001 - what AuthenticationMiddleware reads
    _remember(request, held)
    renew(request)


def _remember(request: DeviceRequest, held: sessions.Held) -> None:
    request.session[KEY] = {
        "id": held.session.pk.hex,
        "token": sessions.fingerprint(held.token),
        "at": int(time.time()),
    }
    if request.COOKIES.get(settings.DEVICE_COOKIE_NAME) != held.token:
        request.device_token = held.token


def _refuse(request: DeviceRequest) -> None:
    if request.user.is_authenticated:
        request.session.flush()
        request.user = request._cached_user = AnonymousUser()  # noqa: SLF001
    request.device_token = ""
