"""Base class of the login providers: what each one declares, and the HTTP calls they share.

allauth speaks the login protocol itself. The settings are built from these classes, so this module and its subclasses
import no model and read no setting while they are loaded; what needs Django is looked up when it is used.
"""

import datetime as dt
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.functional import cached_property
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialApp
    from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
    from django.utils.functional import _StrPromise

# Seconds to wait for a provider; the person's request waits as long.
TIMEOUT = 5


class ProviderRefused(Exception):
    """The provider gave no usable answer.

    For example consent was withdrawn, a token expired, or the service is unreachable.
    """


@dataclass(frozen=True)
class Tokens:
    """What a provider answers to a refresh."""

    access: str
    # Empty when the old refresh token stays valid.
    refresh: str
    # None when the provider does not say when the access token expires.
    expires_at: dt.datetime | None


class Provider(ABC):
    """One login provider.

    A subclass declares the attributes without a value and `is_email_verified`.

    Its mark is `templates/socialaccount/marks/<id>.svg`, its button's colours are the class `.<id>` in screens.css.
    """

    # allauth's id: the value in `user_social_accounts.provider`, and part of the addresses of its login.
    id: ClassVar[str]
    label: ClassVar["str | _StrPromise"]
    # The text of the login button, as the provider's guideline words it.
    login_label: ClassVar["str | _StrPromise"]
    # The text of the button that connects another account.
    connect_label: ClassVar["str | _StrPromise"]
    # The adapter's class in the `views` module of allauth's app.
    adapter_name: ClassVar[str]
    # Where the person's consent to us is revoked.
    revoke_url: str
    # What allauth's entry says beside the registered app.
    options: ClassVar[dict[str, Any]] = {}
    # Addresses that allauth's app adds and that answer 404 here.
    closed_paths: ClassVar[tuple[str, ...]] = ()

    @property
    def allauth_app(self) -> str:
        return f"allauth.socialaccount.providers.{self.id}"

    @property
    def mark(self) -> str:
        """The template of the provider's mark."""
        return f"socialaccount/marks/{self.id}.svg"

    @cached_property
    def adapter(self) -> "type[OAuth2Adapter]":
        return import_string(f"{self.allauth_app}.views.{self.adapter_name}")

    @property
    def login_view(self) -> str:
        """The dotted path of allauth's view that redirects to the provider."""
        return f"{self.allauth_app}.views.oauth2_login"

    def settings(self, env: Any) -> dict[str, Any]:
        """The provider's entry in SOCIALACCOUNT_PROVIDERS.

        It is empty when no client id is set, which switches the provider off.
        """
        client_id = env.str(f"{self.id.upper()}_CLIENT_ID", default="")
        return {"APPS": [{"client_id": client_id, **self.secrets(env)}], **self.options} if client_id else {}

    def secrets(self, env: Any) -> dict[str, Any]:
        """What the registered app holds beside its id."""
        return {"secret": env.str(f"{self.id.upper()}_CLIENT_SECRET", default="")}

    @abstractmethod
    def is_email_verified(self, profile: dict[str, Any]) -> bool:
        """Whether the provider itself has checked that the address reaches the person."""

    def read_name(self, profile: dict[str, Any]) -> str:
        """The person's name at the provider; empty when it does not say."""
        name = self.find_name(profile)
        return name if isinstance(name, str) else ""

    def find_name(self, profile: dict[str, Any]) -> object:
        """Where the profile holds the name. It comes from outside, so it may be of any type."""
        return profile.get("name")

    def credentials(self, app: "SocialApp") -> dict[str, str]:
        """The form fields that identify us to the provider."""
        return {"client_id": app.client_id, "client_secret": app.secret}

    def refresh(self, refresh_token: str, *, app: "SocialApp", at: dt.datetime) -> Tokens:
        """Exchanges a refresh token for a new access token. Raises ProviderRefused."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **self.credentials(app)}
        answer = post(self.adapter.access_token_url, form)
        if not isinstance(answer.get("access_token"), str):
            raise ProviderRefused
        try:
            # Naver sends the number as text.
            lifetime = dt.timedelta(seconds=int(answer.get("expires_in") or 0))
            expires_at = at + lifetime if lifetime else None
        except (TypeError, ValueError, OverflowError) as error:
            raise ProviderRefused from error
        return Tokens(answer["access_token"], answer.get("refresh_token", ""), expires_at)

    def revoke(self, *, access_token: str, refresh_token: str, app: "SocialApp") -> None:
        """Asks the provider to delete the person's consent to us (RFC 7009). Raises ProviderRefused."""
        post(self.revoke_url, {"token": refresh_token or access_token, **self.credentials(app)})


def post(url: str, form: dict[str, str], *, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Sends a form and reads the JSON answer; an empty answer is `{}`. Raises ProviderRefused."""
    import requests  # noqa: PLC0415 -- large, and most processes never ask

    try:
        response = requests.post(url, data=form, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        response.raise_for_status()
        answer = response.json() if response.content else {}
    except (requests.RequestException, ValueError) as error:
        raise ProviderRefused from error
    if not isinstance(answer, dict) or "error" in answer:
        raise ProviderRefused
    return answer
