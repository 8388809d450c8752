"""Every page of every table that staff have, from the registry of the admin."""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import reverse

from accounts import roles
from tests.test_factories import FACTORIES

# The pages of a table, in the order of `pages_of`.
KINDS = ("list", "new", "row", "history")
# Pages of no table.
MORE_PAGES = [
    "/admin/",
    "/admin/operations/",
    "/admin/habits/habit/import/",
    "/admin/billing/usersubscription/revenue/",
]


def first_rows() -> dict[type[Model], Model]:
    """A row of each table."""
    roles.install()
    made = {model: FACTORIES[model]() for model in admin.site._registry if model is not Group}
    return made | {Group: Group.objects.order_by("pk").first()}


def pages_of(model: type[Model], row: Model) -> Iterator[str]:
    """The list, the form of a new row where there is one, the row and its history."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    yield reverse(f"{name}_add")
    yield reverse(f"{name}_change", args=[quote(row.pk)])
    yield reverse(f"{name}_history", args=[quote(row.pk)])
