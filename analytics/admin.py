"""The staff's dashboard, the daily numbers and the events of people."""

import csv
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from analytics.forms import SpanForm
from analytics.models import AppEvent, MetricValue, UserAnalytics
from analytics.pages import dashboard, screen_names
from core import events, spreadsheets
from core.admin_base import ReadOnly, Records, StaffAdmin
from core.db import replica


@admin.register(MetricValue)
class MetricValueAdmin(ReadOnly, StaffAdmin):
    """The list of this table is the dashboard."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("<slug:key>.csv", view(require_safe(self.download)), name="analytics_csv"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._must_view(request)
        weeks = SpanForm(request.GET).chosen()
        context = replica.read(lambda: dashboard.page(now=timezone.now(), weeks=weeks), any_age=True)
        context |= {**self.admin_site.each_context(request), "title": _("숫자판"), "opts": self.opts}
        return TemplateResponse(request, "admin/analytics/dashboard.html", context)

    def download(self, request: HttpRequest, key: str) -> HttpResponse:
        self._must_view(request)
        weeks = SpanForm(request.GET).chosen()
        try:
            rows = replica.read(lambda: dashboard.csv_rows(key, now=timezone.now(), weeks=weeks), any_age=True)
        except KeyError:
            raise Http404(key) from None
        response = HttpResponse(
            "\ufeff",
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{key}.csv"'},
        )
        csv.writer(response).writerows([spreadsheets.safe_cell(text) for text in row] for row in rows)
        return response

    def _must_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


@admin.register(UserAnalytics)
class UserAnalyticsAdmin(Records, StaffAdmin):
    """The numbers of each person and day, without mood and energy."""

    list_display = [
        "date",
        "user",
        "total_habits",
        "completed_habits",
        "completion",
        "active_streaks",
        "app_opens",
    ]
    list_filter = ["date"]
    # The index is by person: the days of everybody have only a coarse one.
    ordering = ["user_id", "-date"]
    fields = [
        "person", "date", "total_habits", "completed_habits", "completion", "active_streaks", "longest_streak",
        "app_opens", "session_duration_minutes", "ai_messages_received", "created_at",
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("완료율"))
    def completion(self, day: UserAnalytics) -> str:
        return f"{day.completion_rate:.0%}"


EVENTS = {
    "app_open": gettext_lazy("앱을 열었어요"),
    "screen_view": gettext_lazy("화면을 보았어요"),
    "habit_check": gettext_lazy("체크했어요"),
    "habit_undo": gettext_lazy("체크를 되돌렸어요"),
    "habit_add": gettext_lazy("습관을 더했어요"),
    "habit_import": gettext_lazy("기록을 가져왔어요"),
    "ai_message_read": gettext_lazy("코치 메시지를 읽었어요"),
    "achievement": gettext_lazy("배지를 받았어요"),
}


class EventTypeFilter(admin.SimpleListFilter):
    """The declared types: asking the events for them would read all of them."""

    title = gettext_lazy("종류")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, str(EVENTS[name])) for name in events.TYPES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(event_type=self.value()) if self.value() else queryset


@admin.register(AppEvent)
class AppEventAdmin(Records, StaffAdmin):
    """What happened in the app, without the data of the event and where it came from."""

    list_display = ["what", "user", "screen", "occurred_at"]
    list_filter = [EventTypeFilter, "occurred_at"]
    ordering = ["-occurred_at"]
    fields = ["person", "what", "screen", "occurred_at", "created_at"]

    @admin.display(description=gettext_lazy("종류"))
    def what(self, event: AppEvent) -> str:
        return str(EVENTS.get(event.event_type, event.event_type))

    @admin.display(description=gettext_lazy("화면"), empty_value="—")
    def screen(self, event: AppEvent) -> str:
        """Its name, and small beside it the name in the code."""
        code = event.screen_name or ""
        named = screen_names.name(code)
        return named if named == code else format_html('{} <code class="small quiet">{}</code>', named, code)
