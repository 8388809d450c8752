"""Device sessions: a device holds a long-lived token, `user_sessions` holds its hash.

The token is `<row>.<secret>` and is rotated on use. The next secret is derived from the previous one with our key, so
that concurrent requests, and a retry after a lost response, receive the same new token. The previous secret stays valid
for a short grace period. Any other secret of a row is an old one: two devices hold it, so the session ends for both.

Django's session in Redis saves reading the table. It contains the person's `sessions_epoch`: ending any session
increments it, which invalidates every copy in Redis; devices whose session did not end sign in by their token.
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
from core.db.work import IsOver, delete_in_batches, never

log = structlog.get_logger(__name__)

IDLE = dt.timedelta(days=14)
IDLE_STAFF = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(days=90)
ROTATE_EVERY = dt.timedelta(minutes=10)
GRACE = dt.timedelta(minutes=2)
# The precision of `last_used_at`. Staff are signed out after minutes, so theirs is finer.
TOUCH_EVERY = dt.timedelta(minutes=10)
TOUCH_EVERY_STAFF = dt.timedelta(minutes=1)
AGENT_LENGTH = 512


@dataclass(frozen=True)
class Source:
    """The origin of a request: user agent and client address."""

    agent: str
    address: str | None


@dataclass(frozen=True)
class IssuedToken:
    """A session and the current token of its device."""

    session: UserSession
    token: str


def touch_every(user: User) -> dt.timedelta:
    return TOUCH_EVERY_STAFF if user.is_staff else TOUCH_EVERY


def start(user: User, *, source: Source, at: dt.datetime) -> IssuedToken:
    """Starts a session for a person who has just signed in."""
    secret = secrets.token_urlsafe(32)
    session = UserSession.objects.create(
        user=user,
        refresh_token_hash=_hash(secret),
        created_at=at,
        rotated_at=at,
        last_used_at=at,
        expires_at=_expiry(user, began=at, at=at),
        **_source_columns(source),
    )
    return IssuedToken(session, _token(session, secret))


def authenticate(token: str, *, source: Source, at: dt.datetime) -> IssuedToken | None:
    """The session of a token, with its next token when a rotation is due.

    None for an invalid token. An old token used after its grace period ends the session.
    """
    session, secret = _find_session(token)
    if session is None or session.expires_at <= at or not session.user.is_active:
        return None
    if constant_time_compare(_hash(secret), session.refresh_token_hash):
        return _record_use(session, secret, source=source, at=at)
    before = constant_time_compare(_hash(secret), session.previous_token_hash or "")
    if before and at - session.rotated_at <= GRACE:
        return IssuedToken(session, _token(session, _next_secret(session, secret)))
    log.warning("session_token_reused", user_session=str(session.pk), user=str(session.user_id))
    end(session.user, session.pk)
    return None


def end(user: User, session_id: UUID) -> bool:
    """Ends one session of the person. Returns False when there is none with that id."""
    return _end(user, user.sessions.filter(pk=session_id))


def end_others(user: User, *, keep: UUID | None) -> bool:
    """Ends every session except `keep`; all of them when it is None."""
    others = user.sessions.exclude(pk=keep) if keep else user.sessions.all()
    return _end(user, others)


def current(user: User, *, at: dt.datetime) -> QuerySet[UserSession]:
    """The sessions that are still valid, the last used first."""
    return user.sessions.filter(expires_at__gt=at).order_by("-last_used_at")


def forget_expired(*, at: dt.datetime, is_over: IsOver = never) -> int:
    """Deletes expired sessions in batches, the oldest first, until `is_over`; returns how many."""
    expired = UserSession.objects.filter(expires_at__lte=at).order_by("expires_at")
    return delete_in_batches(expired, is_over=is_over)


def fingerprint(token: str) -> str:
    """The hash of a token that Django's session keeps, to compare it with a request's token."""
    return _hash(token)


@transaction.atomic
def _end(user: User, sessions: QuerySet[UserSession]) -> bool:
    ended, _ = sessions.delete()
    User.objects.filter(pk=user.pk).update(sessions_epoch=F("sessions_epoch") + 1)
    user.refresh_from_db(fields=["sessions_epoch"])
    return bool(ended)


def _record_use(session: UserSession, secret: str, *, source: Source, at: dt.datetime) -> IssuedToken:
    """Updates `last_used_at` at most every few minutes, and rotates the token when that is due."""
    due = at - session.last_used_at >= touch_every(session.user)
    rotating = at - session.rotated_at >= ROTATE_EVERY
    if not due and not rotating:
        return IssuedToken(session, _token(session, secret))
    changes: dict[str, Any] = {"last_used_at": at, "expires_at": _expiry(session.user, began=session.created_at, at=at)}
    following = secret
    if rotating:
        following = _next_secret(session, secret)
        changes |= {
            "refresh_token_hash": _hash(following),
            "previous_token_hash": session.refresh_token_hash,
            "rotated_at": at,
        }
    # Of two concurrent requests one updates the row; both derive the same token.
    unchanged = UserSession.objects.filter(pk=session.pk, refresh_token_hash=session.refresh_token_hash)
    unchanged.update(**changes, **_source_columns(source))
    return IssuedToken(session, _token(session, following))


def _find_session(token: str) -> tuple[UserSession | None, str]:
    row, _dot, secret = token.partition(".")
    try:
        return UserSession.objects.select_related("user").get(pk=UUID(hex=row)), secret
    except (ValueError, UserSession.DoesNotExist):
        return None, secret


def _expiry(user: User, *, began: dt.datetime, at: dt.datetime) -> dt.datetime:
    return min(at + (IDLE_STAFF if user.is_staff else IDLE), began + LONGEST)


def _source_columns(source: Source) -> dict[str, Any]:
    agent = source.agent[:AGENT_LENGTH]
    return {"user_agent": agent, "device_info": user_agents.describe(agent), "ip_address": source.address}


def _token(session: UserSession, secret: str) -> str:
    return f"{session.pk.hex}.{secret}"


def _next_secret(session: UserSession, secret: str) -> str:
    following = salted_hmac("accounts.sessions", f"{session.pk}.{secret}", algorithm="sha256")
    return urlsafe_base64_encode(following.digest())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
