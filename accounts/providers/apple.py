"""Login with Apple."""

from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.providers.base import Provider

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialApp


class Apple(Provider):
    id = "apple"
    label = "Apple"
    login_label = _("Apple로 로그인")
    connect_label = _("Apple 연결")
    adapter_name = "AppleOAuth2Adapter"
    revoke_url = "https://appleid.apple.com/auth/revoke"

    def secrets(self, env: Any) -> dict[str, Any]:
        """allauth keeps the key's id as `secret` and the team's id as `key`."""
        return {
            "secret": env.str("APPLE_KEY_ID"),
            "key": env.str("APPLE_TEAM_ID"),
            "settings": {"certificate_key": env.str("APPLE_PRIVATE_KEY", multiline=True)},
        }

    def is_email_verified(self, profile: dict[str, Any]) -> bool:
        """The claim of the signed token. Apple sends it as a boolean or as text."""
        return profile.get("email_verified") in (True, "true")

    def find_name(self, profile: dict[str, Any]) -> object:
        """Apple sends the name once, at the first login. Korean names: family name first, no space."""
        parts = profile.get("name") or {}
        return f"{parts.get('lastName') or ''}{parts.get('firstName') or ''}" if isinstance(parts, dict) else ""

    def credentials(self, app: "SocialApp") -> dict[str, str]:
        """Apple's client secret is a token signed with our key, valid for an hour."""
        build_client = import_string(f"{self.allauth_app}.client.AppleOAuth2Client")
        client = build_client(None, app.client_id, app.secret, "POST", "", "")
        return {"client_id": client.get_client_id(), "client_secret": client.generate_client_secret()}
