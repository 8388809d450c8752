"""Admin of the catalogue: categories and habit templates, without people's own habits."""

from typing import Any

from django.contrib import admin
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import Field, Model, QuerySet
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin_base import StaffAdmin
from habits import catalogue_cache
from habits.models import Habit, HabitCategory


class CatalogueAdmin(StaffAdmin):
    """Lets the catalogue be read again after a change."""

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
class HabitAdmin(CatalogueAdmin):
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
