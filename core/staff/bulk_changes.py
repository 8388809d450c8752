"""Acts on more rows of a list than one person may change alone."""

import hashlib
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.staff import change_requests, permissions
from core.staff.change_requests import ImpossibleChange, Kind, ValueDifference
from core.staff.models import ChangeRequest

KIND = "bulk"
MOST_ALONE = 100


def target(its_admin: admin.ModelAdmin, action: str) -> str:
    return f"{its_admin.opts.label_lower}:{action}"


def digest(rows: QuerySet) -> str:
    """Changes when any chosen row does, or the choice itself."""
    encode = DjangoJSONEncoder(sort_keys=True, ensure_ascii=False).encode
    content = hashlib.sha256()
    for line in sorted(encode(row) for row in rows.order_by().values()):
        content.update(line.encode() + b"\n")
    return content.hexdigest()


def _admin_of(change: ChangeRequest) -> tuple[admin.ModelAdmin, str]:
    label, _colon, action = change.target.partition(":")
    return admin.site.get_model_admin(apps.get_model(label)), action


def _rows(change: ChangeRequest) -> QuerySet:
    its_admin, _action = _admin_of(change)
    return its_admin.model._default_manager.filter(pk__in=change.proposed["rows"])


def _current(change: ChangeRequest) -> dict[str, Any]:
    return {"digest": digest(_rows(change))}


def _label(its_admin: admin.ModelAdmin, action: str) -> str:
    function = getattr(its_admin, action, None)
    return str(getattr(function, "short_description", "")) or _("고른 줄 지우기")


def _name(change: ChangeRequest) -> str:
    its_admin, action = _admin_of(change)
    return f"{capfirst(its_admin.opts.verbose_name_plural)}: {_label(its_admin, action)}"


def _differences(change: ChangeRequest) -> list[ValueDifference]:
    its_admin, action = _admin_of(change)
    rows = _rows(change).order_by(*(its_admin.ordering or ["pk"]))
    return [ValueDifference(str(row), "", _label(its_admin, action)) for row in rows]


def _apply(change: ChangeRequest, request: HttpRequest) -> None:
    its_admin, action = _admin_of(change)
    if action == "delete_selected":
        if not its_admin.has_delete_permission(request):
            raise ImpossibleChange(_("이 일을 할 수 있는 역할이 아니에요."))
        its_admin.delete_queryset(request, _rows(change))
        return
    found = its_admin.get_actions(request).get(action)
    if found is None:
        raise ImpossibleChange(_("이 일을 할 수 있는 역할이 아니에요."))
    found.func(its_admin, request, _rows(change))


class BulkKind(Kind):
    """Its title is made of its target: the name of an act is another one in each language."""

    def title(self, change: ChangeRequest) -> str:
        return f"{_name(change)} ({len(change.proposed['rows']):,})"

    def may_decide(self, change: ChangeRequest, user: Any) -> bool:
        """The permission is that of the act."""
        its_admin, action = _admin_of(change)
        options = its_admin.opts
        if action == "delete_selected":
            return user.has_perm(f"{options.app_label}.delete_{options.model_name}")
        return permissions.may(user, f"{options.app_label}_{options.model_name}:{action}")


change_requests.KINDS[KIND] = BulkKind(
    label=gettext_lazy("여러 줄을 한 번에"),
    permission="",  # that of the act itself
    current=_current,
    apply=_apply,
    name=_name,
    differences=_differences,
    counts=lambda change: [(gettext_lazy("고른 줄"), len(change.proposed["rows"]))],
)


def posted_action(request: HttpRequest) -> str:
    """The act whose button was pressed: there may be several on a page."""
    index = request.POST.get("index", "0")
    return next((act for place, act in enumerate(request.POST.getlist("action")) if str(place) == index), "")


def chosen(request: HttpRequest, queryset: QuerySet) -> QuerySet:
    """The rows that a posted list chose. Raises ValidationError for keys that are none."""
    if request.POST.get("select_across") == "1":
        return queryset
    return queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
