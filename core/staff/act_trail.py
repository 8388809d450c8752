"""What a POST on a staff page does, for the audit trail: one row for each act.

The site (wellness/staff_site.py) records it when the act is done. A view that knows what it replaced adds that:

    act_trail.note(request, before={"groups": [...]}, after={"groups": [...]})
"""

import inspect
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse

from core.audit import act_records
from core.staff import permissions

# Acts by POST that change nothing: an address must not be in a URL.
_LOOKS = {"accounts_user_search", "billing_find"}
# Acts that answer with a page when they are done; others redirect.
_SHOWN = {"accounts_user_reveal"}
# Keys of rows that are written down.
_MOST_KEYS = 100


def note(request: Any, *, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Keeps what an act replaced, for its row in the trail."""
    request.act_values = (before, after)


def acts_of(request: HttpRequest) -> list[str]:
    """The acts of this POST; a page, where opening or saving it is dangerous by itself."""
    match = request.resolver_match
    name = match.url_name or "" if match else ""
    if request.method != "POST":
        return []
    asked = [act for act in permissions.requested_acts(name, request.POST) if not _only_looks(act)]
    return asked or ([name] if permissions.is_dangerous(name, request.POST) else [])


def _only_looks(act: str) -> bool:
    return act in _LOOKS or act.endswith(("_preview", "_export"))


def record(request: Any, asked: list[str], view: Callable[..., Any], response: HttpResponse) -> None:
    """Writes one row for each act, once it is done."""
    if response.status_code != 302 and not _SHOWN & {*asked}:
        return
    nothing: tuple[dict[str, Any], dict[str, Any]] = {}, {}
    before, after = getattr(request, "act_values", nothing)
    keys = _keys(request)
    key = keys[0] if len(keys) == 1 else ""
    rows = {"rows": keys[:_MOST_KEYS]} if len(keys) > 1 else {}
    for act in asked:
        act_records.record(_table(view, act), key or act, before=before, after={"act": act, **rows, **after})


def _keys(request: Any) -> list[str]:
    """The rows that are acted on, from the address or the boxes of the list."""
    sent = request.resolver_match.kwargs
    named = [str(sent[name]) for name in ("pk", "object_id") if name in sent]
    return named or request.POST.getlist(ACTION_CHECKBOX_NAME)


def _table(view: Callable[..., Any], act: str) -> str:
    """The table of the admin class that the view belongs to, else of the model that the name begins with."""
    its_admin = getattr(inspect.unwrap(view), "__self__", None)
    if (options := getattr(its_admin, "opts", None)) is not None:
        return options.db_table
    app, _underscore, rest = act.partition("_")
    named = (apps.all_models.get(app) or {}).get(rest.partition("_")[0].partition(":")[0])
    return named._meta.db_table if named else act
