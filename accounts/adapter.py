"""allauth adapters: normalisation of addresses, limits of mail, profiles from providers."""

import contextlib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit as limits
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.apple.views import AppleOAuth2Adapter
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import email_ownership, emails, known_devices, social, validators
from accounts.http import DeviceRequest
from accounts.models import User
from accounts.providers import PROVIDERS
from core import client_ip, rate_limits, text_storage

# Seconds: the period of settings.ACCOUNT_RATE_LIMITS["login_failed"].
LOGIN_FAILED_WINDOW = 5 * 60
# Mail that anybody can cause to be sent to any address by typing it.
REQUESTABLE_BY_STRANGERS = {
    "account/email/account_already_exists",
    "account/email/address_claim",
    "account/email/password_reset_key",
    "account/email/unknown_account",
}
# Seconds in which a person who signed in to an account that is being deleted can keep it.
RETURN_WINDOW = 15 * 60

# The name of the service in authenticator apps and passkeys.
ISSUER = "WellnessAI"


class AccountAdapter(DefaultAccountAdapter):
    def clean_email(self, email: str) -> str:
        validators.validate_address(email)
        return emails.normalise(email)

    def get_client_ip(self, request: HttpRequest) -> str:
        # All clients without a known address share one counter.
        return str(client_ip.address(request) or "unknown")

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code in ("too_many_login_attempts", "rate_limited"):
            raise ImmediateHttpResponse(rate_limits.too_many(context.request, wait=LOGIN_FAILED_WINDOW))
        return super().validation_error(code, *args)

    def send_mail(self, template_prefix: str, email: str, context_: dict[str, Any]) -> None:
        """Drops mail that strangers can cause beyond a few an hour, so that no mailbox is flooded."""
        if template_prefix not in REQUESTABLE_BY_STRANGERS or self._is_few(context.request, email):
            super().send_mail(template_prefix, email, {name: _on_our_site(value) for name, value in context_.items()})

    def send_claim_mail(self, email: str, url: str) -> None:
        """Mails the link of a later sign-up (accounts/address_claims.py).

        It takes the place of the mail that there is an account.
        """
        context.request.has_claim_mail = True
        self.send_mail("account/email/address_claim", email, {"activate_url": url})

    def send_account_already_exists_mail(self, email: str) -> None:
        if not getattr(context.request, "has_claim_mail", False):
            super().send_account_already_exists_mail(email)

    @staticmethod
    def _is_few(request: DeviceRequest, email: str) -> bool:
        if not ratelimit.consume(request, action="mail", key=known_devices.source(request, email)):
            return False
        known = known_devices.is_known(request, email)
        return known or ratelimit.consume(request, action="mail_anywhere", key=emails.normalise(email))

    def _get_login_attempts_cache_key(self, request: DeviceRequest, **credentials: Any) -> str:
        return known_devices.source(request, credentials.get("email", ""))

    def pre_authenticate(self, request: DeviceRequest, **credentials: Any) -> None:
        """Counts an attempt until it has succeeded; of an unknown device also over all networks."""
        super().pre_authenticate(request, **credentials)
        email = credentials.get("email", "")
        if known_devices.is_known(request, email):
            return
        usage = limits.consume(
            request, app="allauth.account", action="login_failed_anywhere", key=emails.normalise(email)
        )
        if not usage:
            raise self.validation_error("too_many_login_attempts")
        self._login_failed_rl_usage.usage += usage.usage

    def _delete_login_attempts_cached_email(self, request: DeviceRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, action="login_failed_anywhere", key=emails.normalise(credentials.get("email", "")))

    def get_user_search_fields(self) -> list[str]:
        # Addresses are sealed: only exact matches can be searched.
        return ["email__exact"]

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        # All steps of the login come first, the second factor too; then login() answers.
        return None if user.is_leaving else super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        if user.is_leaving:
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Offers to keep an account that is being deleted, after a complete login."""
        if user.is_leaving:
            request.session["leaving"] = str(user.pk)
            request.session.set_expiry(RETURN_WINDOW)
            return redirect("come-back")
        return super().respond_user_inactive(request, user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed = super().confirm_email(request, email_address)
        if confirmed:
            User.objects.filter(pk=email_address.user_id).update(is_verified=True)
        return confirmed


def _on_our_site(value: Any) -> Any:
    """A link at SITE_URL: allauth makes links with the Host header, which the sender of the request chooses."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return value
    site = urlsplit(settings.SITE_URL)
    return urlsplit(value)._replace(scheme=site.scheme, netloc=site.netloc).geturl()


class SocialAdapter(DefaultSocialAccountAdapter):
    """Identifies people by (provider, id) alone.

    An address, even a verified one, never opens an account.
    """

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        # Providers are switched on by the environment; the table of apps is empty and not queried.
        names = [one.id for one in social.enabled_providers() if provider in (None, one.id)]
        return [social.registered_app(name) for name in names]

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        if not social.is_enabled(provider):
            raise Http404
        return social.registered_app(provider)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Filters the provider's profile before it is used.

        Keeps name and address, and drops the rest.
        """
        user = super().populate_user(request, sociallogin, data)
        profile = sociallogin.account.extra_data
        provider = PROVIDERS[sociallogin.account.provider]
        user.name = text_storage.shorten(text_storage.normalize(provider.read_name(profile)), social.NAME_LENGTH)
        for address in sociallogin.email_addresses:
            address.email = emails.normalise(address.email)
            address.verified = provider.is_email_verified(profile)
        # Tokens are stored sealed in user_social_accounts; nothing else is needed.
        sociallogin.account.extra_data = {}
        return user

    def serialize_instance(self, instance: Model) -> dict[str, Any]:
        # The session holds only these values of an unfinished sign-up; columns with database defaults cannot be stored.
        if isinstance(instance, User):
            return {"id": str(instance.pk), "email": instance.email, "name": instance.name}
        return super().serialize_instance(instance)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        sociallogin.state.pop("id_token", None)
        if sociallogin.is_existing or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        proven = social.verified_email(sociallogin)
        if proven and email_ownership.is_taken(proven):
            # They own the address, so this message reveals nothing about another person.
            provider = PROVIDERS[sociallogin.account.provider].label
            text = _(
                "이 메일 주소로 쓰고 있는 계정이 있어요. 먼저 로그인하고, 설정에서 %(provider)s 계정을 연결해 주세요."
            )
            messages.info(request, text % {"provider": provider})
            raise ImmediateHttpResponse(redirect("account_login"))

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, str]:
        return super().get_signup_form_initial_data(sociallogin) | {"name": sociallogin.user.name}

    def validate_disconnect(self, account: SocialAccount, accounts: QuerySet[SocialAccount]) -> None:
        # allauth wants the provider's name for its mail, also where the provider has been switched off since.
        app = social.registered_app(account.provider)
        account._provider = registry.get_class(account.provider)(self.request, app=app)  # noqa: SLF001


class AppleAdapter(AppleOAuth2Adapter):
    """Apple's login, which tells the name apart from the signed token."""

    def get_user_scope_data(self, request: HttpRequest) -> dict[str, dict[str, str]]:
        """The name from the JSON that the browser brings at the first login, and nothing else.

        The JSON is not signed. allauth adds it to what Apple's server answered, so that an address in it would pass for verified.
        """
        told: Any = None
        with contextlib.suppress(ValueError):
            told = super().get_user_scope_data(request)
        name = told.get("name") if isinstance(told, dict) else None
        if not isinstance(name, dict):
            return {}
        return {"name": {part: name[part] for part in ("firstName", "lastName") if isinstance(name.get(part), str)}}


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
