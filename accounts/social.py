"""Kakao, Naver, Google, Apple: what each says, how far it is believed, and the tokens it gives us.

allauth speaks the protocols. `user_social_accounts` keeps who is connected: the provider's id as a keyed hash, so that
it is unique whatever key seals the rest, and the tokens sealed.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import requests
import structlog
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.apple.client import AppleOAuth2Client
from allauth.socialaccount.providers.apple.views import AppleOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.kakao.views import KakaoOAuth2Adapter
from allauth.socialaccount.providers.naver.views import NaverOAuth2Adapter
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import SocialRevocation, User, UserSocialAccount
from core.crypto import sealing
from core.db.work import Clock, WorkQueue

log = structlog.get_logger(__name__)

LABELS = dict(UserSocialAccount.Provider.choices)
NAME_LENGTH = 100
# Seconds to wait for a provider: the person waits with us.
TIMEOUT = 5
# How long to wait after each time that a provider did not answer: three days in all, then it is given up.
WAITS = [
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
    dt.timedelta(hours=6),
    *[dt.timedelta(hours=12)] * 5,
]
# A token about to expire would expire on its way.
SOON = dt.timedelta(minutes=1)

_ADAPTERS = {
    "kakao": KakaoOAuth2Adapter,
    "naver": NaverOAuth2Adapter,
    "google": GoogleOAuth2Adapter,
    "apple": AppleOAuth2Adapter,
}
# Where each provider forgets the person's agreement to us.
REVOKE_URLS = {
    "kakao": "https://kapi.kakao.com/v1/user/unlink",
    "naver": "https://nid.naver.com/oauth2.0/token",
    "google": "https://oauth2.googleapis.com/revoke",
    "apple": "https://appleid.apple.com/auth/revoke",
}


class Refused(Exception):
    """The provider did not give a new token: the person took the agreement back, or it cannot be reached."""


def switched_on() -> list[str]:
    """The providers this installation has keys for, in the order their buttons stand."""
    return [name for name in LABELS if name in settings.SOCIALACCOUNT_PROVIDERS]


def app(provider: str) -> SocialApp:
    """Our registration with the provider; empty where it is switched off."""
    known = settings.SOCIALACCOUNT_PROVIDERS.get(provider, {}).get("APPS", [{}])[0]
    return SocialApp(provider=provider, name=LABELS[provider], **known)


def vouches(provider: str, said: dict[str, Any]) -> bool:
    """Whether the provider itself has checked that the address reaches the person.

    Naver's address is one that people type and may change: never. Kakao's counts only while it is also valid, that is
    not taken over by another Kakao account. Google and Apple say so in the signed token.
    """
    if provider == "kakao":
        account = said.get("kakao_account") or {}
        return account.get("is_email_valid") is True and account.get("is_email_verified") is True
    if provider == "google":
        return said.get("email_verified") is True
    if provider == "apple":
        return said.get("email_verified") in (True, "true")
    return False


def name_in(provider: str, said: dict[str, Any]) -> str:
    """What the provider calls the person, or nothing. Apple says it once, at the first login."""
    if provider == "kakao":
        name = ((said.get("kakao_account") or {}).get("profile") or {}).get("nickname")
    elif provider == "apple":
        parts = said.get("name") or {}
        # A Korean name is written family name first, without a space.
        name = f"{parts.get('lastName') or ''}{parts.get('firstName') or ''}" if isinstance(parts, dict) else ""
    else:
        name = said.get("name")
    return name if isinstance(name, str) else ""


def proven_email(sociallogin: SocialLogin) -> str | None:
    return next((address.email for address in sociallogin.email_addresses if address.verified), None)


def keep(sociallogin: SocialLogin, *, user: User) -> None:
    """Brings `user_social_accounts` in step after a login, a sign-up or a connection."""
    account, token = sociallogin.account, sociallogin.token
    row, _made = UserSocialAccount.objects.get_or_create(
        provider=account.provider,
        provider_user_id=pseudonym(account.provider, account.uid),
        defaults={"user": user},
    )
    row.user = user
    if token:
        _store(row, access=token.token, refresh=token.token_secret, expires_at=token.expires_at)
    row.save()


def let_go(account: SocialAccount) -> None:
    """The person disconnected: our row goes, and the provider will be told."""
    uid = pseudonym(account.provider, account.uid)
    _let_go(UserSocialAccount.objects.filter(provider=account.provider, provider_user_id=uid))


def let_go_of_all(user_id: UUID) -> None:
    """The person is erased."""
    _let_go(UserSocialAccount.objects.filter(user=user_id))


@transaction.atomic
def _let_go(rows: QuerySet[UserSocialAccount]) -> None:
    SocialRevocation.objects.bulk_create(
        SocialRevocation(
            provider=row.provider,
            access_token=row.access_token,
            refresh_token=row.refresh_token,
            expires_at=row.expires_at,
        )
        for row in rows
        if row.provider in switched_on()
    )
    rows.delete()


def revoke_waiting(clock: Clock) -> int:
    """Tells the providers, one revocation after another, until none is due. Gives how many were told."""
    return REVOCATIONS.run(clock, lambda row: _revoke_and_delete(row, at=clock()))


def _revoke_and_delete(row: SocialRevocation, *, at: dt.datetime) -> bool:
    is_told = revoke(row, at=at)
    if is_told:
        row.delete()
    return is_told


def _give_up(row: SocialRevocation, _now: dt.datetime) -> None:
    log.error("social_revoke_given_up", provider=row.provider, revocation=str(row.pk))
    row.delete()


REVOCATIONS = WorkQueue(
    "social revocation",
    waiting=SocialRevocation.objects.all,
    # A claimed row is due again after its wait, whether the provider did not answer or the worker died.
    lease=lambda row: WAITS[row.attempts],
    give_up=_give_up,
    max_attempts=len(WAITS),
    lease_column="due_at",
    order="due_at",
)


def pseudonym(provider: str, uid: str) -> str:
    return sealing.blind_index(f"{provider}:{uid}", purpose="user_social_accounts.provider_user_id")


def fresh_token(row: UserSocialAccount | SocialRevocation, *, at: dt.datetime) -> str:
    """An access token good for a call now, refreshed where the kept one is about to expire. Raises Refused."""
    if not row.access_token:
        raise Refused
    if row.expires_at is None or row.expires_at > at + SOON:
        return row.access_token
    if not row.refresh_token:
        raise Refused
    form = {"grant_type": "refresh_token", "refresh_token": row.refresh_token, **_credentials(row.provider)}
    answer = _post(_ADAPTERS[row.provider].access_token_url, form)
    if not isinstance(answer.get("access_token"), str):
        raise Refused
    try:
        # Naver writes the number as text.
        lasts = dt.timedelta(seconds=int(answer.get("expires_in") or 0))
        expires_at = at + lasts if lasts else None
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused from error
    _store(row, access=answer["access_token"], refresh=answer.get("refresh_token", ""), expires_at=expires_at)
    row.save()
    return row.access_token


def revoke(row: UserSocialAccount | SocialRevocation, *, at: dt.datetime) -> bool:
    """Asks the provider to forget us. False when it does not answer or does not agree; that is noted."""
    if row.provider not in switched_on():
        return False
    url, credentials = REVOKE_URLS[row.provider], _credentials(row.provider)
    try:
        token = fresh_token(row, at=at)
        if row.provider == "kakao":
            _post(url, {}, headers={"Authorization": f"Bearer {token}"})
        elif row.provider == "naver":
            _post(url, {"grant_type": "delete", "access_token": token, "service_provider": "NAVER", **credentials})
        else:
            _post(url, {"token": row.refresh_token or token, **credentials})
    except Refused:
        log.warning("social_revoke_refused", provider=row.provider, row=str(row.pk))
        return False
    return True


def _store(
    row: UserSocialAccount | SocialRevocation, *, access: str, refresh: str, expires_at: dt.datetime | None
) -> None:
    row.access_token = access
    # Many answers bring no new refresh token: the old one stays good.
    row.refresh_token = refresh or row.refresh_token
    row.expires_at = expires_at


def _credentials(provider: str) -> dict[str, str]:
    registered = app(provider)
    if provider != "apple":
        return {"client_id": registered.client_id, "client_secret": registered.secret}
    # Apple's secret is a signed statement of ours, good for an hour.
    client = AppleOAuth2Client(None, registered.client_id, registered.secret, "POST", "", "")
    return {"client_id": client.get_client_id(), "client_secret": client.generate_client_secret()}


def _post(url: str, form: dict[str, str], *, headers: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        answer = requests.post(url, data=form, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        said = answer.json() if answer.content else {}
    except (requests.RequestException, ValueError) as error:
        raise Refused from error
    if not isinstance(said, dict) or "error" in said:
        raise Refused
    return said
