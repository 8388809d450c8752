"""Admin base: validates JSON columns, protects rows in use, ignores invalid filters."""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ActionLocation, IncorrectLookupParameters
from django.contrib.admin.utils import flatten, get_fields_from_path, model_format_dict
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import DataError, IntegrityError, connection, models, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit import reads
from core.form_fields import TextField
from core.staff import bulk_changes, change_requests, history, permissions, references, snapshots


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _translations(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(said, dict) and all(isinstance(text, str) or _texts(text) for text in said.values())
        for said in value.values()
    )


def _limits(value: object) -> bool:
    return isinstance(value, dict) and all(type(most) is int and most >= -1 for most in value.values())


def _variables(value: object) -> bool:
    return isinstance(value, dict) and all(
        name.isidentifier() and kind in ("string", "integer") for name, kind in value.items()
    )


class Shape(NamedTuple):
    holds: Callable[[object], bool]
    # Shown in the error message.
    example: str


_LINES = Shape(_texts, '["…", "…"]')
# By column name. Pages read these columns, so their shape is validated before they are saved.
SHAPES = {
    "translations": Shape(_translations, '{"en": {"name": "Water", "tips": ["…"]}}'),
    "default_schedule": Shape(lambda value: isinstance(value, dict), '{"kind": "weekdays", "days": [1, 3, 5]}'),
    "instructions": _LINES,
    "tips": _LINES,
    "features": _LINES,
    # -1 means unlimited.
    "limits": Shape(_limits, '{"max_habits": 3}'),
    "variables": Shape(_variables, '{"habit": "string", "streak": "integer"}'),
}


def _harmless(read: Any) -> Any:
    """Returns the value.

    Raises ValueError for a NUL or a lone surrogate, which PostgreSQL rejects.
    """
    if rb"\u0000" in json.dumps(read, ensure_ascii=False).encode():
        raise ValueError("NUL")
    return read


class JSONField(forms.JSONField):
    """A form field for JSON that PostgreSQL accepts.

    Rejects deep nesting, very long numbers, NUL and lone surrogates.
    """

    shape: Shape | None = None
    # The value saved when the field is left empty.
    nothing: Any = None

    def to_python(self, value: Any) -> Any:
        try:
            return _harmless(super().to_python(value))
        except (ValueError, RecursionError) as error:
            shown = {"value": str(value)[:100]}
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid", params=shown) from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.shape and value is not None and not self.shape.holds(value):
            raise forms.ValidationError(_("이런 모양으로 적어 주세요: %(example)s") % {"example": self.shape.example})

    def clean(self, value: Any) -> Any:
        read = super().clean(value)
        return self.nothing if read is None else read

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return _harmless(super().bound_data(data, initial))
        except (ValueError, RecursionError):
            return forms.fields.InvalidJSONInput(data)


