"""Admin of the coach's templates. A version in use is never changed; staff add a new one."""

from django.contrib import admin
from django.http import HttpRequest

from coaching.models import AIPromptTemplate
from core.admin_base import StaffAdmin


@admin.register(AIPromptTemplate)
class AIPromptTemplateAdmin(StaffAdmin):
    list_display = ["name", "version", "message_type", "tone", "is_active", "usage_count"]
    list_filter = ["message_type", "tone", "is_active"]
    search_fields = ["name"]
    readonly_fields = ["usage_count"]

    def get_readonly_fields(self, request: HttpRequest, obj: AIPromptTemplate | None = None) -> list[str]:
        used = obj is not None and obj.usage_count > 0
        return [*self.readonly_fields, *(["name", "version", "template", "rule_template"] if used else [])]
