"""Cells of the staff's lists with the name of their column; Django's history in words."""

import re
from collections.abc import Iterable
from typing import Any, cast

from django import template
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from core.admin_base import StaffAdmin
from core.staff import log_entries

register = template.Library()

_CELL = re.compile(r"^<(t[dh])")
_ROLES = {"td": "cell", "th": "rowheader"}
# A cell without a value (StaffSite.empty_value_display).
_EMPTY = ">—</td>"


@register.simple_tag
def named_cells(cells: Iterable[SafeString], headers: list[dict[str, Any]]) -> SafeString:
    """The cells of a row of Django's list, each with its role and its column's name."""
    # The column of boxes to tick is named by a box.
    names = [("" if "action-checkbox" in header.get("class_attrib", "") else header["text"]) for header in headers]
    return format_html_join("", "{}", ((_named(cell, name),) for cell, name in zip(cells, names, strict=False)))


def _named(cell: SafeString, name: Any) -> SafeString:
    if (found := _CELL.match(cell)) is None:
        return cell
    tag = found[1]
    empty = " data-empty" if cell.endswith(_EMPTY) else ""
    begin = format_html('<{} role="{}" data-name="{}"{}', tag, _ROLES[tag], capfirst(name), empty)
    # The rest of a cell that Django has drawn, escaped by it.
    return begin + mark_safe(cell[found.end() :])


@register.filter
def with_names(entries: Iterable[LogEntry]) -> list[tuple[LogEntry, str]]:
    """Entries of Django's history, each with the name of its row in the reader's language."""
    logged = [*entries]
    wanted: dict[Any, set[str]] = {}
    for entry in logged:
        if (model := _model(entry)) is not None and admin.site.is_registered(model):
            wanted.setdefault(model, set()).add(str(entry.object_id))
    names = {
        (model, str(row.pk)): cast("StaffAdmin", admin.site.get_model_admin(model)).row_name(row)
        for model, keys in wanted.items()
        for row in model._default_manager.filter(pk__in=keys)
    }
    return [(entry, names.get((_model(entry), str(entry.object_id)), "") or _kept_name(entry)) for entry in logged]


def _model(entry: LogEntry) -> Any:
    return entry.content_type.model_class() if entry.content_type else None


def _kept_name(entry: LogEntry) -> str:
    """The name of a row that is gone, as it was written; one without a name is called by its kind."""
    model, is_key = _model(entry), entry.object_repr == entry.object_id
    return capfirst(str(model._meta.verbose_name)) if model and is_key else entry.object_repr


@register.filter
def said(entry: LogEntry) -> str:
    """What an entry of Django's history says, with the reason."""
    why = log_entries.why(entry)
    return f"{log_entries.said(entry)} · {why}" if why else log_entries.said(entry)