# Labels of columns shared by many tables or only read by staff. A model's own verbose_name takes precedence.
NAMES = {
    "id": gettext_lazy("식별자"),
    "created_at": gettext_lazy("만든 때"),
    "updated_at": gettext_lazy("고친 때"),
    "translations": gettext_lazy("번역"),
    "user": gettext_lazy("사람"),
    "status": gettext_lazy("상태"),
    "state": gettext_lazy("상태"),
    # People.
    "is_active": gettext_lazy("쓸 수 있음"),
    "is_verified": gettext_lazy("메일 확인함"),
    "is_staff": gettext_lazy("직원"),
    "is_superuser": gettext_lazy("모든 권한"),
    "last_login": gettext_lazy("마지막 로그인"),
    # The catalogue.
    "category": gettext_lazy("분류"),
    "default_schedule": gettext_lazy("주기 자세히"),
    "default_direction": gettext_lazy("얼마만큼"),
    "default_part_of_day": gettext_lazy("하루 중 언제"),
    # Subscriptions and payments.
    "plan": gettext_lazy("요금제"),
    "subscription": gettext_lazy("구독"),
    "amount": gettext_lazy("금액"),
    "currency": gettext_lazy("통화"),
    "started_at": gettext_lazy("시작한 때"),
    "current_period_start": gettext_lazy("이번 기간의 처음"),
    "current_period_end": gettext_lazy("이번 기간의 끝"),
    "canceled_at": gettext_lazy("그만둔 때"),
    "transaction_type": gettext_lazy("종류"),
    "payment_gateway": gettext_lazy("결제 대행사"),
    "payment_method": gettext_lazy("결제 수단"),
    "external_subscription_id": gettext_lazy("대행사의 구독 번호"),
    "gateway_transaction_id": gettext_lazy("대행사의 거래 번호"),
    "gateway_response": gettext_lazy("대행사의 답"),
    "failure_reason": gettext_lazy("안 된 까닭"),
    "phase": gettext_lazy("구독의 단계"),
    "parked_at": gettext_lazy("청구를 멈춘 때"),
    "purpose": gettext_lazy("무엇을 위해"),
    "gateway": gettext_lazy("결제 대행사"),
    "event_type": gettext_lazy("알려 온 일"),
    "reference": gettext_lazy("번호"),
    "processed_at": gettext_lazy("처리한 때"),
    # Alerts and jobs.
    "kind": gettext_lazy("종류"),
    "resolved_at": gettext_lazy("살펴본 때"),
    "occasion": gettext_lazy("계기"),
    "outcome": gettext_lazy("결과"),
    "calls": gettext_lazy("부른 횟수"),
    # Deliveries.
    "notification": gettext_lazy("알림"),
    "channel": gettext_lazy("보내는 길"),
    "attempts": gettext_lazy("해 본 횟수"),
    "due_at": gettext_lazy("보낼 때"),
    "sent_at": gettext_lazy("보낸 때"),
    "delivered_at": gettext_lazy("닿은 때"),
}


# What Django's own list filters and the date hierarchy put into an address.
_FILTER_LOOKUPS = ("exact", "in", "gte", "lt")
_DATE_LOOKUPS = ("year", "month", "day", "gte", "lt")
# What the second post of an act on a list repeats of the first.
_ACTION_FIELDS = ("action", "select_across", ACTION_CHECKBOX_NAME)
# Rows that are named before an act on many of them.
NAMED_ROWS = 20


class ShortPaginator(Paginator):
    """Counts at most `MOST` rows.

    A list of millions then costs no more than one of thousands.

    Later rows are found by a filter or by search.
    """

    MOST = 5_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: self.MOST].count()


