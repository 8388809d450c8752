"""Admin of achievements: a form for each kind, a preview of who earns it, retirement."""

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin_base import Records, StaffAdmin
from core.revised_admin import RevisedAdmin, StateFilter
from core.staff import history, reasons, references, revisions
from core.staff_widgets import DESIGNED_COLORS
from core.templatetags import ui
from gamification import achievements, backfills, badge_icons, criteria, reachability, records
from gamification.criteria_forms import AS_JSON, BADGE_RED, UNREACHABLE, AchievementForm, form_for, kind_labels
from gamification.models import Achievement, UserAchievement
from gamification.pages import criterion_text, staff_achievement


def _after_going_live(achievement: Achievement, changed: list[str]) -> None:
    """Starts a back-fill for a new or changed rule; an achievement that is active again is not retired."""
    if achievement.is_active and achievement.retired_at is not None:
        achievement.retired_at = None
        achievement.save(update_fields=["retired_at"])
    transaction.on_commit(achievements.forget_catalogue)
    if achievement.is_active and {"criteria", "is_active"} & {*changed}:
        backfills.start(achievement)


# Criteria and counters name a category so.
references.also_called("habits.habitcategory", "name_en")


@references.inside("habits.habitcategory", _("배지의 조건"))
def criteria_about_categories(rows: Any) -> int:
    """Achievements whose rule names one of these categories, at any depth."""
    names = [*rows.values_list("name_en", flat=True)]
    path = "$.**.category ? (@ == $names[*])"
    holds = "jsonb_path_exists(criteria, %s::jsonpath, jsonb_build_object('names', %s::jsonb))"
    return Achievement.objects.extra(where=[holds], params=[path, json.dumps(names)]).count()  # noqa: S610 - constants of ours


def _check_criteria(achievement: Achievement) -> None:
    """Called where the form is not: by imports and for revisions. Raises ValidationError."""
    try:
        records.earnable(achievement.criteria)
    except criteria.CriteriaError as error:
        raise ValidationError({"criteria": str(error)}) from error
    except reachability.Unreachable as error:
        raise ValidationError({"criteria": UNREACHABLE % {"reason": error}}) from error


def _tell_criteria(value: Any, _content: Any = None) -> str:
    try:
        return criterion_text.sentence(criteria.parse(value), records.source().vocabulary())
    except criteria.CriteriaError:
        return str(_("읽을 수 없는 조건"))


history.tell("gamification.achievement", "criteria", _tell_criteria)
history.tell_choices("gamification.achievement", "icon", badge_icons.CHOICES, _("다른 그림"))
history.tell_choices(
    "gamification.achievement", "color", [(BADGE_RED, _("배지의 빨강")), *DESIGNED_COLORS], _("다른 색")
)
history.name_parts("gamification.achievement", "translations", {"hint": _("힌트")})
revisions.watch(Achievement, after=_after_going_live, without=["sort_order"], check=_check_criteria)


@admin.register(Achievement)
class AchievementAdmin(RevisedAdmin):
    form = AchievementForm
    change_form_template = "admin/gamification/achievement_form.html"
    list_display = ["drawn_seal", "name", "rarity", "points", "shown_state", "goes_live_at", "sort_order"]
    list_display_links = ["name"]
    ordering = ["sort_order", "id"]
    list_filter = [StateFilter, "rarity"]
    search_fields = ["id", "name"]
    actions = ["retire", "chosen_export"]

    @admin.display(description=_("그림"))
    def drawn_seal(self, badge: Achievement) -> SafeString:
        return ui.badge(text=badge.letters, rarity=badge.rarity, icon=badge.icon or "", color=badge.color)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:  # noqa: FBT001, FBT002
        kind = self._kind(request, obj)
        kwargs["form"] = form_for(kind)
        form: Any = super().get_form(request, obj, change, **kwargs)
        if "c_json" in form.base_fields:
            form.base_fields["c_json"].tell = _tell_criteria
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = self._kind(request, obj)
        as_json = [] if kind in AS_JSON else [(_("JSON으로 보기"), {"fields": ["c_json"], "classes": ["collapse"]})]
        return [
            (_("보이는 것"), {"fields": self._seen(obj)}),
            (_("언제 주나요"), {"fields": form_for(kind).criterion_names()}),
            *as_json,
            (_("언제부터"), {"fields": ["is_active", "goes_live_at", "points", "sort_order"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["id"] if obj else []

    @staticmethod
    def _seen(obj: Achievement | None) -> list[Any]:
        """Both languages side by side."""
        languages = [("name", "name_en"), ("description", "description_en"), ("hint", "hint_en")]
        return ["id", *languages, ("seal", "icon"), ("color", "rarity")]

    @staticmethod
    def _kind(request: HttpRequest, obj: Achievement | None) -> str:
        """The kind of the form: a chosen one, the one that was sent, or that of the row."""
        asked = request.POST.get("_kind") or request.POST.get("kind") or request.GET.get("kind") or ""
        stored = obj.criteria.get("kind", "") if obj and isinstance(obj.criteria, dict) else ""
        labels = kind_labels()
        return next((kind for kind in (asked, stored) if kind in labels), "total")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {name: value for name, value in super().get_changeform_initial_data(request).items() if name != "kind"}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj: Achievement | None = context.get("original")
        form = context["adminform"].form
        if getattr(form, "preview", None) and {*form.errors} == {NON_FIELD_ERRORS}:
            context["errors"] = []  # only that nothing was saved, which the count says
        context |= staff_achievement.context(form, obj, kind=self._kind(request, obj), kinds=kind_labels())
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Achievement, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        if "_draft" in request.POST:
            return  # nothing is saved yet
        obj.retired_at = None if obj.is_active else obj.retired_at
        super().save_model(request, obj, form, change)
        transaction.on_commit(achievements.forget_catalogue)
        if obj.is_active and (
            not change or "is_active" in form.changed_data or getattr(form, "criterion_changed", False)
        ):
            backfills.start(obj)

    @admin.action(description=_("이제 주지 않기 (받은 배지는 남아요)"))
    def retire(self, request: HttpRequest, queryset: Any) -> None:
        now, why = timezone.now(), reasons.posted(request)
        rows = [*queryset.filter(is_active=True)]
        for achievement in rows:
            revisions.keep(achievement, by=None, why="", at=now)
            achievement.is_active, achievement.retired_at = False, now
            achievement.save(update_fields=["is_active", "retired_at"])
            revisions.keep(achievement, by=request.user.pk, why=why, at=now)
        transaction.on_commit(achievements.forget_catalogue)
        self.say_done(request, "retire", rows)


@admin.register(UserAchievement)
class UserAchievementAdmin(Records, StaffAdmin):
    """Who has which achievement since when."""

    list_display = ["achievement", "user", "points_earned", "earned_at"]
    list_filter = ["earned_at"]
    ordering = ["-earned_at"]
    fields = ["person", "achievement", "points_earned", "earned_at"]
