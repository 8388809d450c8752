"""Admin of the catalogue: categories and habit templates, without people's own habits.

It also says on the staff home which imports failed.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from core import small_cells, work_queue
from core.admin_base import Records, StaffAdmin
from core.preview_panes import PreviewedAdmin
from core.revised_admin import ShownAdmin, StateFilter
from core.staff import act_trail, history, log_entries, revisions
from core.staff_widgets import DESIGNED_COLORS
from core.templatetags import ui
from habits import catalogue_cache, catalogue_icons, catalogue_order, template_people
from habits.catalogue_forms import ANY_MONDAY, CategoryForm, TemplateForm
from habits.models import Habit, HabitCategory, HabitImport, HabitLog, UserHabit
from habits.pages import catalogue_preview
from habits.pages.imports import REFUSALS
from habits.schedules import Rule, RuleError
from habits.schedules.kinds import parse_schedule
from habits.transfer.importers.registry import BY_KEY


def drawn(icon: str | None, category: str) -> SafeString:
    return format_html('<span class="category-icon" data-cat="{}">{}</span>', category, ui.icon(icon or ""))


class CatalogueAdmin(PreviewedAdmin, ShownAdmin):
    """A table of the catalogue, with buttons to move and a preview of the card."""

    change_form_template = "admin/habits/catalogue_form.html"
    preview_template = "admin/habits/preview.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        move = self.admin_site.admin_view(require_POST(self.move))
        return [
            path("<uuid:pk>/move/", move, name=f"{name}_move"),
            *super().get_urls(),
        ]

    def move(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        before, after = self._move(request, row)
        if before != after:
            transaction.on_commit(catalogue_cache.forget)
            act_trail.note(request, before={"sort_order": before}, after={"sort_order": after})
            self.log_change(request, row, log_entries.of_act(f"{self.opts.app_label}_{self.opts.model_name}_move"))
        back = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        return redirect(back if is_ours else f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    @staticmethod
    def _move(request: HttpRequest, row: Habit | HabitCategory) -> tuple[int, int]:
        """One step, or to where it was dragged: `after` or `before` another row. Gives its place before and after.

        Raises Http404 for a row of another order.
        """
        beside = request.POST.get("after") or request.POST.get("before")
        if not beside:
            return catalogue_order.move(row, by=-1 if request.POST.get("by") == "-1" else 1)
        try:
            return catalogue_order.put(row, beside=UUID(beside), after="after" in request.POST)
        except (ValueError, LookupError) as error:
            raise Http404 from error

    @admin.display(description=gettext_lazy("순서"))
    def order(self, row: HabitCategory | Habit) -> SafeString:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_move", args=[row.pk])
        group = getattr(row, "category_id", "")
        return render_to_string(
            "admin/habits/order.html", {"url": url, "name": str(row), "key": row.pk, "group": group}
        )

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        transaction.on_commit(catalogue_cache.forget)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(catalogue_cache.forget)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(catalogue_cache.forget)


def _forget_catalogue(_row: Model, _changed: list[str]) -> None:
    transaction.on_commit(catalogue_cache.forget)


def _check_schedule(habit: Habit) -> None:
    try:
        Rule.of_template(habit, begins_on=ANY_MONDAY)
    except RuleError as error:
        raise ValidationError(gettext_lazy("주기를 읽을 수 없어요.")) from error


revisions.watch(HabitCategory, after=_forget_catalogue, without=["sort_order"], natural=("name_en",))
revisions.watch(
    Habit,
    after=_forget_catalogue,
    without=["sort_order", "owner"],
    natural=("category_id", "name"),
    check=_check_schedule,
    only={"owner": None},
)


def _tell_schedule(value: Any, content: dict[str, Any]) -> str:
    try:
        return str(parse_schedule(content["default_frequency"], value or {}, begins_on=ANY_MONDAY))
    except (RuleError, KeyError):
        return _("읽을 수 없는 주기")


_OTHER_ICON, _OTHER_COLOR = gettext_lazy("다른 그림"), gettext_lazy("다른 색")
for _model in ("habits.habit", "habits.habitcategory"):
    history.tell_choices(_model, "icon", catalogue_icons.CHOICES, _OTHER_ICON)
    history.tell_choices(_model, "color", DESIGNED_COLORS, _OTHER_COLOR)
history.tell("habits.habit", "default_schedule", _tell_schedule)


@admin.register(HabitCategory)
class HabitCategoryAdmin(CatalogueAdmin):
    form = CategoryForm
    list_display = ["drawn_icon", "name", "shown_state", "order"]
    list_display_links = ["name"]
    list_filter = [StateFilter]
    search_fields = ["name", "name_en"]
    ordering = ["sort_order", "name"]

    def previewed(self, row: HabitCategory) -> dict[str, Any]:
        return catalogue_preview.of_category(row)

    @admin.display(description=gettext_lazy("그림"))
    def drawn_icon(self, category: HabitCategory) -> SafeString:
        return drawn(category.icon, category.name_en)


@admin.register(Habit)
class HabitAdmin(CatalogueAdmin):
    form = TemplateForm
    list_display = ["drawn_icon", "name", "of_category", "people", "is_featured", "shown_state", "order"]
    list_display_links = ["name"]
    list_filter = [StateFilter, "category", "is_featured", "difficulty_level"]
    list_select_related = ["category"]
    search_fields = ["name", "description"]
    ordering = ["category__sort_order", "category__name", "sort_order", "name"]
    actions = ["feature", "unfeature", "show", "retire", "chosen_export"]

    def previewed(self, row: Habit) -> dict[str, Any]:
        return catalogue_preview.of_template(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Habit]:
        # Habits that people made for themselves are private.
        return super().get_queryset(request).filter(owner=None)

    @admin.display(description=gettext_lazy("그림"))
    def drawn_icon(self, habit: Habit) -> SafeString:
        return drawn(habit.icon or habit.category.icon, habit.category.name_en)

    @admin.display(description=gettext_lazy("분류"), ordering="category__sort_order")
    def of_category(self, habit: Habit) -> SafeString:
        return format_html('<span class="chip" data-cat="{}">{}</span>', habit.category.name_en, habit.category)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        found = super().get_changelist_instance(request)
        counted = template_people.counted()
        for row in found.result_list:
            row.people = None if counted is None else counted.get(row.pk, 0)
        return found

    @admin.display(description=gettext_lazy("쓰는 사람"), empty_value="–")
    def people(self, habit: Any) -> str | None:
        """How many people do it; counted each night."""
        return None if habit.people is None else small_cells.people_text(habit.people)

    @admin.action(description=gettext_lazy("추천하기"))
    def feature(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, "feature", queryset, is_featured=True)

    @admin.action(description=gettext_lazy("추천 그만하기"))
    def unfeature(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, "unfeature", queryset, is_featured=False)


@admin.register(UserHabit)
class UserHabitAdmin(Records, StaffAdmin):
    """What people do, with their streaks; no name and no note of theirs."""

    list_display = [
        "of_catalogue",
        "user",
        "status",
        "current_streak",
        "best_streak",
        "total_completions",
        "started_at",
    ]
    list_filter = ["status", "started_at"]
    list_select_related = ["user", "habit"]
    ordering = ["-started_at"]
    fields = [
        "person", "of_catalogue", "status", "target_frequency", "target_count", "direction", "part_of_day", "started_on",
        "started_at", "paused_at", "completed_at", "current_streak", "best_streak", "total_completions", "streak_through",
        "next_rollover_at", "next_reminder_at", "is_kept", "is_read_only", "created_at", "updated_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserHabit]:
        return super().get_queryset(request).defer("habit__own_name", "habit__own_description")

    @admin.display(description=pgettext_lazy("one", "습관"))
    def of_catalogue(self, one: UserHabit) -> str:
        return _catalogue_name(one.habit)


def _catalogue_name(habit: Habit) -> str:
    """The name of a template; people's own habits are not named."""
    return _("직접 만든 습관") if habit.owner_id else habit.text("name")


