"""The staff pages: Django's admin site in our own form.

With our home, one search for everything, and the colleague's own clock.
"""

import functools
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from core.form_fields import TextField
from wellness.pages import staff_home

# Rows of each table among the results.
FOUND_AT_MOST = 8


class SearchForm(forms.Form):
    words = TextField(label=gettext_lazy("전체 검색"), max_length=254)


class StaffSite(admin.AdminSite):
    empty_value_display = "—"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        home = staff_home.page(request.user, now=timezone.now())  # type: ignore[arg-type] # staff are people
        return super().index(request, {**home, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("find/", self.admin_view(require_POST(self.find)), name="find"), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Times are shown and typed in the colleague's own zone."""
        guarded = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            zone = ZoneInfo(request.user.timezone) if request.user.is_authenticated else None
            with timezone.override(zone):
                response = guarded(request, *args, **kwargs)
                # A template would otherwise be filled in after the zone has been left.
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return in_zone

    def find(self, request: HttpRequest) -> HttpResponse:
        """Finds rows with these words in every table that the colleague may search.

        A whole address finds its person. By POST, so that no address is in a URL, a history or a log.
        """
        form = SearchForm(request.POST)
        words = form.cleaned_data["words"] if form.is_valid() else ""
        if "@" in words:
            return self._registry[User].go_to_person(request, words)  # type: ignore[attr-defined] # accounts.admin.UserAdmin
        found = [
            group for group in (self._found(request, one, words) for one in self._registry.values()) if group["rows"]
        ]
        context = {**self.each_context(request), "title": _("찾은 것"), "words": words, "found": found if words else []}
        return TemplateResponse(request, "admin/found.html", context)

    @staticmethod
    def _found(request: HttpRequest, its_admin: admin.ModelAdmin, words: str) -> dict[str, Any]:
        rows: list[dict[str, str]] = []
        if words and its_admin.get_search_fields(request) and its_admin.has_view_permission(request):
            results, _several = its_admin.get_search_results(request, its_admin.get_queryset(request), words)
            change = f"admin:{its_admin.opts.app_label}_{its_admin.opts.model_name}_change"
            rows = [
                {"name": display_for_value(row, "—"), "url": reverse(change, args=[row.pk])}
                for row in results[:FOUND_AT_MOST]
            ]
        return {"name": its_admin.opts.verbose_name_plural, "rows": rows}
