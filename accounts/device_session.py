"""The device of a request: the cookie with its token, and the Django session from it."""

import time
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import known_devices, sessions
from accounts.http import DeviceRequest
from accounts.models import User
from core import client_ip

# In Django's session: `{"id": row, "token": its fingerprint, "at": Unix time of the last read of the row}`.
KEY = "device"


def authenticate(request: DeviceRequest) -> None:
    """Sets `request.user` to the owner of the device.

    Makes no query while Django's session knows the token.
    """
    token = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    # Set first, so that the error page does not query again when the database does not answer.
    request.user = AnonymousUser()
    # A plain user instead of Django's lazy one, which is slower at each of its many uses.
    request.user = get_user(request)
    if request.user.is_authenticated:
        known = request.session.get(KEY)
        # A session without a device was not started by a login: tests create them.
        if known is None or _is_fresh(known, token, request.user):
            return
    elif not token:
        return
    issued = sessions.authenticate(token, source=source_of(request), at=timezone.now())
    if issued is None:
        _reject(request)
    else:
        _sign_in(request, issued)


def start(request: DeviceRequest, user: User) -> None:
    """Starts a session on this device after a login; ends the session it held before."""
    at, source = timezone.now(), source_of(request)
    before = sessions.authenticate(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), source=source, at=at)
    if before:
        sessions.end(before.session.user, before.session.pk)
        request.user.refresh_from_db(fields=["sessions_epoch"])
    _store_token(request, sessions.start(user, source=source, at=at))
    known_devices.remember(request, user)
    renew_auth_hash(request)


def sign_out(request: DeviceRequest) -> None:
    """Ends this device's session. Django flushes its own session."""
    if session_id := current_session_id(request):
        sessions.end(request.user, session_id)
    request.device_token = ""


def end_others(request: DeviceRequest, user: User) -> None:
    """Ends every session of the person except that of this request, if it is theirs."""
    own = request.user.is_authenticated and request.user.pk == user.pk
    sessions.end_others(user, keep=current_session_id(request) if own else None)
    if own:
        request.user.sessions_epoch = user.sessions_epoch
        renew_auth_hash(request)


def current_session_id(request: DeviceRequest) -> UUID | None:
    known = request.session.get(KEY)
    return UUID(hex=known["id"]) if known else None


def renew_auth_hash(request: DeviceRequest) -> None:
    """Keeps Django's session of this request valid after the password or the epoch changed."""
    request.session[HASH_SESSION_KEY] = request.user.get_session_auth_hash()


def source_of(request: DeviceRequest) -> sessions.Source:
    address = client_ip.address(request)
    return sessions.Source(agent=request.headers.get("User-Agent", ""), address=str(address) if address else None)


def _is_fresh(known: dict, token: str, user: User) -> bool:
    recent = time.time() - known["at"] < sessions.touch_every(user).total_seconds()
    return recent and constant_time_compare(sessions.fingerprint(token), known["token"])


def _sign_in(request: DeviceRequest, issued: sessions.IssuedToken) -> None:
    """Like Django's login(), but keeps the CSRF token valid.

    The request may be a POST from an open page.
    """
    user = issued.session.user
    if request.session.get(SESSION_KEY) != str(user.pk):
        if SESSION_KEY in request.session:
            # The session belongs to another person, so its data must go.
            request.session.flush()
        else:
            request.session.cycle_key()
        request.session[SESSION_KEY] = str(user.pk)
        request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        request.user = request._cached_user = user  # noqa: SLF001 - what AuthenticationMiddleware reads
    _store_token(request, issued)
    renew_auth_hash(request)


def _store_token(request: DeviceRequest, issued: sessions.IssuedToken) -> None:
    request.session[KEY] = {
        "id": issued.session.pk.hex,
        "token": sessions.fingerprint(issued.token),
        "at": int(time.time()),
    }
    if request.COOKIES.get(settings.DEVICE_COOKIE_NAME) != issued.token:
        request.device_token = issued.token


def _reject(request: DeviceRequest) -> None:
    if request.user.is_authenticated:
        request.session.flush()
        request.user = request._cached_user = AnonymousUser()  # noqa: SLF001
    request.device_token = ""
