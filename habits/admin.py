"""Admin of the catalogue: categories and habit templates, without people's own habits."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin_base import StaffAdmin
from habits.models import Habit, HabitCategory


@admin.register(HabitCategory)
class HabitCategoryAdmin(StaffAdmin):
    list_display = ["name", "name_en", "icon", "color", "sort_order", "is_active"]
    list_editable = ["sort_order", "is_active"]
    search_fields = ["name", "name_en"]


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
