"""Renders a page or one of its fragments from the same template, as htmx asks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django_htmx.middleware import HtmxDetails


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


def page_or_fragment(
    request: HtmxHttpRequest, template: str, context: dict[str, Any], *, fragment: str, status: int = 200
) -> HttpResponse:
    """`template`, or only its partial `fragment` when htmx asks for a part of the page."""
    partial = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return TemplateResponse(request, f"{template}#{fragment}" if partial else template, context, status=status)
