"""Admin of monthly challenges. It shows how many take part, and nobody of them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from circles.forms import ChallengeForm
from circles.models import Challenge
from circles.pages import challenge_list
from core import small_cells
from core.admin_base import StaffAdmin
from core.preview_panes import PreviewedAdmin, panes


@admin.register(Challenge)
class ChallengeAdmin(PreviewedAdmin, StaffAdmin):
    """A draft until it is published. What it counts is fixed once somebody has joined."""

    nothing_said = _("달마다 하나씩, 모두가 함께할 도전을 더해 주세요.")
    form = ChallengeForm
    change_form_template = "admin/previewed_form.html"
    preview_template = "admin/circles/preview.html"
    list_display = ["name", "month", "is_active", "goes_live_at", "people"]
    list_filter = ["is_active"]
    ordering = ["-month"]
    fieldsets = [
        (_("보이는 것"), {"fields": [("name", "name_en"), ("description", "description_en")]}),
        (_("무엇을 세나요"), {"fields": ["month", ("category", "habit")]}),
        (_("언제부터"), {"fields": ["is_active", "goes_live_at"]}),
    ]

    def previewed(self, row: Challenge) -> dict[str, Any]:
        return {"panes": [pane | {"challenge": challenge_list.described(row, pane["lang"])} for pane in panes()]}

    def row_note(self, row: Any) -> str:
        state = pgettext("state", "공개") if row.is_active else _("초안")
        return f"{super().row_note(row)} · {date_format(row.month, 'YEAR_MONTH_FORMAT')} · {state}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Challenge]:
        return super().get_queryset(request).annotate(people=Count("parts"))

    @admin.display(description=_("함께하는 사람"))
    def people(self, challenge: Any) -> str:
        return small_cells.people_text(challenge.people)

    def get_readonly_fields(self, request: HttpRequest, obj: Challenge | None = None) -> list[str]:
        return ["month", "category", "habit"] if obj and obj.parts.exists() else []

    def has_delete_permission(self, request: HttpRequest, obj: Challenge | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not obj.parts.exists())
