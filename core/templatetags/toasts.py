"""Template tags for toasts, drawn by templates/_components/toast.jinja."""

from typing import Any

from django import template
from markupsafe import Markup

from core.jinja import macros

register = template.Library()


@register.simple_tag
def toast(text: str, undo_url: str = "") -> Markup:
    return macros("_components/toast.jinja").toast(text, undo_url)


@register.simple_tag
def earned_toast(earned: dict[str, Any]) -> Markup:
    return macros("_components/toast.jinja").earned_toast(None, [earned])


@register.simple_tag
def toasts(its: dict[str, Any] | None, unlocked: list[dict[str, Any]]) -> Markup:
    return macros("_components/toast.jinja").toasts(its, unlocked)
