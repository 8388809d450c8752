"""Admin of the catalogue: categories and habit templates, without people's own habits.

It also says on the staff home which imports failed.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core import work_queue
from core.admin_base import StaffAdmin
from core.templatetags import ui
from habits import catalogue_cache, catalogue_order
from habits.catalogue_forms import CategoryForm, TemplateForm
from habits.models import Habit, HabitCategory, HabitImport
from habits.pages import catalogue_preview


def drawn(icon: str | None, category: str) -> SafeString:
    return format_html('<span class="category-icon" data-cat="{}">{}</span>', category, ui.icon(icon or ""))


class CatalogueAdmin(StaffAdmin):
    """A table of the catalogue, with buttons to move and a preview of the card."""

    # The context of the preview, from the row that the form describes.
    panes: Callable[[Any], dict[str, Any]]
    actions = ["show", "retire"]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        move = self.admin_site.admin_view(require_POST(self.move))
        preview = self.admin_site.admin_view(require_POST(self.preview))
        return [
            path("<uuid:pk>/move/", move, name=f"{name}_move"),
            path("preview/", preview, name=f"{name}_preview"),
            *super().get_urls(),
        ]

    def move(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        self.must_change(request, row)
        by = -1 if request.POST.get("by") == "-1" else 1
        catalogue_order.move(row, by=by)
        transaction.on_commit(catalogue_cache.forget)
        self.log_change(request, row, _("순서를 바꿈"))
        before = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
        return redirect(before if is_ours else f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The card of what the form holds, while it is being typed. Saves nothing."""
        self.must_change(request)
        form = self.get_form(request)(request.POST)
        return render(request, "admin/habits/preview.html", self._preview(form))

    def _preview(self, form: ModelForm) -> dict[str, Any]:
        saved = not form.is_bound and not form.instance._state.adding
        return self.panes(form.instance) if saved or form.is_valid() else {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_preview"
        context |= self._preview(context["adminform"].form) | {"preview_url": reverse(name)}
        return super().render_change_form(request, context, *args, **kwargs)

    def must_change(self, request: HttpRequest, row: HabitCategory | Habit | None = None) -> None:
        if not self.has_change_permission(request, row):
            raise PermissionDenied

    @admin.display(description=gettext_lazy("순서"))
    def order(self, row: HabitCategory | Habit) -> SafeString:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_move", args=[row.pk])
        return render_to_string("admin/habits/order.html", {"url": url, "name": str(row)})

    @admin.action(description=gettext_lazy("보이기"), permissions=["change"])
    def show(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, queryset, is_active=True)

    @admin.action(description=gettext_lazy("그만 보이기"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, queryset, is_active=False)

    def set_all(self, request: HttpRequest, queryset: QuerySet, **columns: bool) -> None:
        """Sets these columns in the chosen rows, and says so in the history of each."""
        [(column, value)] = columns.items()
        rows = [*queryset.exclude(**columns)]
        queryset.update(**columns)
        transaction.on_commit(catalogue_cache.forget)
        label = getattr(self.opts.get_field(column), "verbose_name", column)
        said = _("%(column)s: 켬") if value else _("%(column)s: 끔")
        assert request.user.pk is not None  # noqa: S101 -- a page of staff is for who has signed in
        LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, said % {"column": label})
        self.message_user(request, ngettext("%(n)s개를 바꿨어요.", "%(n)s개를 바꿨어요.", len(rows)) % {"n": len(rows)})

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        transaction.on_commit(catalogue_cache.forget)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(catalogue_cache.forget)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(catalogue_cache.forget)


@admin.register(HabitCategory)
class HabitCategoryAdmin(CatalogueAdmin):
    form = CategoryForm
    panes = staticmethod(catalogue_preview.of_category)
    list_display = ["name", "name_en", "drawn_icon", "is_active", "order"]
    list_editable = ["is_active"]
    search_fields = ["name", "name_en"]
    ordering = ["sort_order", "name"]

    @admin.display(description=gettext_lazy("그림"))
    def drawn_icon(self, category: HabitCategory) -> SafeString:
        return drawn(category.icon, category.name_en)


@admin.register(Habit)
class HabitAdmin(CatalogueAdmin):
    form = TemplateForm
    panes = staticmethod(catalogue_preview.of_template)
    list_display = ["name", "category", "drawn_icon", "difficulty_level", "is_featured", "is_active", "order"]
    list_filter = ["category", "difficulty_level", "is_featured", "is_active"]
    list_editable = ["is_featured", "is_active"]
    list_select_related = ["category"]
    search_fields = ["name", "description"]
    ordering = ["category__sort_order", "category__name", "sort_order", "name"]
    actions = ["show", "retire", "feature", "unfeature"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Habit]:
        # Habits that people made for themselves are private.
        return super().get_queryset(request).filter(owner=None)

    @admin.display(description=gettext_lazy("그림"))
    def drawn_icon(self, habit: Habit) -> SafeString:
        return drawn(habit.icon or habit.category.icon, habit.category.name_en)

    @admin.action(description=gettext_lazy("추천하기"), permissions=["change"])
    def feature(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, queryset, is_featured=True)

    @admin.action(description=gettext_lazy("추천 그만하기"), permissions=["change"])
    def unfeature(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, queryset, is_featured=False)


@work_queue.waiting("accounts.view_user")
def failed_imports(now: dt.datetime) -> work_queue.Waiting | None:
    """Files of people that we could not import though they were right.

    Each person sees it and may try again.
    """
    failed = HabitImport.objects.filter(state=HabitImport.State.FAILED, expires_at__gt=now).order_by("created_at")
    since = [*failed.values_list("created_at", flat=True)[:1000]]
    if not since:
        return None
    title = ngettext("실패한 가져오기 %(n)s건", "실패한 가져오기 %(n)s건", len(since)) % {"n": len(since)}
    return work_queue.Waiting(title, since=since[0], icon="file-x", is_failure=True)