@admin.register(HabitLog)
class HabitLogAdmin(Records, StaffAdmin):
    """Check-ins: when and how much, without mood, energy, notes, photos, place and weather."""

    owner = "user_habit__user"
    list_display = [
        "of_catalogue",
        "person",
        "completed_at",
        "local_date",
        "completed_count",
        "target_count",
        "created_at",
    ]
    list_filter = ["completed_at", "created_at"]
    list_select_related = ["user_habit__user", "user_habit__habit"]
    ordering = ["-completed_at"]
    fields = [
        "person", "of_catalogue", "completed_at", "local_date", "local_hour", "completed_count", "target_count",
        "streak_count", "created_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[HabitLog]:
        return super().get_queryset(request).defer("user_habit__habit__own_name", "user_habit__habit__own_description")

    @admin.display(description=pgettext_lazy("one", "습관"))
    def of_catalogue(self, log: HabitLog) -> str:
        return _catalogue_name(log.user_habit.habit)


@admin.register(HabitImport)
class HabitImportAdmin(Records, StaffAdmin):
    """Files from other apps: how far each is and what came of it, without what is in them."""

    nothing_said = gettext_lazy("다른 앱의 파일을 가져오면 어디까지 되었는지 여기에 나와요.")
    list_display = ["app", "user", "state", "refusal", "attempts", "created_at", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["user"]
    ordering = ["-expires_at"]
    fields = ["person", "state", "app", "refusal", "attempts", "created_at", "finished_at", "expires_at"]

    @admin.display(description=gettext_lazy("어느 앱"))
    def app(self, row: HabitImport) -> str | None:
        """What people call the app that the file is from."""
        return str(BY_KEY[row.source].label) if row.source in BY_KEY else row.source

    @admin.display(description=gettext_lazy("까닭"))
    def refusal(self, row: HabitImport) -> str | None:
        """Why the file cannot be taken over, as its person reads it."""
        told = {reason.value: text for reason, text in REFUSALS.items()}
        return str(told.get(row.reason, row.reason)) if row.reason else None


@work_queue.waiting("habits.view_habitimport")
def failed_imports(now: dt.datetime) -> work_queue.Waiting | None:
    """Files of people that we could not import though they were right.

    Each person sees it and may try again.
    """
    failed = HabitImport.objects.filter(state=HabitImport.State.FAILED, expires_at__gt=now).order_by("created_at")
    since = [*failed.values_list("created_at", flat=True)[:1000]]
    if not since:
        return None
    title = ngettext("실패한 가져오기 %(n)s건", "실패한 가져오기 %(n)s건", len(since)) % {"n": len(since)}
    url = reverse("admin:habits_habitimport_changelist") + "?state__exact=failed"
    return work_queue.Waiting(title, url, since=since[0], icon="file-x", is_failure=True)
