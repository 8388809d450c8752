"""Base classes of the admin classes.

They refuse stale forms, allow declared filters only, and protect rows in use.
"""

import functools
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, cast
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ActionLocation, IncorrectLookupParameters
from django.contrib.admin.utils import (
    display_for_field,
    flatten,
    get_fields_from_path,
    label_for_field,
    lookup_field,
    model_format_dict,
    unquote,
)
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import get_user_model
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.paginator import Page, Paginator
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from core.audit import reads
from core.db.columns import Translated
from core.form_fields import ClockInput, DayField, DayInput, MomentField, MomentInput, TextField
from core.staff import (
    bulk_changes,
    change_requests,
    colleagues,
    kept_posts,
    log_entries,
    permissions,
    reasons,
    references,
    row_trail,
    snapshots,
    stale_forms,
)
from core.staff.column_names import NAMES
from core.staff.json_fields import SHAPES, JSONField
from core.templatetags import ui
from core.text_format import facts

# Texts of Django that we word differently in English: named here so that they are in our message catalogue.
_DJANGO_TEXTS = (
    gettext_noop("- Select an option -"),
    gettext_noop("Action:"),
    gettext_noop("Run"),
    gettext_noop("Delete multiple objects"),
    gettext_noop("This field cannot be null."),
    gettext_noop("This field is required."),
    # A group of staff is a role.
    gettext_noop("group"),
    gettext_noop("groups"),
)

# What Django's own list filters and the date hierarchy put into an address.
_FILTER_LOOKUPS = ("exact", "in", "gte", "lt")
_DATE_LOOKUPS = ("year", "month", "day", "gte", "lt")
# What the second post of an act on a list repeats of the first.
_ACTION_FIELDS = ("action", "select_across", ACTION_CHECKBOX_NAME)
_NAME = "name"
# Rows that are named before an act on many of them.
NAMED_ROWS = 20


class ShortPaginator(Paginator):
    """Counts at most `MOST` rows, and reads a page in two steps: its keys first, then its rows.

    A list of millions then costs no more than one of thousands. Later rows are found by a filter or by search.
    """

    MOST = 5_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: self.MOST].count()

    def page(self, number: Any) -> Page:
        """A page by its keys: of the rows before it only the keys are read, and nothing is joined."""
        number = self.validate_number(number)
        first, rows = (number - 1) * self.per_page, cast("models.QuerySet", self.object_list)
        keys = [*rows.values_list("pk", flat=True)[first : first + self.per_page]]
        return Page(rows.filter(pk__in=keys), number, self)


