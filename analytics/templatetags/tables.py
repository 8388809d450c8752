"""Template tags for the tables of insights, drawn by templates/analytics/tables.jinja."""

from typing import Any

from django import template
from markupsafe import Markup

from core.jinja import macros

register = template.Library()


def _macros() -> Any:
    return macros("analytics/tables.jinja")


@register.simple_tag
def year_rows(rows: list[dict[str, Any]]) -> Markup:
    return _macros().year_rows(rows)


@register.simple_tag
def mood_rows(rows: list[dict[str, Any]]) -> Markup:
    return _macros().mood_rows(rows)


@register.simple_tag
def hour_rows(rows: list[dict[str, Any]]) -> Markup:
    return _macros().hour_rows(rows)


@register.simple_tag
def month_rows(weeks: list[list[dict[str, Any] | None]]) -> Markup:
    return _macros().month_rows(weeks)
