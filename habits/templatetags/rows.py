"""Template tags for the repeated parts of Today, drawn by templates/habits/today.jinja."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from markupsafe import Markup

from habits.pages import fragments, habit_detail
from notifications.pages import bell as bells

register = template.Library()


def _csrf(context: template.Context) -> SafeString | str:
    token = context.get("csrf_token")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token) if token else ""


@register.simple_tag(takes_context=True)
def habit_rows(context: template.Context, rows: list[Any]) -> Markup:
    return fragments.today_macros().rows(rows, _csrf(context))


@register.simple_tag(takes_context=True)
def side(context: template.Context, row: Any) -> Markup:
    return fragments.today_macros().side(row, _csrf(context))


@register.simple_tag(takes_context=True)
def check(context: template.Context, row: Any, *, big: bool = False) -> Markup:
    return fragments.today_macros().check(row, _csrf(context), big=big)


@register.simple_tag(takes_context=True)
def after(context: template.Context, row: Any) -> Markup:
    return fragments.today_macros().after(row, _csrf(context))


@register.simple_tag
def group_summary(group: dict[str, Any]) -> Markup:
    return fragments.today_macros().summary(group)


@register.simple_tag
def day(ring: dict[str, Any]) -> Markup:
    return fragments.today_macros().day(ring)


@register.simple_tag
def bell(its: dict[str, Any]) -> SafeString:
    return bells.html(its["text"])


@register.simple_tag
def month_table(month: dict[str, Any]) -> Markup:
    return fragments.habit_macros().month_table(month)


@register.simple_tag
def ledger(lines: list[dict[str, Any]]) -> Markup:
    return fragments.habit_macros().ledger(habit_detail.fold(lines))


@register.simple_tag
def finds(items: list[dict[str, Any]]) -> Markup:
    return fragments.catalogue_macros().finds(items)


@register.simple_tag
def week(days: list[dict[str, Any]]) -> Markup:
    return fragments.today_macros().week(days)
