"""Login with Google."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from accounts.providers.base import Provider


class Google(Provider):
    id = "google"
    label = "Google"
    login_label = _("Google로 로그인")
    connect_label = _("Google 연결")
    adapter_name = "GoogleOAuth2Adapter"
    revoke_url = "https://oauth2.googleapis.com/revoke"
    # A refresh token comes only with offline access.
    options: ClassVar[dict[str, Any]] = {"OAUTH_PKCE_ENABLED": True, "AUTH_PARAMS": {"access_type": "offline"}}
    # The one-tap button, which we do not show: it would be a login without our CSRF token.
    closed_paths = ("accounts/google/login/token/",)

    def is_email_verified(self, profile: dict[str, Any]) -> bool:
        """The claim of the signed token."""
        return profile.get("email_verified") is True
