"""The rights of a staff role as boxes to tick, table by table."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.models import Permission
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.staff import act_names, permissions
from core.text_format import Text

# Django's four rights, in the order in which they are shown.
RIGHTS: dict[str, Text] = {
    "view": gettext_lazy("보기"),
    "add": gettext_lazy("더하기"),
    "change": gettext_lazy("고치기"),
    "delete": gettext_lazy("지우기"),
}


class Right(NamedTuple):
    value: str
    name: str
    is_chosen: bool
    is_dangerous: bool


class PermissionsWidget(forms.CheckboxSelectMultiple):
    """Boxes by table. What belongs to no table comes last."""

    template_name = "admin/widgets/permissions.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        found: dict[str, list[Right]] = {}
        chosen = {str(one) for one in value or []}
        rights = [one for one in self._permissions() if str(one.pk) in chosen or is_used(one)]
        for one in sorted(rights, key=_place):
            found.setdefault(_table_name(one), []).append(_right(one, chosen))
        tables = [{"name": table, "rights": rights} for table, rights in found.items()]
        return {"widget": {"name": name, "tables": tables}}

    def _permissions(self) -> Iterable[Permission]:
        return (value.instance for value, _label in self.choices)  # type: ignore[union-attr] # of a model's field


def is_used(permission: Permission) -> bool:
    """Whether core/staff/permissions.py gives it to some role; others open no staff page."""
    letters = "".join(permissions.TABLES.get(_label(permission), {}).values())
    return permission.codename in permissions.ACTS or permission.codename[0] in letters


def _label(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.content_type.model}"


def _table_name(permission: Permission) -> str:
    if permission.codename in permissions.ACTS:
        table = act_names.table_of(permission.codename)
        return capfirst(str(table._meta.verbose_name_plural)) if table else _("서비스")
    model = permission.content_type.model_class()
    return capfirst(str(model._meta.verbose_name_plural)) if model else permission.content_type.model


def _place(permission: Permission) -> tuple[bool, str, int, str]:
    """By table, Django's four first; what belongs to none last."""
    is_act, right = permission.codename in permissions.ACTS, permission.codename.partition("_")[0]
    number = len(RIGHTS) if is_act or right not in RIGHTS else [*RIGHTS].index(right)
    without_table = is_act and act_names.table_of(permission.codename) is None
    return without_table, _table_name(permission), number, permission.codename


def _right(permission: Permission, chosen: set[str]) -> Right:
    act = permissions.ACTS.get(permission.codename)
    name = (
        act_names.without_table(permission.codename)
        if act
        else str(RIGHTS.get(permission.codename.partition("_")[0], permission.codename))
    )
    return Right(str(permission.pk), name, str(permission.pk) in chosen, bool(act and act.is_dangerous))