class StaffList(ChangeList):
    """Reports filters that fail only in the database, such as the year 99999, as invalid."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            with transaction.atomic():
                super().get_results(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error


@functools.cache
def _as_text(field: models.Field) -> Callable[[Any], str | None]:
    """Shows the row of a foreign key by its name alone. The same function each time: Django compares them."""

    def shown(row: Any) -> str | None:
        other = getattr(row, field.name)
        return None if other is None else str(other)

    return admin.display(description=field.verbose_name)(shown)


@functools.cache
def _as_moment(field: models.Field) -> Callable[[Any], str | None]:
    """Shows an instant as short as it can be, so that a row has room for it. The same function each time, as above."""

    def shown(row: Any) -> str | None:
        at = getattr(row, field.name)
        return None if at is None else ui.moment(at)

    shown.__name__ = field.name
    return admin.display(description=field.verbose_name, ordering=field.name)(shown)


@functools.cache
def _translated_name(field: models.Field, language: str) -> Callable[[Any], str]:
    """Shows and sorts the names of rows in one language, as `Translated.text` gives them."""

    def name(row: Any) -> str:
        return row.text(field.name)

    written = (
        field.name
        if language == settings.LANGUAGE_CODE
        else Coalesce(KT(f"translations__{language}__{field.name}"), field.name)
    )
    return admin.display(description=field.verbose_name, ordering=written)(name)


class ReadOnly:
    """Mixin in front of an admin class: staff can view, nobody can write."""

    # Columns drawn as links: the permission to open them, and the column that is shown without it.
    linked: ClassVar[dict[str, tuple[str, str]]] = {}

    def row_name(self, row: Any) -> str:
        """What a row is called: the first column of its list, which is never a moment alone."""
        its_admin = cast("StaffAdmin", self)
        column = next(name for name in its_admin.list_display if name != "id")
        if column == "user":
            return its_admin.person(row)
        field, _attribute, value = lookup_field(column, row, its_admin)
        name = str(value or "") if field is None else str(display_for_field(value, field, ""))
        return name or capfirst(str(its_admin.opts.verbose_name))

    def row_note(self, row: Any) -> str:
        """What a row is, and whose, where its name does not say that."""
        its_admin = cast("StaffAdmin", self)
        kind = capfirst(str(its_admin.opts.verbose_name))
        person = its_admin.person(row) if its_admin.owner else ""
        return kind if person in ("", self.row_name(row)) else facts((kind, person))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """All fields, those of the form included: nothing can be edited."""
        fieldsets = getattr(self, "fieldsets", None) or ()
        grouped = [name for _title, shown in fieldsets for name in flatten(shown["fields"])]
        named = [*getattr(self, "readonly_fields", ()), *flatten(getattr(self, "fields", None) or ()), *grouped]
        return [self._shown(request, name) for name in named]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Django's fieldsets without links to rows that the colleague may not open.

        Django shows each foreign key as a link; here those are plain text.
        """
        shown = super().get_fieldsets(request, obj)  # type: ignore[misc] # of the admin
        return [
            (title, {**part, "fields": [self._shown(request, name) for name in flatten(part["fields"])]})
            for title, part in shown
        ]

    def _shown(self, request: HttpRequest, name: Any) -> Any:
        if name in self.linked:
            permission, text = self.linked[name]
            return name if request.user.has_perm(permission) else text
        columns = cast("admin.ModelAdmin", self).opts.concrete_fields
        field: Any = next((one for one in columns if one.name == name and one.is_relation), None)
        if field is None:
            return name
        other = field.related_model._meta
        return name if request.user.has_perm(f"{other.app_label}.view_{other.model_name}") else _as_text(field)


