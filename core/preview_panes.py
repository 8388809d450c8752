"""Previews of what staff type, in both languages and both themes."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.staff.stale_forms import StaleForm


def panes() -> list[dict[str, Any]]:
    """A pane for each language and theme: its theme, its language and its title."""
    themes = [("light", _("밝은 화면")), ("dark", _("어두운 화면"))]
    languages = [("ko", "한국어"), ("en", "English")]
    return [
        {"theme": theme, "lang": code, "title": f"{language}, {title}"}
        for code, language in languages
        for theme, title in themes
    ]


class PreviewedAdmin(admin.ModelAdmin):
    """Mixin in front of an admin class: its form shows what it holds, and nothing is saved.

    `preview_template` draws it from what `previewed` answers; core/staff/permissions.py names the act `…_preview`.
    """

    preview_template: ClassVar[str]

    def previewed(self, row: Any) -> dict[str, Any]:
        """The context of the preview, from the row that the form describes."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.preview))
        return [path("preview/", view, name=f"{self._preview_name()}"), *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The preview of what the form holds, while it is being typed. Saves nothing."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = self.get_form(request)(request.POST)
        return render(request, self.preview_template, self._preview(form))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= self._preview(context["adminform"].form)
        context |= {"preview_url": reverse(f"admin:{self._preview_name()}"), "preview_template": self.preview_template}
        return super().render_change_form(request, context, *args, **kwargs)

    def _preview(self, form: ModelForm) -> dict[str, Any]:
        saved = not form.is_bound and not form.instance._state.adding
        # A form that somebody else was faster than is wrong in nothing else.
        is_late = isinstance(form, StaleForm) and {*form.errors} == {NON_FIELD_ERRORS}
        return self.previewed(form.instance) if saved or is_late or form.is_valid() else {}

    def _preview_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_preview"
