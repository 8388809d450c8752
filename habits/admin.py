"""Admin of the catalogue: categories and habit templates, without people's own habits."""

from typing import Any

from django.contrib import admin
from django.core.validators import RegexValidator
from django.db.models import Field, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin_base import StaffAdmin
from habits.models import Habit, HabitCategory


@admin.register(HabitCategory)
class HabitCategoryAdmin(StaffAdmin):
    list_display = ["name", "name_en", "icon", "color", "sort_order", "is_active"]
    list_editable = ["sort_order", "is_active"]
    search_fields = ["name", "name_en"]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> FormField | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "color":
            # What colours the pages must be readable: anything else would be ignored without a word.
            field.validators.append(RegexValidator(r"^#[0-9A-Fa-f]{6}$", _("#E53E3E처럼 여섯 자리로 적어 주세요.")))
        return field


@admin.register(Habit)
class HabitAdmin(StaffAdmin):
    list_display = [
        "name",
        "category",
        "difficulty_level",
        "default_frequency",
        "is_featured",
        "is_active",
        "sort_order",
    ]
    list_filter = ["category", "difficulty_level", "is_featured", "is_active"]
    list_editable = ["is_featured", "is_active", "sort_order"]
    list_select_related = ["category"]
    search_fields = ["name", "description"]
    exclude = ["owner"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Habit]:
        # Habits that people made for themselves are private.
        return super().get_queryset(request).filter(owner=None)