class Records(ReadOnly):
    """Mixin in front of an admin class: rows of a large table, to look at, the newest first.

    However many there are, a list reads a page of them: it is sorted and filtered by what has an index only
    (tests/access/test_staff_site.py).
    """

    # From a row to its person, so that a list can be of one person; empty where rows belong to nobody.
    owner = "user"
    sortable_by: Any = ()
    list_per_page = 50

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields that have a value; the empty ones are listed in one line at the end."""
        shown = super().get_fieldsets(request, obj)
        if obj is None:
            return shown
        names = flatten([name for _title, part in shown for name in part["fields"]])
        empty = [name for name in names if isinstance(name, str) and _is_empty(self, obj, name)]
        kept = [
            (title, {**part, "fields": [one for one in part["fields"] if one not in empty]}) for title, part in shown
        ]
        labels = ", ".join(capfirst(str(label_for_field(name, self.model, self))) for name in empty)  # type: ignore[attr-defined,call-overload] # of the admin
        note = (
            [(None, {"fields": [], "description": _("비어 있는 칸: %(names)s") % {"names": labels}})] if empty else []
        )
        return [part for part in kept if part[1]["fields"]] + note

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """The rows without their sealed columns, which are neither shown nor read.

        Only the address is read, and shown in part.
        """
        rows: models.QuerySet = super().get_queryset(request)  # type: ignore[misc] # of the admin
        return rows.defer(*_sealed_columns(rows.model, self.owner))


def _is_empty(its_admin: Any, row: models.Model, name: str) -> bool:
    _field, _attribute, value = lookup_field(name, row, its_admin)
    return value is None or value == ""


def _sealed_columns(model: Any, owner: str) -> list[str]:
    """The sealed columns of the rows and of what leads to their person, but the address."""
    found, path = [], ""
    for step in ["", *owner.split("__")] if owner else [""]:
        model = model._meta.get_field(step).related_model if step else model
        path += f"{step}__" if step else ""
        sealed = [field.name for field in model._meta.concrete_fields if getattr(field, "audit_redact", False)]
        found += [path + name for name in sealed if name != "email"]
    return found


class StaffAdmin(admin.ModelAdmin):
    """The base class of every admin class: see the module's docstring."""

    paginator = ShortPaginator
    # The path from a row to its person; rows of a person have it (Records).
    owner = ""
    show_full_result_count = False
    # The text of an empty list; a general one by default.
    nothing_said: Any = ""
    # No page of a list names more rows than one person may change alone. Rows have no inputs (`list_editable`) in a list:
    # a row of a list carries no revision, so an old list would overwrite the edit of another person.
    list_max_show_all = bulk_changes.MOST_ALONE
    # Facets would count the rows of each filter.
    show_facets = admin.ShowFacets.NEVER
    # Acts of the list that show first where the chosen rows are used.
    counted_actions: Sequence[str] = ()
    # Acts that change nothing: one person may do them on many rows.
    reading_actions: Sequence[str] = ()
    # Times and days are the browser's own inputs, as on the pages of people.
    formfield_overrides = {
        models.CharField: {"form_class": TextField},
        models.TextField: {"form_class": TextField},
        models.DateTimeField: {"form_class": MomentField, "widget": MomentInput},
        models.DateField: {"form_class": DayField, "widget": DayInput},
        models.TimeField: {"widget": ClockInput},
    }

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
        """Names instead of keys: without UUIDs, and a person by `User.staff_name`."""
        keys = {field.name for field in self.model._meta.fields if isinstance(field, models.UUIDField)}
        return [self._column(column) for column in self.list_display if column not in keys]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        links = super().get_list_display_links(request, list_display)
        return [self._column(column) for column in links or []]

    def _column(self, column: Any) -> Any:
        """The column as lists show it: whose row it is, and a name in the reader's language."""
        if column == _NAME and issubclass(self.model, Translated):
            return _translated_name(self.opts.get_field(_NAME), get_language() or settings.LANGUAGE_CODE)
        if column in self._moments:
            return _as_moment(self.opts.get_field(column))
        return "person" if column == "user" else column

    @cached_property
    def _moments(self) -> set[str]:
        return {field.name for field in self.model._meta.fields if isinstance(field, models.DateTimeField)}

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Names are found in every language."""
        fields = [*super().get_search_fields(request)]
        if _NAME in fields and issubclass(self.model, Translated):
            fields += [
                f"translations__{code}__{_NAME}"
                for code, _language in settings.LANGUAGES
                if code != settings.LANGUAGE_CODE
            ]
        return fields

    def get_list_select_related(self, request: HttpRequest) -> Any:
        chosen = super().get_list_select_related(request)
        shown = [
            field.name for field in self.model._meta.fields if field.is_relation and field.name in self.list_display
        ]
        return [*(chosen if isinstance(chosen, list | tuple) else []), *shown] or chosen

    @admin.display(description=gettext_lazy("사람"))
    def person(self, row: Any) -> str:
        """Whose row it is, as lists of staff name people."""
        owner = functools.reduce(getattr, (self.owner or "user").split("__"), row)
        return owner.staff_name if owner else "—"

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
        if action in self.get_actions(request) and action not in self.reading_actions:
            many = rows[: bulk_changes.MOST_ALONE + 1].count() > bulk_changes.MOST_ALONE
            if many or (action in self.counted_actions and request.POST.get("seen") != bulk_changes.digest(rows)):
                return self._ask_first(request, action, rows, many=many)
        if action == "delete_selected":
            self._show_again_what_changed(request, rows)
        return super().response_action(request, queryset, *args, **kwargs)

    def _show_again_what_changed(self, request: Any, rows: models.QuerySet) -> None:
        """Takes back the confirmation of a deletion whose rows have changed since they were shown."""
        request.seen = bulk_changes.digest(rows)
        if "post" in request.POST and request.POST.get("seen") != request.seen:
            request.POST = request.POST.copy()
            del request.POST["post"]
            self.message_user(request, _("그사이 바뀌었어요. 다시 살펴봐 주세요."), messages.WARNING)

    def _ask_first(self, request: HttpRequest, action: str, rows: models.QuerySet, *, many: bool) -> HttpResponse:
        """Shows what an act would touch; one on many rows, confirmed, waits for a second person."""
        why, seen = reasons.posted(request), bulk_changes.digest(rows)
        if many and why and request.POST.get("seen") == seen:
            return self._propose_for_many(request, action, rows, why)
        if request.POST.get("seen", seen) != seen:
            self.message_user(request, _("그사이 바뀌었어요. 다시 살펴봐 주세요."), messages.WARNING)
        label = self.get_actions(request)[action].description
        act = f"{self.opts.app_label}_{self.opts.model_name}:{action}"
        return self.ask_with_counts(
            request,
            title=label % model_format_dict(self.opts),
            rows=rows[:NAMED_ROWS],
            counts=[(_("고른 줄"), rows.count()), *references.counts(rows)],
            posted=[(name, value) for name in _ACTION_FIELDS for value in request.POST.getlist(name)],
            seen=seen,
            many=many,
            why=why,
            asks_why=many or (act in permissions.ACTS and permissions.ACTS[act].is_dangerous),
        )

    def ask_with_counts(self, request: HttpRequest, **shown: Any) -> TemplateResponse:
        """Shows what an act would touch, with a button that posts it again.

        `counts`: what and how much; `posted`: names and values of that form; `seen`: what its sender has seen, which the
        act compares with what is there then.
        """
        context = {**self.admin_site.each_context(request), "opts": self.opts, **shown}
        return TemplateResponse(request, "admin/confirm_act.html", context)

    def _propose_for_many(self, request: HttpRequest, action: str, rows: models.QuerySet, why: str) -> HttpResponse:
        proposed = {"rows": [str(pk) for pk in rows.values_list("pk", flat=True)]}
        self.propose(request, bulk_changes.KIND, bulk_changes.target(self, action), proposed, why=why)
        return redirect(request.get_full_path())

    def refuse_act(self, request: HttpRequest, said: str, *, page: str, level: int = messages.ERROR) -> HttpResponse:
        """Says why an act was not done, on the page where it was typed, which holds it again."""
        kept_posts.keep_typed(request, page=page, at=timezone.now())
        self.message_user(request, said, level)
        return redirect(page)

    def propose(self, request: HttpRequest, kind: str, target: str, proposed: dict[str, Any], *, why: str) -> None:
        """Asks a second person for a change, and tells the colleague."""
        try:
            author = colleagues.signed_in(request)
            asked = change_requests.propose(kind, target, proposed, author=author, why=why, at=timezone.now())
            said, level = _("다른 사람의 승인을 기다려요. 하루 안에 승인하면 바뀌어요."), messages.INFO
        except change_requests.AlreadyAsked as error:
            asked, said, level = error.other, _("같은 것을 바꾸자는 요청이 이미 기다려요."), messages.WARNING
        url = reverse("admin:staff_changerequest_change", args=[asked.pk])
        self.message_user(request, format_html('{} <a href="{}">{}</a>', said, url, _("살펴보기")), level)

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
        if self.owner:
            declared.add(self.of_person)
        return declared

    @property
    def of_person(self) -> str:
        """The parameter with which the list is of one person."""
        return f"{self.owner}__id__exact"

    def list_of(self, person: UUID) -> str:
        """The address of the list of this person's rows."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return f"{reverse(name)}?{self.of_person}={person}"

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> Any:
        """The row, with what it held when it was read.

        A form that saw something else, or does not say what it saw, is refused. A form that is saved locks the row first, so that nobody changes it between the comparison and the save.
        """
        row: Any = super().get_object(request, object_id, from_field)
        if row is None or isinstance(self, ReadOnly):
            # What nobody can save is not compared, and what is sealed in it is not opened.
            return row
        if request.method == "POST" and connection.in_atomic_block:
            type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
            row.refresh_from_db()
        request.seen = snapshots.digest(row)
        is_old = request.POST.get("seen") != request.seen
        request.is_stale = request.method == "POST" and (is_old or stale_forms.lacks_choice(request))
        return row

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        form = super().get_form(request, obj, change, **kwargs)
        if getattr(request, "is_stale", False):
            return type(form.__name__, (stale_forms.StaleForm, form), {})
        if saved := stale_forms.chosen(request):
            return type(form.__name__, (stale_forms.SavedFields, form), {"saved": saved})
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        self.record_read(context.get("original"))
        context["adminform"].form.label_suffix = ""
        if (row := context.get("original")) is not None:
            context["title"], context["subtitle"] = self.row_name(row), self.row_note(row)
        context["seen"] = getattr(request, "seen", "")
        context["stale"] = []
        if getattr(request, "is_stale", False):
            # A choice between other texts than those of now does not count.
            is_of_now = request.POST.get("seen") == context["seen"]
            context["stale"] = stale_forms.differences(context["adminform"].form, with_choices=is_of_now)
            context["stale_by"] = (
                next(iter(log_entries.with_trail([], row_trail.entries(row)[:1])), None) if row else None
            )
            if {*context["adminform"].form.errors} == {NON_FIELD_ERRORS}:
                context["errors"] = []  # only that it was not saved, which the choices say
        # A field that was chosen and is shown again because of another one's error posts nothing by itself.
        context["chosen"] = (
            [] if context["stale"] else [f"{stale_forms.CHOICE}{name}" for name in sorted(stale_forms.chosen(request))]
        )
        context["has_history"] = not isinstance(self, ReadOnly)
        context["protected"] = self._keeping(row) if row and self.has_delete_permission(request, row) else []
        context["show_delete"] = not context["protected"]
        context["typed"] = kept_posts.take_typed(request, at=timezone.now())
        context["why"] = reasons.posted(request) or (context["typed"] or {}).get(reasons.FIELD, "")
        context["why_required"] = request.resolver_match is not None and permissions.is_dangerous(
            request.resolver_match.url_name or "", QueryDict()
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed the row, when, what and why; colleagues by a part of their address."""
        row = self.get_object(request, unquote(object_id))
        self.record_read(row)
        named = {"title": _("고친 기록"), "subtitle": self.row_name(row)} if row is not None else {}
        page = super().history_view(request, object_id, {**named, **(extra_context or {})})
        if isinstance(page, TemplateResponse) and page.context_data is not None:
            page.context_data["entries"] = self._entries(row, page.context_data["action_list"])
        return page

    @staticmethod
    def _entries(row: Any, logged: Any) -> list[log_entries.Told]:
        """Django's history of a row, with what the audit trail knows of it: what was before and after."""
        on_first = getattr(logged, "number", 1) == 1
        return log_entries.with_trail(log_entries.told(logged), row_trail.entries(row) if on_first else [])

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        return super().log_addition(request, obj, log_entries.with_reason(message, reasons.posted(request)))

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        return super().log_change(request, obj, log_entries.with_reason(message, reasons.posted(request)))

    def record_read(self, row: models.Model | None) -> None:
        """Leaves a record in the audit trail when the row is a person or belongs to one."""
        if row is not None and (person := self._person_of(row)):
            reads.record(self.opts.db_table, person)

    def row_name(self, row: Any) -> str:
        """The name of a row for staff; a person by a part of the address and of the id."""
        if isinstance(row, get_user_model()):
            return row.staff_name
        return str(row)

    def row_note(self, row: Any) -> str:
        """What a row is and how it stands, below its name."""
        return capfirst(str(self.opts.verbose_name))

    def _person_of(self, row: Any) -> UUID | None:
        if isinstance(row, get_user_model()):
            return row.pk
        *steps, last = (self.owner or "user").split("__")
        return getattr(functools.reduce(getattr, steps, row), f"{last}_id", None)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        super().delete_model(request, obj)
        # PostgreSQL checks foreign keys at the end of the transaction. Checked now, the error can still be shown.
        connection.check_constraints()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            connection.check_constraints()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What a deletion takes along, but rows that only join two tables, and what prevents it.

        Django deletes nothing while something prevents it.
        """
        texts, counts, lacking, _protected = super().get_deleted_objects(objs, request)
        joins = [one._meta for one in apps.get_models(include_auto_created=True) if one._meta.auto_created]
        begins = tuple(f"{capfirst(one.verbose_name)}: " for one in joins)
        plurals = {one.verbose_name_plural for one in joins}
        kept = {name: number for name, number in counts.items() if name not in plurals}
        return _without(texts, begins), kept, lacking, self._keeping(*objs)

    def _keeping(self, *rows: models.Model) -> list[tuple[Any, Any]]:
        return references.keeping(self.model._default_manager.filter(pk__in=[row.pk for row in rows]))

    def render_delete_form(self, request: Any, context: dict[str, Any]) -> HttpResponse:
        row = context["object"]
        context["named"], context["subtitle"] = self.row_name(row), self.row_note(row)
        context["title"], context["seen"] = _("‘%(name)s’ 지우기") % {"name": context["named"]}, request.seen
        return super().render_delete_form(request, context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            with transaction.atomic():
                if request.method == "POST" and self._changed_since(request, object_id):
                    said = _("그사이 바뀌었어요. 다시 살펴봐 주세요.")
                    return self.refuse_act(request, said, page=request.path, level=messages.WARNING)
                return super().delete_view(request, object_id, extra_context)
        except IntegrityError:
            return self._in_use(request)

    def _changed_since(self, request: Any, object_id: str) -> bool:
        """Whether a row that is to be deleted is no longer as it was shown."""
        row = self.get_object(request, unquote(object_id))
        return row is not None and self.has_delete_permission(request, row) and request.is_stale

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if ERROR_FLAG in request.GET:
            self.message_user(request, _("그 조건으로는 찾을 수 없어서 모두 보여 드려요."), messages.WARNING)
        try:
            titled = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
            page = super().changelist_view(request, titled)
            self._record_list_of_person(request, page)
            return page
        except IntegrityError:
            return self._in_use(request)

    def _record_list_of_person(self, request: HttpRequest, page: HttpResponse) -> None:
        """A list of one person's rows is a look at the person."""
        if self.owner and page.status_code == HTTPStatus.OK and (person := request.GET.get(self.of_person)):
            reads.record(self.opts.db_table, UUID(person))

    def _in_use(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, _("쓰이고 있어서 지울 수 없어요. 대신 보이지 않게 해 주세요."), messages.ERROR)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.JSONField):
            kwargs["form_class"] = JSONField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Its small icons open windows of other tables, in the middle of a form.
            for right in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{right}_related", False)
        if isinstance(field, JSONField):
            field.shape = SHAPES.get(db_field.name)
            field.nothing = None if db_field.null else db_field.get_default()
        return field


def _without(texts: Sequence[Any], begins: tuple[str, ...]) -> list[Any]:
    """Nested lists of texts without those that begin so, and without lists that become empty."""
    kept = [_without(one, begins) if isinstance(one, list) else one for one in texts]
    return [one for one in kept if one != [] and not (isinstance(one, str) and one.startswith(begins))]
