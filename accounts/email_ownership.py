"""Ownership of mail addresses.

An address belongs to the person who has proven that its mail reaches them.

An unverified account is only a claim to its address. When somebody else proves the address, the claim is deleted; when
its owner resets the password, every login method set up before is deleted, and so are the profile and the consents, which
the owner is asked for again.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone

from accounts import consents, privacy_settings, sessions
from accounts.models import User

# The columns of users that say something about the person.
_PROFILE_COLUMNS = [
    *("name", "bio", "birth_year", "gender", "avatar_url", "notification_settings"),
    *("timezone", "language", "day_start", "week_start"),
]


def is_taken(email: str) -> bool:
    """Whether the address is verified in some account."""
    return (
        EmailAddress.objects.filter(email=email, verified=True).exists()
        or User.objects.filter(email=email, is_verified=True).exists()
    )


@transaction.atomic
def release_claims(email: str) -> None:
    """Deletes all unverified claims to an address that a person without an account has proven."""
    claims = User.objects.filter(email=email, is_verified=False)
    claims.exclude(emailaddress__verified=True).delete()
    # An account that was only changing to this address keeps its current one.
    EmailAddress.objects.filter(email=email, verified=False).delete()


@transaction.atomic
def confirm_by_reset(user: User) -> None:
    """Ends all sessions after a password reset, and verifies the address.

    If the address was unverified before, whatever was set up until now may not be the owner's: login methods, profile and
    consents. Nothing else exists, because an unverified account cannot be signed in to.
    """
    sessions.end_others(user, keep=None)
    if user.is_verified:
        return
    # The flag alone does not decide: an account with a proven address keeps its second factors.
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        _void_claim(user)
        for model in (SocialAccount, Authenticator):
            model.objects.filter(user=user).delete()
        user.social_accounts.all().delete()
    address, _made = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    if address.set_verified():
        user.is_verified = True
        user.save(update_fields=["is_verified"])


def _void_claim(user: User) -> None:
    """Empties what the sign-up said about the person, and asks its owner for it."""
    consents.void(user, at=timezone.now())
    untouched = User()
    for column in _PROFILE_COLUMNS:
        setattr(user, column, getattr(untouched, column))
    user.save(update_fields=_PROFILE_COLUMNS)
    privacy_settings.change(user, must_agree=True, coach_reads_notes=False)
