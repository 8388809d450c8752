"""Admin of changes for two people, the audit trail, and reviews of who looked at whom."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import DateTimeField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core import months, work_queue
from core.admin_base import ReadOnly, Records, StaffAdmin
from core.audit.models import AuditLog
from core.db.audit_context import AUDITED
from core.staff import access_reviews, act_names, change_requests, colleagues, history, labels, reasons
from core.staff.models import AccessReview, ChangeRequest
from core.text_format import facts

State = ChangeRequest.State


class NamesColleagues(admin.ModelAdmin):
    """An admin whose rows show the name of a person. The names of a list are read at once.

    `person_column` holds the person's id.
    """

    person_column: str

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        found = super().get_changelist_instance(request)
        rows: list[Any] = [*found.result_list]
        names = colleagues.names(getattr(row, self.person_column) for row in rows)
        for row in rows:
            row.person_name = names[getattr(row, self.person_column)]
        found.result_list = rows
        return found

    def name_of(self, row: Any) -> str:
        """The name that the list has read, or of a row that stands alone."""
        person = getattr(row, self.person_column)
        return getattr(row, "person_name", None) or colleagues.names([person])[person]


@admin.register(ChangeRequest)
class ChangeRequestAdmin(NamesColleagues, ReadOnly, StaffAdmin):
    """Changes that wait for a second person, and what became of them."""

    nothing_said = gettext_lazy("두 사람이 하는 일을 누가 올리면 여기서 다른 사람을 기다려요.")
    change_form_template = "admin/staff/changerequest/change_form.html"
    list_display = ["what", "author", "shown_state", "created_at", "expires_at"]
    list_filter = ["state"]
    ordering = ["-created_at"]
    person_column = "author_id"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        decided = ["approver", "decided_at"] if obj and obj.decided_at else []
        return ["author", "why", "shown_state", "created_at", "expires_at", *decided]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    @admin.display(description=gettext_lazy("무엇"))
    def what(self, change: ChangeRequest) -> str:
        return change_requests.kind_of(change).title(change)

    def row_name(self, row: ChangeRequest) -> str:
        return self.what(row)

    @admin.display(description=gettext_lazy("올린 사람"))
    def author(self, change: Any) -> str:
        return self.name_of(change)

    @admin.display(description=gettext_lazy("상태"))
    def shown_state(self, change: ChangeRequest) -> str:
        """Its state; one that nobody decided in time is not waiting any more."""
        is_late = change.state == State.WAITING and change.expires_at <= timezone.now()
        return str(State.EXPIRED.label if is_late else change.get_state_display())

    @admin.display(description=gettext_lazy("정한 사람"))
    def approver(self, change: ChangeRequest) -> str:
        return colleagues.names([change.approver_id])[change.approver_id] if change.approver_id else "—"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/approve/", view(require_POST(self.approve)), name="staff_changerequest_approve"),
            path("<uuid:pk>/refuse/", view(require_POST(self.refuse)), name="staff_changerequest_refuse"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        change: ChangeRequest = context["original"]
        kind = change_requests.kind_of(change)
        is_open = change.state == State.WAITING and change.expires_at > timezone.now()
        is_outdated = is_open and change_requests.is_outdated(change)
        differences = change_requests.differences_of(change)
        context |= {
            "differences": differences,
            "has_before": any(one.before not in ("", None) for one in differences),
            "counts": kind.counts(change) if is_open and not is_outdated else [],
            "is_open": is_open,
            "is_late": not is_open and change.state == State.WAITING,
            "is_mine": change.author_id == request.user.pk,
            "may_decide": kind.may_decide(change, request.user),
            "is_outdated": is_outdated,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def approve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        change = get_object_or_404(ChangeRequest, pk=pk)
        said, level = self._approve(request, change)
        if level == messages.ERROR:
            return self.refuse_act(request, said, page=reverse("admin:staff_changerequest_change", args=[pk]))
        self.message_user(request, said, level)
        return redirect("admin:staff_changerequest_change", pk)

    def _approve(self, request: HttpRequest, change: ChangeRequest) -> tuple[str, int]:
        if not change_requests.kind_of(change).may_decide(change, request.user):
            return str(_NOT_MINE), messages.ERROR
        try:
            done = change_requests.approve(change.pk, request, at=timezone.now())
        except change_requests.SamePerson:
            return _("올린 사람은 승인할 수 없어요. 다른 사람이 살펴봐야 해요."), messages.ERROR
        except change_requests.NotWaiting:
            return _("이미 정해진 일이에요."), messages.WARNING
        except change_requests.ImpossibleChange as error:
            return str(error), messages.ERROR
        said, level = _BECAME[State(done.state)]
        return str(said), level

    def refuse(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        change, me = get_object_or_404(ChangeRequest, pk=pk), colleagues.signed_in(request)
        try:
            if change.author_id != me and not change_requests.kind_of(change).may_decide(change, request.user):
                self.message_user(request, _NOT_MINE, messages.ERROR)
            else:
                change_requests.refuse(pk, by=me, at=timezone.now())
                self.message_user(request, _("바꾸지 않기로 했어요."))
        except change_requests.NotWaiting:
            self.message_user(request, _("이미 정해진 일이에요."), messages.WARNING)
        return redirect("admin:staff_changerequest_change", pk)


_NOT_MINE = gettext_lazy("이 일을 할 수 있는 역할이 아니에요.")
_BECAME = {
    State.DONE: (gettext_lazy("승인했어요. 이제 바뀌었어요."), messages.SUCCESS),
    State.EXPIRED: (gettext_lazy("하루가 지나 끝난 요청이에요. 다시 올려야 해요."), messages.WARNING),
    State.OUTDATED: (gettext_lazy("올린 뒤에 다른 사람이 바꿔서 그대로 두었어요. 다시 올려야 해요."), messages.WARNING),
}


@work_queue.waiting("staff.view_changerequest", of_user=True)
def changes_for_two(now: dt.datetime, user: Any) -> work_queue.Waiting | None:
    """Changes that wait and that this colleague may decide or has asked for."""
    found = change_requests.waiting_for(user, at=now)
    if not found:
        return None
    title = ngettext("승인을 기다리는 일 %(n)s건", "승인을 기다리는 일 %(n)s건", len(found)) % {"n": len(found)}
    url = reverse("admin:staff_changerequest_changelist") + "?state__exact=waiting"
    return work_queue.Waiting(title, url, since=found[0].created_at, icon="check")


NOTHING = "—"


def _said(model: Any, values: dict[str, Any], name: str) -> str:
    """A stored value in words, choices and times too; a dash for one that is not there."""
    value = values.get(name)
    if value is None or value == "":
        return NOTHING
    field: Any = next((one for one in model._meta.concrete_fields if one.column == name), None) if model else None
    # What a foreign key led to may be gone, or may not be shown.
    is_plain = field is None or field.is_relation or not (field.flatchoices or isinstance(field, DateTimeField))
    return history.value_text(value) if is_plain else history.column_text(model, field, value, values)


class TableFilter(admin.SimpleListFilter):
    """The audited tables, which are known: asking the trail for them would read all of it."""

    title = gettext_lazy("표")
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(table, labels.table(table)) for table in sorted(AUDITED)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(table_name=self.value()) if self.value() else queryset


@admin.register(AuditLog)
class AuditLogAdmin(NamesColleagues, Records, StaffAdmin):
    """The audit trail: who did what, what was before and after, and why."""

    owner = ""
    person_column = "user_id"
    list_display = ["entry_name", "who", "why", "occurred_at"]
    list_filter = [TableFilter, "occurred_at"]
    ordering = ["-occurred_at"]
    fields = ["occurred_at", "who", "did", "table", "record_id", "why", "changes", "ip_address"]

    @admin.display(description=gettext_lazy("누가"))
    def who(self, entry: Any) -> str:
        return self.name_of(entry)

    @admin.display(description=gettext_lazy("한 일"))
    def did(self, entry: Any) -> str:
        """What was done; of an act its name, as in core/staff/permissions.py."""
        act = (entry.new_values or {}).get("act") if entry.action == AuditLog.Action.ACT else ""
        return act_names.name(act) if act else entry.get_action_display()

    @admin.display(description=gettext_lazy("바뀐 것"))
    def changes(self, entry: Any) -> str:
        """Each column that held something before or after, those that differ first."""
        before, after = entry.old_values or {}, {**(entry.new_values or {})}
        if entry.action == AuditLog.Action.ACT:
            after.pop("act", None)  # said in words as what was done
        names = [*before, *(name for name in after if name not in before)]
        model = labels.model_of(entry.table_name)
        rows = [
            {
                "name": labels.column(model, name),
                "before": _said(model, before, name),
                "after": _said(model, after, name),
            }
            for name in names
        ]
        told = [row for row in rows if not row["before"] == row["after"] == NOTHING]
        return render_to_string(
            "admin/audit_change.html", {"changes": sorted(told, key=lambda one: one["before"] == one["after"])}
        )

    @admin.display(description=gettext_lazy("한 일"))
    def entry_name(self, entry: Any) -> str:
        return facts((self.did(entry), self.table(entry)))

    @admin.display(description=gettext_lazy("표"))
    def table(self, entry: Any) -> str:
        return labels.table(entry.table_name)

    def record_read(self, row: Any) -> None:
        """The trail of a look at the trail would never end."""


@admin.register(AccessReview)
class AccessReviewAdmin(ReadOnly, StaffAdmin):
    """Each month's sample of who looked at whom."""

    nothing_said = gettext_lazy("한 달이 지나면 누가 누구를 보았는지 표본을 여기서 살펴봐요.")
    change_form_template = "admin/staff/accessreview/change_form.html"
    change_list_template = "admin/staff/accessreview/change_list.html"
    list_display = ["of_month", "reads", "reviewer", "signed_at"]
    ordering = ["-month"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The month is the title."""
        return ["reads", *(["reviewer", "signed_at", "note"] if obj and obj.signed_at else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    @admin.display(description=gettext_lazy("달"), ordering="month")
    def of_month(self, review: AccessReview) -> str:
        return date_format(review.month, "YEAR_MONTH_FORMAT")

    def row_name(self, row: AccessReview) -> str:
        return self.of_month(row)

    def row_note(self, row: AccessReview) -> str:
        state = _("서명함") if row.signed_at else _("서명을 기다려요")
        return f"{super().row_note(row)} · {state}"

    @admin.display(description=gettext_lazy("살펴본 사람"))
    def reviewer(self, review: AccessReview) -> str:
        return colleagues.names([review.reviewer_id])[review.reviewer_id] if review.reviewer_id else "—"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("draw/", view(require_POST(self.draw)), name="staff_accessreview_draw"),
            path("<uuid:pk>/sign/", view(require_POST(self.sign)), name="staff_accessreview_sign"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        missing = access_reviews.missing(timezone.now())
        return super().changelist_view(request, {**(extra_context or {}), "missing": missing})

    def draw(self, request: HttpRequest) -> HttpResponse:
        month = access_reviews.missing(timezone.now())
        if month is None:
            self.message_user(request, _("지난달에는 살펴볼 것이 없어요."), messages.WARNING)
            return redirect("admin:staff_accessreview_changelist")
        return redirect("admin:staff_accessreview_change", access_reviews.draw(month).pk)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        rows = [*access_reviews.rows(context["original"])]
        named = colleagues.names([*(row.user_id for row in rows), *(row.record_id for row in rows)])
        context["sample"] = [
            {
                "row": row,
                "who": named[row.user_id],
                "whom": named[row.record_id],
                "what": labels.table(row.table_name),
            }
            for row in rows
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    def sign(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        review = get_object_or_404(AccessReview, pk=pk)
        try:
            by, note = colleagues.signed_in(request), reasons.posted(request)
            access_reviews.sign(review, by=by, note=note, at=timezone.now())
            self.message_user(request, _("살펴봤다고 서명했어요."))
        except access_reviews.OwnReads:
            said = _("내가 본 것이 들어 있어요. 다른 사람이 살펴봐야 해요.")
            return self.refuse_act(request, said, page=reverse("admin:staff_accessreview_change", args=[pk]))
        return redirect("admin:staff_accessreview_change", pk)


@work_queue.waiting("staff.staff_accessreview_sign")
def access_review(now: dt.datetime) -> work_queue.Waiting | None:
    """Last month's reads of people's pages, until somebody signs the sample."""
    month = access_reviews.missing(now)
    if month is None:
        return None
    title = _("접근 기록 점검: %(month)s") % {"month": date_format(month, "YEAR_MONTH_FORMAT")}
    url = reverse("admin:staff_accessreview_changelist")
    since = dt.datetime.combine(months.later(month, 1), dt.time(), dt.UTC)
    return work_queue.Waiting(title, url, since=since, icon="eye")
