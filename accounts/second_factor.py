"""The second factor of staff: proven by each session, first set up by a link.

A factor of the account is not enough: a session that a thief opened with the password alone must not gain rights when
the owner sets up a factor. Nor may a password alone set up the first one, so a superuser sends a link for it.
"""

import datetime as dt
import secrets
from enum import Enum

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.core.cache import cache

from accounts import device_session
from accounts.http import DeviceRequest
from accounts.models import User

FACTOR_TYPES = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
LINK_LIFETIME = dt.timedelta(days=1)
_SALT = "accounts.second_factor"
# In Django's session: the person whose first enrolment a link allowed.
KEY = "second_factor_link"


class Step(Enum):
    """What a session of staff still has to do."""

    ENROL = "enrol"
    PROVE = "prove"


class UsedLink(Exception):
    """The link was used, is too old, or belongs to another person."""


def missing_step(request: DeviceRequest) -> Step | None:
    """The step before staff pages open; None if none is required or this session proved it."""
    user = request.user
    if not settings.STAFF_NEED_SECOND_FACTOR or not user.is_authenticated or not user.is_staff:
        return None
    if any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
        return None
    return Step.PROVE if is_enrolled(user) else Step.ENROL


def may_change(request: DeviceRequest) -> bool:
    """Whether this session may set up, show or remove factors."""
    step = missing_step(request)
    return step is None or (step == Step.ENROL and request.session.get(KEY) == str(request.user.pk))


def is_enrolled(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=FACTOR_TYPES).exists()


def make_key(user: User) -> str:
    """The secret part of a link for one first enrolment, which only the person can use."""
    return signing.dumps([str(user.pk), secrets.token_urlsafe(12)], salt=_SALT)


def use_link(request: DeviceRequest, key: str) -> None:
    """Allows this session to enrol. Raises UsedLink."""
    try:
        user_id, serial = signing.loads(key, salt=_SALT, max_age=LINK_LIFETIME)
    except signing.BadSignature as error:
        raise UsedLink from error
    if user_id != str(request.user.pk) or is_enrolled(request.user):
        raise UsedLink
    if not cache.add(f"{_SALT}:{serial}", "used", timeout=LINK_LIFETIME.total_seconds()):
        raise UsedLink
    request.session[KEY] = user_id


def begin(request: DeviceRequest, user: User, authenticator: Authenticator) -> None:
    """Ends the other sessions after an enrolment; this one has just used the factor."""
    if authenticator.type not in FACTOR_TYPES:
        return
    request.session.pop(KEY, None)
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    device_session.end_others(request, user)
