"""The staff's dashboard in the admin. It reads no row of a person."""

import csv
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.forms import SpanForm
from analytics.models import MetricValue
from analytics.pages import dashboard
from core import spreadsheets
from core.admin_base import ReadOnly, StaffAdmin


@admin.register(MetricValue)
class MetricValueAdmin(ReadOnly, StaffAdmin):
    """The list of this table is the dashboard."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("<slug:key>.csv", view(self.download), name="analytics_csv"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._must_view(request)
        context = dashboard.page(now=timezone.now(), weeks=SpanForm(request.GET).chosen())
        context |= {**self.admin_site.each_context(request), "title": _("숫자판"), "opts": self.opts}
        return TemplateResponse(request, "admin/analytics/dashboard.html", context)

    def download(self, request: HttpRequest, key: str) -> HttpResponse:
        self._must_view(request)
        try:
            rows = dashboard.csv_rows(key, now=timezone.now(), weeks=SpanForm(request.GET).chosen())
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
