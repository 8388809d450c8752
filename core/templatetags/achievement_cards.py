"""Template tag for the cards of badges, drawn by templates/_components/badges.jinja."""

from typing import Any

from django import template
from markupsafe import Markup

from core.jinja import macros

register = template.Library()


@register.simple_tag
def badge_cards(items: list[dict[str, Any]]) -> Markup:
    return macros("_components/badges.jinja").cards(items)
