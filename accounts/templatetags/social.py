"""Buttons of the login providers."""

from collections.abc import Iterable
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import template
from django.urls import reverse
from django.utils.http import urlencode

from accounts import social
from accounts.providers import PROVIDERS
from accounts.providers.base import Provider

register = template.Library()


@register.inclusion_tag("socialaccount/buttons.html", takes_context=True)
def social_buttons(
    context: template.Context, *, process: str, or_text: str = "", among: list[Provider] | None = None
) -> dict[str, Any]:
    """A button for each enabled provider, or only for those `among`.

    `process` is `login` or `connect`.
    """
    query = {"process": process}
    if goal := context["request"].GET.get("next"):
        query["next"] = goal
    buttons = [
        {
            "provider": provider,
            "text": provider.connect_label if process == "connect" else provider.login_label,
            "url": f"{reverse('accounts:go-to-provider', args=[provider.id])}?{urlencode(query)}",
        }
        for provider in (social.enabled_providers() if among is None else among)
    ]
    return {"buttons": buttons, "or_text": or_text, "csrf_token": context["csrf_token"]}


@register.simple_tag
def unconnected(accounts: Iterable[SocialAccount]) -> list[Provider]:
    """The enabled providers that the person is not connected to."""
    connected = {account.provider for account in accounts}
    return [provider for provider in social.enabled_providers() if provider.id not in connected]


@register.simple_tag
def provider_label(name: str) -> str:
    return str(PROVIDERS[name].label) if name in PROVIDERS else name
