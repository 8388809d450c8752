"""Who an address belongs to. Anyone can type one; it is theirs once they have shown that its mail reaches them.

An account made with somebody else's address is only a claim. When the address is proven, the claim gives way, and so
does every way in that was set up before the proof.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts import sessions
from accounts.models import User


def is_taken(email: str) -> bool:
    """Somebody has proven this address, or an account holds it that has been in use."""
    return (
        EmailAddress.objects.filter(email=email, verified=True).exists()
        or User.objects.filter(email=email, is_verified=True).exists()
    )


@transaction.atomic
def free(email: str) -> None:
    """The address was proven by somebody without an account: nobody's claim to it stands."""
    claims = User.objects.filter(email=email, is_verified=False)
    claims.exclude(emailaddress__verified=True).delete()
    # An account that only meant to change to this address keeps the one it has.
    EmailAddress.objects.filter(email=email, verified=False).delete()


@transaction.atomic
def proven_by_reset(user: User) -> None:
    """The person read the mail sent to their address and set a password. If nobody had proven it before, what was set
    up until now was not theirs: social accounts, second factors, sessions."""
    sessions.end_others(user, keep=None)
    if user.is_verified:
        return
    for model in (SocialAccount, Authenticator):
        model.objects.filter(user=user).delete()
    user.social_accounts.all().delete()
    address, _made = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    if address.set_verified():
        user.is_verified = True
        user.save(update_fields=["is_verified"])
