"""Template tags for what Today draws many of, through templates/habits/today.jinja."""

from functools import lru_cache
from typing import Any, cast

from django import template
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from markupsafe import Markup

from wellness.templatetags import ui

register = template.Library()


@lru_cache(maxsize=1)
def _macros() -> Any:
    engine = cast("Jinja2", engines["jinja2"])
    engine.env.globals |= {tag.__name__: tag for tag in (ui.icon, ui.ink, ui.drop, ui.moods, ui.energies)}
    return engine.env.get_template("habits/today.jinja").module


def _csrf(context: template.Context) -> SafeString | str:
    token = context.get("csrf_token")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token) if token else ""


@register.simple_tag(takes_context=True)
def habit_rows(context: template.Context, rows: list[Any]) -> Markup:
    return _macros().rows(rows, _csrf(context))


@register.simple_tag(takes_context=True)
def habit_row(context: template.Context, row: Any) -> Markup:
    return _macros().rows([row], _csrf(context))


@register.simple_tag(takes_context=True)
def side(context: template.Context, row: Any) -> Markup:
    return _macros().side(row, _csrf(context))


@register.simple_tag(takes_context=True)
def check(context: template.Context, row: Any, *, big: bool = False) -> Markup:
    return _macros().check(row, _csrf(context), big=big)


@register.simple_tag(takes_context=True)
def after(context: template.Context, row: Any) -> Markup:
    return _macros().after(row, _csrf(context))


@register.simple_tag
def week(days: list[dict[str, Any]]) -> Markup:
    return _macros().week(days)


@register.simple_tag
def weekday(day: dict[str, Any], *, oob: bool = False) -> Markup:
    return _macros().weekday(day, oob=oob)
