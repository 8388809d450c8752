"""Admin of tables whose rows have drafts, a time to go live, and a history to return to."""

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.admin_base import StaffAdmin
from core.staff import acts, colleagues, history, revisions
from core.staff.models import Revision


class RevisedAdmin(StaffAdmin):
    """Keeps a revision at each save; `_draft` keeps one without saving."""

    object_history_template = "admin/revisions.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        bring_back = self.admin_site.admin_view(require_POST(self.bring_back))
        return [path("revision/<uuid:pk>/", bring_back, name=f"{name}_revision"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["can_draft"] = context.get("original") is not None
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        if change and "_draft" in request.POST:
            return
        now = timezone.now()
        if change:
            # What is about to be replaced, where nobody has kept it yet.
            revisions.keep(type(obj)._default_manager.get(pk=obj.pk), by=None, why="", at=now)
        super().save_model(request, obj, form, change)
        revisions.keep(obj, by=request.user.pk, why=request.POST.get("why", ""), at=now)  # type: ignore[arg-type] # staff are people

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return None if "_draft" in request.POST else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if "_draft" not in request.POST:
            return super().response_change(request, obj)
        try:
            goes_live_at = _time(request)
        except forms.ValidationError:
            self.message_user(request, _("나갈 때를 날짜와 시각으로 적어 주세요."), messages.ERROR)
            return redirect(request.path)
        why = request.POST.get("why", "")
        revisions.draft(obj, goes_live_at=goes_live_at, by=request.user.pk, why=why)  # type: ignore[arg-type] # staff are people
        said = _("예약했어요. 그때가 되면 나가요.") if goes_live_at else _("초안으로 두었어요. 아직 나가지 않아요.")
        self.message_user(request, said)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", obj.pk)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("판의 기록"),
            "subtitle": str(row),
            "opts": self.opts,
            "object": row,
            "entries": _entries(row),
            "asks_why": acts.ACTS[f"{self.opts.app_label}_{self.opts.model_name}_revision"].is_dangerous,
            "may_change": self.has_change_permission(request, row),
            "revert": f"admin:{self.opts.app_label}_{self.opts.model_name}_revision",
        }
        return TemplateResponse(request, self.object_history_template, context)

    def bring_back(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Puts a kept, drafted or scheduled revision on air."""
        revision = get_object_or_404(Revision, pk=pk, table=self.opts.db_table)
        row = self.get_object(request, revision.key)
        if row is None or not self.has_change_permission(request, row):
            raise PermissionDenied
        why = request.POST.get("why", "")
        try:
            revisions.bring_back(revision, by=request.user.pk, why=why, at=timezone.now())  # type: ignore[arg-type] # staff are people
            self.message_user(request, _("이 판이 이제 나가요."))
        except revisions.Unfit as error:
            self.message_user(request, _("지금은 이 판으로 바꿀 수 없어요: %(why)s") % {"why": error}, messages.ERROR)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", row.pk)


def _time(request: HttpRequest) -> dt.datetime | None:
    """The posted time to go live, in the colleague's zone. Raises ValidationError."""
    return forms.DateTimeField(required=False).clean(request.POST.get("goes_live_at", ""))


def _entries(row: Model) -> list[dict[str, Any]]:
    """The revisions, newest first, each with what it changed against the one on air before it."""
    found = revisions.history(row)
    named = colleagues.names(one.author_id for one in found)
    now = revisions.content_of(row)
    before: dict[str, Any] | None = None
    entries = []
    for one in reversed(found):
        said = history.sentences(type(row), before, one.content)
        entries.append({"revision": one, "author": named[one.author_id], "said": said, "is_now": one.content == now})
        before = one.content if one.state == Revision.State.KEPT else before
    return entries[::-1]
