"""Admin of achievements: staff edit texts, points and criteria."""

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest

from core.admin_base import StaffAdmin
from gamification import achievements
from gamification.models import Achievement


@admin.register(Achievement)
class AchievementAdmin(StaffAdmin):
    list_display = ["id", "name", "rarity", "points", "is_active", "sort_order"]
    list_filter = ["rarity", "is_active"]
    list_editable = ["is_active", "sort_order"]
    search_fields = ["id", "name"]

    def save_model(self, request: HttpRequest, obj: Achievement, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        transaction.on_commit(achievements.forget_catalogue)
