"""Social logins: who is connected to which provider, and the tokens the provider gave us.

allauth speaks the protocols; what differs between providers is in `accounts.providers`. `user_social_accounts` keeps
the provider's id of the person as a keyed hash, so that it stays unique whatever key seals the rest, and the tokens
sealed.
"""

import datetime as dt
from uuid import UUID

import structlog
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import SocialRevocation, User, UserSocialAccount
from accounts.providers import PROVIDERS
from accounts.providers.base import Provider, ProviderRefused
from core.crypto import sealing
from core.db.work import Clock, WorkQueue

log = structlog.get_logger(__name__)

NAME_LENGTH = 100
# The wait after each failed revocation: three days in all, then it is given up.
WAITS = [
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
    dt.timedelta(hours=6),
    *[dt.timedelta(hours=12)] * 5,
]
# A token this close to its expiry may expire before the provider reads it.
SOON = dt.timedelta(minutes=1)


def enabled_providers() -> list[Provider]:
    """The providers that this installation has keys for, in the order of their buttons."""
    return [provider for provider in PROVIDERS.values() if is_enabled(provider.id)]


def is_enabled(provider: str) -> bool:
    return provider in settings.SOCIALACCOUNT_PROVIDERS


def registered_app(provider: str) -> SocialApp:
    """Our app at the provider; without keys where the provider is switched off."""
    known = settings.SOCIALACCOUNT_PROVIDERS.get(provider, {}).get("APPS", [{}])[0]
    return SocialApp(provider=provider, name=PROVIDERS[provider].label, **known)


def verified_email(sociallogin: SocialLogin) -> str | None:
    """The address that the provider has verified."""
    return next((address.email for address in sociallogin.email_addresses if address.verified), None)


def link(sociallogin: SocialLogin, *, user: User) -> None:
    """Updates `user_social_accounts` after a login, a sign-up or a connection."""
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


def unlink(account: SocialAccount) -> None:
    """Deletes our row after the person disconnected, and queues the revocation at the provider."""
    uid = pseudonym(account.provider, account.uid)
    _delete_and_queue(UserSocialAccount.objects.filter(provider=account.provider, provider_user_id=uid))


def unlink_all(user_id: UUID) -> None:
    """Unlinks every provider of a person who is being erased."""
    _delete_and_queue(UserSocialAccount.objects.filter(user=user_id))


@transaction.atomic
def _delete_and_queue(rows: QuerySet[UserSocialAccount]) -> None:
    SocialRevocation.objects.bulk_create(
        SocialRevocation(
            provider=row.provider,
            access_token=row.access_token,
            refresh_token=row.refresh_token,
            expires_at=row.expires_at,
        )
        for row in rows
        if is_enabled(row.provider)
    )
    rows.delete()


def revoke_waiting(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Tells the providers, one revocation after another, until none is due or it is `until`.

    Gives how many were told.
    """
    return REVOCATIONS.run(clock, lambda row: _revoke_and_delete(row, at=clock()), until=until)


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
    # A provider that answers late keeps nobody waiting at another.
    lane="provider",
)


def pseudonym(provider: str, uid: str) -> str:
    """The keyed hash of the provider's id of a person, as `provider_user_id` holds it."""
    return sealing.blind_index(f"{provider}:{uid}", purpose="user_social_accounts.provider_user_id")


def fresh_token(row: UserSocialAccount | SocialRevocation, *, at: dt.datetime) -> str:
    """An access token that is valid at `at`; refreshes one that is about to expire.

    Raises ProviderRefused.
    """
    if not row.access_token:
        raise ProviderRefused
    if row.expires_at is None or row.expires_at > at + SOON:
        return row.access_token
    if not row.refresh_token:
        raise ProviderRefused
    tokens = PROVIDERS[row.provider].refresh(row.refresh_token, app=registered_app(row.provider), at=at)
    _store(row, access=tokens.access, refresh=tokens.refresh, expires_at=tokens.expires_at)
    row.save()
    return row.access_token


def revoke(row: UserSocialAccount | SocialRevocation, *, at: dt.datetime) -> bool:
    """Asks the provider to delete the person's consent to us.

    Returns False, and logs it, when that fails.
    """
    if not is_enabled(row.provider):
        return False
    app = registered_app(row.provider)
    try:
        access_token = fresh_token(row, at=at)
        PROVIDERS[row.provider].revoke(access_token=access_token, refresh_token=row.refresh_token or "", app=app)
    except ProviderRefused:
        log.warning("social_revoke_refused", provider=row.provider, row=str(row.pk))
        return False
    return True


def _store(
    row: UserSocialAccount | SocialRevocation, *, access: str, refresh: str, expires_at: dt.datetime | None
) -> None:
    row.access_token = access
    # Many answers bring no new refresh token: the old one stays valid.
    row.refresh_token = refresh or row.refresh_token
    row.expires_at = expires_at
