"""The buttons of Kakao, Naver, Google and Apple, worded as each asks."""

from collections.abc import Iterable
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts import social

register = template.Library()

_WORDS = {
    "login": {
        "kakao": _("카카오 로그인"),
        "naver": _("네이버로 로그인"),
        "google": _("Google로 로그인"),
        "apple": _("Apple로 로그인"),
    },
    "connect": {
        "kakao": _("카카오 연결"),
        "naver": _("네이버 연결"),
        "google": _("Google 연결"),
        "apple": _("Apple 연결"),
    },
}


@register.inclusion_tag("socialaccount/buttons.html", takes_context=True)
def social_buttons(
    context: template.Context, *, process: str, or_text: str = "", among: list[str] | None = None
) -> dict[str, Any]:
    """A button for each provider that is switched on, or only for those `among`. `process` is `login` or `connect`."""
    asked = {"process": process}
    if goal := context["request"].GET.get("next"):
        asked["next"] = goal
    doors = [
        {
            "name": name,
            "text": _WORDS[process][name],
            "url": f"{reverse('accounts:go-to-provider', args=[name])}?{urlencode(asked)}",
        }
        for name in (social.switched_on() if among is None else among)
    ]
    return {"doors": doors, "or_text": or_text, "csrf_token": context["csrf_token"]}


@register.simple_tag
def unconnected(accounts: Iterable[SocialAccount]) -> list[str]:
    """The providers that are switched on and not among the person's."""
    here = {account.provider for account in accounts}
    return [name for name in social.switched_on() if name not in here]


@register.simple_tag
def provider_label(name: str) -> str:
    return str(social.LABELS.get(name, name))
