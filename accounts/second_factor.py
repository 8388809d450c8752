"""The second factor: which kinds there are, and who needs one."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.models import User

FACTOR_TYPES = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def is_missing(user: User | AnonymousUser) -> bool:
    """Whether the user is staff without the second factor that is required here."""
    if not settings.STAFF_NEED_SECOND_FACTOR or not user.is_authenticated or not user.is_staff:
        return False
    return not Authenticator.objects.filter(user=user, type__in=FACTOR_TYPES).exists()
