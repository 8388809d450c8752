"""Staying signed in: a device holds a long-lived token, `user_sessions` holds its hash.

The token is `<row>.<secret>`. It is rotated on use; the next secret follows from the last one by a key of ours, so that
requests under way at once, and a retry after a lost answer, are given the same new token. The secret before it counts
for a short grace. Any other secret of a row is an old one shown again: two hold it, so the session ends for both.

Django's session in Redis spares the look into the table. It carries the person's `sessions_epoch`: ending any session
counts it up, which makes every copy in Redis void, and those that did not end come back with their token.
"""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlsafe_base64_encode

from accounts import user_agents
from accounts.models import User, UserSession

log = structlog.get_logger(__name__)

IDLE = dt.timedelta(days=14)
IDLE_STAFF = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(days=90)
ROTATE_EVERY = dt.timedelta(minutes=10)
GRACE = dt.timedelta(minutes=2)
# How exact `last_used_at` is. Staff are signed out after minutes, so theirs is finer.
TOUCH_EVERY = dt.timedelta(minutes=10)
TOUCH_EVERY_STAFF = dt.timedelta(minutes=1)
AGENT_LENGTH = 512


@dataclass(frozen=True)
class Source:
    """Where a request comes from: what the browser says it is, and the address it was sent from."""

    agent: str
    address: str | None


@dataclass(frozen=True)
class Held:
    """A session and the token its device is to hold from now on."""

    session: UserSession
    token: str


def touch_every(user: User) -> dt.timedelta:
    return TOUCH_EVERY_STAFF if user.is_staff else TOUCH_EVERY


def start(user: User, *, source: Source, at: dt.datetime) -> Held:
    """A new session for a person who has just proven who they are."""
    secret = secrets.token_urlsafe(32)
    session = UserSession.objects.create(
        user=user,
        refresh_token_hash=_hash(secret),
        created_at=at,
        rotated_at=at,
        last_used_at=at,
        expires_at=_expiry(user, began=at, at=at),
        **_described(source),
    )
    return Held(session, _token(session, secret))


def present(token: str, *, source: Source, at: dt.datetime) -> Held | None:
    """Whose token it is, with the token that follows it where it is time to rotate. None: it opens nothing.

    An old token shown again after its grace ends the session.
    """
    session, secret = _find(token)
    if session is None or session.expires_at <= at or not session.user.is_active:
        return None
    if constant_time_compare(_hash(secret), session.refresh_token_hash):
        return _used(session, secret, source=source, at=at)
    before = constant_time_compare(_hash(secret), session.previous_token_hash or "")
    if before and at - session.rotated_at <= GRACE:
        return Held(session, _token(session, _next(session, secret)))
    log.warning("session_token_reused", user_session=str(session.pk), user=str(session.user_id))
    end(session.user, session.pk)
    return None


def end(user: User, session_id: UUID) -> bool:
    """Ends one session of the person. False when there is none of that id."""
    return _end(user, user.sessions.filter(pk=session_id))


def end_others(user: User, *, keep: UUID | None) -> bool:
    """Ends every session but `keep`; all of them when that is None."""
    others = user.sessions.exclude(pk=keep) if keep else user.sessions.all()
    return _end(user, others)


def current(user: User, *, at: dt.datetime) -> QuerySet[UserSession]:
    """The sessions that still open the account, the last used first."""
    return user.sessions.filter(expires_at__gt=at).order_by("-last_used_at")


def forget_expired(*, at: dt.datetime) -> int:
    return UserSession.objects.filter(expires_at__lte=at).delete()[0]


def fingerprint(token: str) -> str:
    """What Django's session remembers of the token: enough to tell whether a request carries the same one."""
    return _hash(token)


@transaction.atomic
def _end(user: User, sessions: QuerySet[UserSession]) -> bool:
    ended, _ = sessions.delete()
    User.objects.filter(pk=user.pk).update(sessions_epoch=F("sessions_epoch") + 1)
    user.refresh_from_db(fields=["sessions_epoch"])
    return bool(ended)


def _used(session: UserSession, secret: str, *, source: Source, at: dt.datetime) -> Held:
    """Notes the use, at most every few minutes, and rotates the token when its time has come."""
    due = at - session.last_used_at >= touch_every(session.user)
    rotating = at - session.rotated_at >= ROTATE_EVERY
    if not due and not rotating:
        return Held(session, _token(session, secret))
    changes: dict[str, Any] = {"last_used_at": at, "expires_at": _expiry(session.user, began=session.created_at, at=at)}
    following = secret
    if rotating:
        following = _next(session, secret)
        changes |= {
            "refresh_token_hash": _hash(following),
            "previous_token_hash": session.refresh_token_hash,
            "rotated_at": at,
        }
    # Of two requests at once one changes the row; the other comes to the same token.
    unchanged = UserSession.objects.filter(pk=session.pk, refresh_token_hash=session.refresh_token_hash)
    unchanged.update(**changes, **_described(source))
    return Held(session, _token(session, following))


def _find(token: str) -> tuple[UserSession | None, str]:
    row, _dot, secret = token.partition(".")
    try:
        return UserSession.objects.select_related("user").get(pk=UUID(hex=row)), secret
    except (ValueError, UserSession.DoesNotExist):
        return None, secret


def _expiry(user: User, *, began: dt.datetime, at: dt.datetime) -> dt.datetime:
    return min(at + (IDLE_STAFF if user.is_staff else IDLE), began + LONGEST)


def _described(source: Source) -> dict[str, Any]:
    agent = source.agent[:AGENT_LENGTH]
    return {"user_agent": agent, "device_info": user_agents.describe(agent), "ip_address": source.address}


def _token(session: UserSession, secret: str) -> str:
    return f"{session.pk.hex}.{secret}"


def _next(session: UserSession, secret: str) -> str:
    following = salted_hmac("accounts.sessions", f"{session.pk}.{secret}", algorithm="sha256")
    return urlsafe_base64_encode(following.digest())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