class ListForm(forms.ModelForm):
    """A row of a list with inputs. Each input is named after its row and its column."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{self.instance}: {field.label}"


class StaleForm:
    """Mixin in front of a form whose row was changed since it was opened: it is not saved."""

    def clean(self) -> Any:
        values = super().clean()  # type: ignore[misc] # of the form
        said = _("여는 사이에 다른 사람이 고쳤어요. 아래에서 다른 점을 보고 골라 주세요.")
        self.add_error(None, said)  # type: ignore[attr-defined]
        return values


def _differences(form: forms.BaseForm) -> list[dict[str, Any]]:
    """The fields in which what is typed differs from what the row holds now."""
    typed = getattr(form, "cleaned_data", {})
    return [
        {
            "name": form.fields[name].label,
            "theirs": history.shown(form.get_initial_for_field(form.fields[name], name)),
            "mine": history.shown(typed.get(name)),
        }
        for name in form.changed_data
    ]


class StaffList(ChangeList):
    """Reports filters that fail only in the database, such as the year 99999, as invalid."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            with transaction.atomic():
                super().get_results(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error


class ReadOnly:
    """Mixin in front of an admin class: staff can view, nobody can write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Those of the form too: a field that is not editable may be shown."""
        return [*getattr(self, "readonly_fields", ()), *flatten(getattr(self, "fields", None) or ())]


class StaffAdmin(admin.ModelAdmin):
    paginator = ShortPaginator
    show_full_result_count = False
    # Acts of the list that show first where the chosen rows are used.
    counted_actions: Sequence[str] = ()
    formfield_overrides = {models.CharField: {"form_class": TextField}, models.TextField: {"form_class": TextField}}

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite):
        super().__init__(model, admin_site)
        for field in model._meta.fields:
            # A verbose_name set in a model is lazy; a plain string was derived from the column name. Set here, the label
            # does not appear in migrations.
            if isinstance(field.verbose_name, str) and field.name in NAMES:
                field.verbose_name = NAMES[field.name]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StaffList

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Names instead of keys: without UUIDs, and a person as the masked address."""
        keys = {field.name for field in self.model._meta.fields if isinstance(field, models.UUIDField)}
        return ["person" if column == "user" else column for column in self.list_display if column not in keys]

    def get_list_select_related(self, request: HttpRequest) -> Any:
        chosen = super().get_list_select_related(request)
        shown = [
            field.name for field in self.model._meta.fields if field.is_relation and field.name in self.list_display
        ]
        return [*(chosen if isinstance(chosen, list | tuple) else []), *shown] or chosen

    @admin.display(description=gettext_lazy("사람"))
    def person(self, row: Any) -> str:
        return row.user.masked_email if row.user_id else ""

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return super().get_changelist_form(request, **{"form": ListForm, **kwargs})

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet, *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Refuses an act on all rows when there are more than the list counts.

        Staff would see a wrong number.
        """
        if request.POST.get("select_across") == "1" and ShortPaginator(queryset, 1).count == ShortPaginator.MOST:
            self.message_user(request, _("줄이 너무 많아요. 먼저 거른 뒤에 골라 주세요."), messages.WARNING)
            return redirect(request.get_full_path())
        action = bulk_changes.posted_action(request)
        try:
            rows = bulk_changes.chosen(request, queryset)
        except ValidationError:
            self.message_user(request, _("그런 줄은 없어요."), messages.WARNING)
            return redirect(request.get_full_path())
        if action in self.get_actions(request):
            many = rows[: bulk_changes.MOST_ALONE + 1].count() > bulk_changes.MOST_ALONE
            if many or (action in self.counted_actions and request.POST.get("seen") != bulk_changes.digest(rows)):
                return self._ask_first(request, action, rows, many=many)
        return super().response_action(request, queryset, *args, **kwargs)

    def _ask_first(self, request: HttpRequest, action: str, rows: models.QuerySet, *, many: bool) -> HttpResponse:
        """Shows what an act would touch; one on many rows, confirmed, waits for a second person."""
        why, seen = request.POST.get("why", "").strip(), bulk_changes.digest(rows)
        if many and why and request.POST.get("seen") == seen:
            return self._propose_for_many(request, action, rows, why)
        if request.POST.get("seen", seen) != seen:
            self.message_user(request, _("그사이 바뀌었어요. 다시 살펴봐 주세요."), messages.WARNING)
        label = self.get_actions(request)[action].description
        context = {
            **self.admin_site.each_context(request),
            "title": label % model_format_dict(self.opts),
            "opts": self.opts,
            "rows": rows[:NAMED_ROWS],
            "counts": [(_("고른 줄"), rows.count()), *references.counts(rows)],
            "posted": [(name, value) for name in _ACTION_FIELDS for value in request.POST.getlist(name)],
            "seen": seen,
            "many": many,
        }
        return TemplateResponse(request, "admin/confirm_act.html", context)

    def _propose_for_many(self, request: HttpRequest, action: str, rows: models.QuerySet, why: str) -> HttpResponse:
        proposed = {"rows": [str(pk) for pk in rows.values_list("pk", flat=True)]}
        self.propose(request, bulk_changes.KIND, bulk_changes.target(self, action), proposed, why=why)
        return redirect(request.get_full_path())

    def propose(self, request: HttpRequest, kind: str, target: str, proposed: dict[str, Any], *, why: str) -> None:
        """Asks a second person for a change, and tells the colleague."""
        try:
            change_requests.propose(kind, target, proposed, author=request.user.pk, why=why, at=timezone.now())  # type: ignore[arg-type] # staff are people
            self.message_user(request, _("다른 사람의 승인을 기다려요. 하루 안에 승인하면 바뀌어요."))
        except change_requests.AlreadyAsked:
            self.message_user(request, _("같은 것을 바꾸자는 요청이 이미 기다려요."), messages.WARNING)

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """The acts of the list that this colleague may do."""
        table = f"{self.opts.app_label}_{self.opts.model_name}"
        return {
            name: action
            for name, action in super().get_actions(request, action_location=action_location).items()
            if name == "delete_selected" or permissions.may(request.user, f"{table}:{name}")
        }

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allows declared filters only: any other could reveal values of hidden columns.

        A password's hash could be read by asking `password__startswith` again and again. Raises
        IncorrectLookupParameters, so that an undeclared filter shows the whole list, whatever it asked.
        """
        if lookup not in self._declared_lookups(request):
            raise IncorrectLookupParameters
        return True

    def _declared_lookups(self, request: HttpRequest) -> set[str]:
        entries = [entry[0] if isinstance(entry, tuple | list) else entry for entry in self.get_list_filter(request)]
        # A filter of our own asks by its parameter, which need not be a column.
        declared = {entry.parameter_name for entry in entries if hasattr(entry, "parameter_name")}
        for path in entries:
            if isinstance(path, str):
                field = get_fields_from_path(self.model, path)[-1]
                key = f"{path}__{field.target_field.name}" if isinstance(field, models.ForeignKey) else path
                declared |= {
                    path,
                    f"{path}__isnull",
                    f"{path}__isempty",
                    *(f"{key}__{lookup}" for lookup in _FILTER_LOOKUPS),
                }
        if self.date_hierarchy:
            declared |= {f"{self.date_hierarchy}__{lookup}" for lookup in _DATE_LOOKUPS}
        return declared

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> Any:
        """The row, with what it held when it was read: a form that saw something else is refused.

        A form that is saved locks the row first, so that nobody changes it between the comparison and the save.
        """
        row: Any = super().get_object(request, object_id, from_field)
        if row is None:
            return None
        if "seen" in request.POST and connection.in_atomic_block:
            type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
            row.refresh_from_db()
        request.seen = snapshots.digest(row)
        request.is_stale = request.POST.get("seen", request.seen) != request.seen
        return row

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (StaleForm, form), {}) if getattr(request, "is_stale", False) else form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        self.record_read(context.get("original"))
        context["seen"] = getattr(request, "seen", "")
        context["stale"] = _differences(context["adminform"].form) if getattr(request, "is_stale", False) else []
        context["why_required"] = request.resolver_match is not None and permissions.is_dangerous(
            request.resolver_match.url_name or "", QueryDict()
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self.record_read(self.get_object(request, object_id))
        return super().history_view(request, object_id, extra_context)

    def record_read(self, row: models.Model | None) -> None:
        """Leaves a record in the audit trail when the row is a person or belongs to one."""
        person = row.pk if isinstance(row, get_user_model()) else getattr(row, "user_id", None)
        if person:
            reads.record(self.opts.db_table, person)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        super().delete_model(request, obj)
        # PostgreSQL checks foreign keys at the end of the transaction. Checked now, the error can still be shown.
        connection.check_constraints()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            connection.check_constraints()

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except IntegrityError:
            return self._in_use(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if ERROR_FLAG in request.GET:
            self.message_user(request, _("그 조건으로는 찾을 수 없어서 모두 보여 드려요."), messages.WARNING)
        try:
            return super().changelist_view(request, extra_context)
        except IntegrityError:
            return self._in_use(request)

    def _in_use(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, _("쓰이고 있어서 지울 수 없어요. 대신 보이지 않게 해 주세요."), messages.ERROR)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.JSONField):
            kwargs["form_class"] = JSONField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Its small icons open windows of other tables, in the middle of a form.
            for deed in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{deed}_related", False)
        if isinstance(field, JSONField):
            field.shape = SHAPES.get(db_field.name)
            field.nothing = None if db_field.null else db_field.get_default()
        return field
