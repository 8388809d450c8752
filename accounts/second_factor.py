"""The second factor: who needs one, and allauth's adapter for it."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.models import User

ISSUER = "WellnessAI"
FACTOR_TYPES = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def is_missing(user: User | AnonymousUser) -> bool:
    """Whether the user is staff without the second factor that is required here."""
    if not settings.STAFF_NEED_SECOND_FACTOR or not user.is_authenticated or not user.is_staff:
        return False
    return not Authenticator.objects.filter(user=user, type__in=FACTOR_TYPES).exists()


class MFAAdapter(DefaultMFAAdapter):
    """Names and images of factors.

    Their secrets are sealed by core/crypto/third_party_fields.py.
    """

    def get_totp_issuer(self) -> str:
        return ISSUER

    def build_totp_svg(self, url: str) -> str:
        """The QR code as inline SVG: the content security policy allows no data: images."""
        svg = super().build_totp_svg(url)
        return svg[svg.index("<svg") :]

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        made = Authenticator.objects.filter(user=user, type=type).count()
        return _("패스키 {number}").format(number=made + 1)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": ISSUER}

    def get_public_key_credential_user_entity(self, user: User) -> dict:
        return super().get_public_key_credential_user_entity(user) | {"display_name": user.name or user.email}
