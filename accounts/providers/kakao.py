"""Login with Kakao."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.providers.base import Provider, post

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialApp


class Kakao(Provider):
    id = "kakao"
    label = _("카카오")
    login_label = _("카카오 로그인")
    connect_label = _("카카오 연결")
    adapter_name = "KakaoOAuth2Adapter"
    revoke_url = "https://kapi.kakao.com/v1/user/unlink"

    def is_email_verified(self, profile: dict[str, Any]) -> bool:
        """Verified and still valid.

        An address becomes invalid when another Kakao account takes it over.
        """
        account = profile.get("kakao_account") or {}
        return account.get("is_email_valid") is True and account.get("is_email_verified") is True

    def find_name(self, profile: dict[str, Any]) -> object:
        return ((profile.get("kakao_account") or {}).get("profile") or {}).get("nickname")

    def revoke(self, *, access_token: str, refresh_token: str, app: "SocialApp") -> None:
        post(self.revoke_url, {}, headers={"Authorization": f"Bearer {access_token}"})
