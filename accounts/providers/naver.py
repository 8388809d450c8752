"""Login with Naver."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.providers.base import Provider, post

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialApp


class Naver(Provider):
    id = "naver"
    label = _("네이버")
    login_label = _("네이버로 로그인")
    connect_label = _("네이버 연결")
    adapter_name = "NaverOAuth2Adapter"
    revoke_url = "https://nid.naver.com/oauth2.0/token"

    def is_email_verified(self, profile: dict[str, Any]) -> bool:
        """Never: people type the address themselves and may change it."""
        return False

    def revoke(self, *, access_token: str, refresh_token: str, app: "SocialApp") -> None:
        """Naver revokes at its token address."""
        form = {"grant_type": "delete", "access_token": access_token, "service_provider": "NAVER"}
        post(self.revoke_url, form | self.credentials(app))
