"""Admin of tables whose rows have drafts, a time to go live, and a history to return to."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Count, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import text_storage
from core.admin_base import ShortPaginator, StaffAdmin
from core.form_fields import MomentField, TextField
from core.staff import (
    catalogue_files,
    colleagues,
    history,
    log_entries,
    permissions,
    reasons,
    references,
    revisions,
    row_trail,
)
from core.staff.models import Revision
from core.staff.stale_forms import RefusedForm
from core.text_format import facts

_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class CatalogueFileForm(forms.Form):
    """A file, or the text of one that was previewed."""

    file = forms.FileField(
        label=gettext_lazy("파일 (CSV나 JSON)"), required=False, widget=forms.FileInput(attrs={"required": True})
    )
    content = TextField(required=False, strip=False, widget=forms.HiddenInput)
    kind = TextField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (file := values.get("file")) is not None:
            values["kind"] = file.name.rpartition(".")[2].lower()
            if file.size > catalogue_files.MOST_BYTES:
                raise forms.ValidationError(_("1MB까지 가져올 수 있어요."))
            try:
                values["content"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError(_("UTF-8로 저장한 파일이 아니에요.")) from error
        if values.get("kind") not in catalogue_files.FORMATS or not values.get("content"):
            raise forms.ValidationError(_("CSV나 JSON 파일을 골라 주세요."))
        # As the field gives it back: a browser sends the lines of a field with CRLF.
        values["content"] = text_storage.normalize(values["content"])
        return values


class StateFilter(admin.SimpleListFilter):
    """On air, not on air, with a planned revision: each with its number, from one query."""

    title = gettext_lazy("상태")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by().annotate(**_planned(model_admin.model))
        counted = rows[: ShortPaginator.MOST].aggregate(
            **{name: Count("pk", filter=which) for name, which in _STATES.items()}
        )
        named = model_admin.state_names
        return [(name, f"{capfirst(named[name])} {counted[name]:,}") for name in _STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        which = _STATES.get(self.value() or "")
        return queryset if which is None else queryset.annotate(**_planned(queryset.model)).filter(which)


_STATES = {
    "on": Q(is_active=True),
    "off": Q(is_active=False),
    "scheduled": Q(is_scheduled=True),
    "draft": Q(is_draft=True),
}


def _planned(model: type[Model]) -> dict[str, Exists]:
    """Whether a row has a scheduled revision, and whether it has a draft."""
    of_row = Revision.objects.filter(table=model._meta.db_table, key=Cast(OuterRef("pk"), CharField()))
    return {f"is_{state}": Exists(of_row.filter(state=state)) for state in ("scheduled", "draft")}


class TimelessForm(RefusedForm):
    """For a draft whose time to go live cannot be read."""

    refusal = gettext_lazy("나갈 때를 날짜와 시각으로 적어 주세요.")


class RevisedAdmin(StaffAdmin):
    """Keeps a revision at each save; `_draft` keeps one without saving."""

    object_history_template = "admin/revisions.html"
    counted_actions = ["retire"]
    state_names: ClassVar[dict[str, Any]] = {
        "on": gettext_lazy("공개 중"),
        "off": gettext_lazy("숨김"),
        "scheduled": gettext_lazy("예약"),
        "draft": gettext_lazy("초안"),
    }
    actions = ["chosen_export"]
    reading_actions = ["chosen_export"]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        bring_back = self.admin_site.admin_view(require_POST(self.bring_back))
        view = self.admin_site.admin_view
        return [
            path("revision/<uuid:pk>/", bring_back, name=f"{name}_revision"),
            path("export/<str:kind>/", view(require_safe(self.export)), name=f"{name}_export"),
            path("import/", view(require_http_methods(["GET", "POST"])(self.read_file)), name=f"{name}_import"),
            *super().get_urls(),
        ]

    @property
    def watched(self) -> revisions.Watched:
        return revisions.WATCHED[self.opts.db_table]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        table = f"{self.opts.app_label}_{self.opts.model_name}"
        files = {
            name: f"admin:{table}_{name}"
            for name in ("import", "export")
            if permissions.may(request.user, f"{table}_{name}")
        }
        return super().changelist_view(request, {**(extra_context or {}), "files": files})

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Reads what is planned with the rows of a page, all at once."""
        found = super().get_changelist_instance(request)
        rows: list[Any] = [*found.result_list]
        planned = Revision.objects.filter(table=self.opts.db_table, key__in=[str(row.pk) for row in rows])
        by_row: dict[str, list[Revision]] = {}
        for one in planned.filter(state__in=["draft", "scheduled"]).order_by("goes_live_at", "number"):
            by_row.setdefault(one.key, []).append(one)
        for row in rows:
            row.planned = by_row.get(str(row.pk), [])
        found.result_list = rows
        return found

    @admin.display(description=gettext_lazy("상태"))
    def shown_state(self, row: Any) -> str:
        """Whether the row is on air, and what is planned with it: "공개 중 · 예약 6월 1일 10:00"."""
        said = [capfirst(self.state_names["on" if row.is_active else "off"])]
        for one in getattr(row, "planned", []):
            at = date_format(timezone.localtime(one.goes_live_at), "SHORT_DATETIME_FORMAT") if one.goes_live_at else ""
            said.append(f"{self.state_names[one.state]} {at}".strip())
        # A row may have many drafts; one is enough to know it.
        return facts(dict.fromkeys(said))

    def row_note(self, row: Any) -> str:
        return f"{super().row_note(row)} · {self.state_names['on' if row.is_active else 'off']}"

    def say_done(self, request: HttpRequest, act: str, rows: Sequence[Model]) -> None:
        """Says how many rows an act of the list changed, and leaves it among what the colleague did."""
        name, me = f"{self.opts.app_label}_{self.opts.model_name}:{act}", colleagues.signed_in(request)
        message = log_entries.with_reason(log_entries.of_act(name), reasons.posted(request))
        LogEntry.objects.log_actions(me, rows, CHANGE, message)
        self.message_user(request, ngettext("%(n)s개를 바꿨어요.", "%(n)s개를 바꿨어요.", len(rows)) % {"n": len(rows)})

    @admin.action(description=gettext_lazy("고른 줄을 CSV로"))
    def chosen_export(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """The chosen rows as a file."""
        return self._file(queryset.order_by("pk"), "csv")

    def export(self, request: HttpRequest, kind: str) -> HttpResponse:
        """All rows as a file."""
        if kind not in catalogue_files.FORMATS:
            raise Http404
        return self._file(self.watched.rows().order_by("pk"), kind)

    def _file(self, rows: QuerySet, kind: str) -> HttpResponse:
        text = catalogue_files.write(self.watched, rows, kind)
        about = {"Content-Disposition": f'attachment; filename="{self.opts.db_table}.{kind}"'}
        return HttpResponse(text, content_type=_TYPES[kind], headers=about)

    def read_file(self, request: HttpRequest) -> HttpResponse:
        """Previews a posted file, or applies the one that was previewed."""
        form = CatalogueFileForm(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {"form": form}
        if request.method == "POST" and form.is_valid():
            text, kind = form.cleaned_data["content"], form.cleaned_data["kind"]
            digest = request.POST.get("digest", "")
            if digest and self._apply(request, text.encode(), kind, digest):
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            context |= {
                "found": catalogue_files.preview(self.watched, text.encode(), kind),
                "content": text,
                "kind": kind,
            }
        context |= {**self.admin_site.each_context(request), "title": _("파일에서 가져오기"), "opts": self.opts}
        context["asks_why"] = permissions.ACTS[f"{self.opts.app_label}_{self.opts.model_name}_import"].is_dangerous
        return TemplateResponse(request, "admin/import.html", context)

    def _apply(self, request: HttpRequest, data: bytes, kind: str, digest: str) -> bool:
        why = reasons.posted(request)
        try:
            done = catalogue_files.apply(
                self.watched, data, kind, digest=digest, by=colleagues.signed_in(request), why=why, at=timezone.now()
            )
        except catalogue_files.NotAsPreviewed:
            self.message_user(request, _("살펴본 뒤에 바뀌었어요. 다시 살펴봐 주세요."), messages.WARNING)
            return False
        except forms.ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return False
        self.message_user(request, ngettext("%(n)s줄을 바꿨어요.", "%(n)s줄을 바꿨어요.", done) % {"n": done})
        return True

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        context["can_draft"] = row is not None
        context["used"] = references.counts(type(row)._default_manager.filter(pk=row.pk)) if row is not None else []
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        form = super().get_form(request, obj, change, **kwargs)
        if "_draft" not in request.POST or _is_time(request):
            return form
        return type(form.__name__, (TimelessForm, form), {})

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        if change and "_draft" in request.POST:
            return
        now = timezone.now()
        if change:
            # What is about to be replaced, where nobody has kept it yet.
            revisions.keep(type(obj)._default_manager.get(pk=obj.pk), by=None, why="", at=now)
        super().save_model(request, obj, form, change)
        revisions.keep(obj, by=colleagues.signed_in(request), why=reasons.posted(request), at=now)

    def _show_history(self, key: Any) -> HttpResponse:
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", quote(key))

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return None if "_draft" in request.POST else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if "_draft" not in request.POST:
            return super().response_change(request, obj)
        goes_live_at = _time(request)
        why = reasons.posted(request)
        revisions.draft(obj, goes_live_at=goes_live_at, by=colleagues.signed_in(request), why=why)
        said = _("예약했어요. 그때가 되면 나가요.") if goes_live_at else _("초안으로 두었어요. 아직 나가지 않아요.")
        self.message_user(request, said)
        return self._show_history(obj.pk)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("판의 기록"),
            "subtitle": str(row),
            "opts": self.opts,
            "object": row,
            "entries": _entries(row),
            "asks_why": permissions.ACTS[f"{self.opts.app_label}_{self.opts.model_name}_revision"].is_dangerous,
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
        why = reasons.posted(request)
        try:
            revisions.bring_back(revision, by=colleagues.signed_in(request), why=why, at=timezone.now())
            if revision.state != Revision.State.KEPT:
                # The same content is kept as the one that is on air.
                revision.delete()
            self.message_user(request, _("이 판이 이제 나가요."))
        except revisions.Unfit as error:
            self.message_user(request, _("지금은 이 판으로 바꿀 수 없어요: %(why)s") % {"why": error}, messages.ERROR)
        return self._show_history(row.pk)


class ShownAdmin(RevisedAdmin):
    """Shows or stops showing all chosen rows at once, which people see while they are active."""

    actions = ["show", "retire", "chosen_export"]

    @admin.action(description=pgettext_lazy("act", "보이기"))
    def show(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, "show", queryset, is_active=True)

    @admin.action(description=gettext_lazy("그만 보이기"))
    def retire(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.set_all(request, "retire", queryset, is_active=False)

    def set_all(self, request: HttpRequest, act: str, queryset: QuerySet, **columns: bool) -> None:
        """Sets these columns in the chosen rows, and says so in the history of each."""
        [(column, value)] = columns.items()
        rows = [*queryset.exclude(**columns)]
        now, why = timezone.now(), reasons.posted(request)
        me: Any = request.user.pk
        for row in rows:
            revisions.keep(row, by=None, why="", at=now)
        queryset.update(**columns)
        for row in rows:
            setattr(row, column, value)
            revisions.keep(row, by=me, why=why, at=now)
            self.watched.after(row, [column])
        self.say_done(request, act, rows)


def _time(request: HttpRequest) -> dt.datetime | None:
    """The posted time to go live, in the colleague's zone. Raises ValidationError."""
    return MomentField(required=False).clean(request.POST.get("goes_live_at", ""))


def _is_time(request: HttpRequest) -> bool:
    try:
        _time(request)
    except forms.ValidationError:
        return False
    return True


def _entries(row: Model) -> list[dict[str, Any]]:
    """The revisions and the changes beside them, newest first."""
    beside = row_trail.beside_revisions(row)
    named = colleagues.names(one.who for one in beside)
    changes = [{"at": one.at, "author": named[one.who], "said": one.said, "why": one.why} for one in beside]
    return sorted([*_of_revisions(row), *changes], key=lambda entry: entry["at"], reverse=True)


def _of_revisions(row: Model) -> list[dict[str, Any]]:
    """Each revision with what it changed against the one on air before it."""
    found = revisions.history(row)
    named = colleagues.names(one.author_id for one in found)
    now = revisions.content_of(row)
    before: dict[str, Any] | None = None
    entries = []
    for one in reversed(found):
        said = history.sentences(type(row), before, one.content)
        shown = {"author": named[one.author_id], "said": said, "why": one.why, "at": one.created_at}
        entries.append(shown | {"revision": one, "is_now": one.content == now})
        before = one.content if one.state == Revision.State.KEPT else before
    return entries
