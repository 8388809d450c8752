"""The staff pages: Django's admin site in our own form.

With our home, one search for everything, and the colleague's own clock.
"""

import functools
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_value, quote
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, path, resolve, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import second_factor
from accounts.models import User
from core.admin_base import StaffAdmin
from core.db import audit_context
from core.form_fields import TextField
from core.staff import (
    act_names,
    act_trail,
    change_requests,
    colleagues,
    kept_posts,
    key_purges,
    labels,
    permissions,
    presence,
    reasons,
    work_claims,
)
from wellness.pages import operations, row_counts, staff_home, staff_menu

# Rows of each table among the results.
FOUND_AT_MOST = 8

_KEPT = gettext_lazy("2단계 인증을 하면, 방금 보낸 것을 그대로 이어서 할 수 있어요.")
_NOT_KEPT = gettext_lazy("2단계 인증을 다시 한 뒤에 한 번 더 해 주세요.")


def _page_before(request: HttpRequest) -> str:
    """The page of ours from which the request came, else the home."""
    before = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    return before if is_ours else reverse("admin:index")


def _recorded(request: HttpRequest, view: Any, guarded: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """The answer of a view. What it does and the row about it in the audit trail are written together or not at all."""
    if not request.user.is_authenticated or not (asked := act_trail.acts_of(request)):
        return guarded(request, *args, **kwargs)
    with transaction.atomic():
        response = guarded(request, *args, **kwargs)
        act_trail.record(request, asked, view, response)
    return response


def _act_of(kept: kept_posts.KeptPost) -> str:
    """What the form that was kept would do, in words."""
    posted: MultiValueDict[str, str] = MultiValueDict()
    for name, value in kept.fields:
        posted.appendlist(name, value)
    page = resolve(urlsplit(kept.path).path).url_name or ""
    return " · ".join(act_names.name(act) for act in permissions.requested_acts(page, posted) or [page])


class StaffSearchForm(forms.Form):
    words = TextField(label=gettext_lazy("전체 검색"), max_length=254)


class StaffSite(admin.AdminSite):
    empty_value_display = "—"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        home = staff_home.page(request.user, now=timezone.now())  # type: ignore[arg-type] # staff are people
        groups = staff_menu.groups(self.get_app_list(request))
        home["groups"] = staff_menu.with_numbers(groups, self._row_counts(request))
        return super().index(request, {**home, **(extra_context or {})})

    # Django's type promises a rendered page.
    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Redirects home: the menu follows the work, and no page is about an app."""
        return redirect("admin:index")

    def each_context(self, request: Any) -> dict[str, Any]:
        context = super().each_context(request)
        return {**context, "groups": staff_menu.groups(context["available_apps"])}

    def _row_counts(self, request: HttpRequest) -> dict[str, str]:
        """How many rows each table has that the colleague may see, by its label."""
        seen = {
            one.opts.label_lower: one.get_queryset(request)
            for one in self._registry.values()
            if one.has_view_permission(request)
        }
        return row_counts.texts(seen)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        view = self.admin_view
        return [
            path("find/", view(require_POST(self.find)), name="find"),
            path("again/", view(require_safe(self.show_again)), name="again"),
            path("here/", view(require_POST(self.say_who_is_here)), name="here"),
            path("claim/", view(require_POST(self.claim_work)), name="claim_work"),
            path("operations/", view(require_safe(self.show_operations)), name="operations"),
            path("operations/resend/", view(require_POST(self.resend_dead)), name="operations_resend"),
            path(
                "operations/keys/<str:pk>/purge/",
                view(require_http_methods(["GET", "POST"])(self.purge_key)),
                name="operations_purge",
            ),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Asks core/staff/permissions.py first; times are in the colleague's own zone."""
        guarded = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            zone = ZoneInfo(request.user.timezone) if request.user.is_authenticated else None
            with timezone.override(zone), audit_context.because(reasons.posted(request)):
                response = self._refusal(request) or _recorded(request, view, guarded, *args, **kwargs)
                # A template would otherwise be filled in after the zone has been left.
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return in_zone

    def lists_of(self, person: User, request: HttpRequest) -> list[tuple[str, str]]:
        """The lists of this person's rows that the colleague may see: their names and addresses."""
        return [
            (capfirst(str(one.opts.verbose_name_plural)), one.list_of(person.pk))
            for one in self.of_people()
            if one.has_view_permission(request)
        ]

    def of_people(self) -> list[StaffAdmin]:
        """The tables whose rows belong to people."""
        return [one for one in self._registry.values() if isinstance(one, StaffAdmin) and one.owner]

    def say_who_is_here(self, request: Any) -> HttpResponse:
        """Who else has this page open, as a sentence; empty when nobody has."""
        others = presence.others(request.POST.get("page", "")[:200], me=request.user.pk)
        named = colleagues.names(others)
        said = _("%(names)s님도 지금 열어 두었어요.") % {"names": ", ".join(named[who] for who in others)}
        return HttpResponse(said if others else "", content_type="text/plain")

    def claim_work(self, request: Any) -> HttpResponse:
        """Takes a kind of waiting work, or puts it down."""
        work_claims.toggle(request.POST.get("name", ""), by=request.user.pk, at=timezone.now())
        return redirect("admin:operations" if request.POST.get("from") == "operations" else "admin:index")

    def show_operations(self, request: Any) -> HttpResponse:
        page = operations.page(request.user, now=timezone.now())
        return TemplateResponse(request, "admin/operations.html", {**self.each_context(request), **page})

    def resend_dead(self, request: HttpRequest) -> HttpResponse:
        """Sends again what was given up, the oldest first."""
        again = operations.resend_dead(now=timezone.now())
        said = ngettext("%(n)d개를 다시 보내요.", "%(n)d개를 다시 보내요.", again) % {"n": again}
        messages.success(request, said)
        return redirect("admin:operations")

    def purge_key(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Shows what a key of the ring still holds; asks a second person to purge it."""
        try:
            if request.method == "POST" and self._ask_to_purge(request, pk):
                return redirect("admin:operations")
            found = key_purges.dry_run(pk)
        except key_purges.NotOnRing as error:
            raise Http404 from error
        title = _("열쇠 %(key)s 파기") % {"key": pk}
        uses = [(labels.table(column.partition(".")[0]), column, number) for column, number in found.uses.items()]
        context = {**self.each_context(request), "title": title, "found": found, "uses": uses}
        return TemplateResponse(request, "admin/purge_key.html", context)

    @staticmethod
    def _ask_to_purge(request: HttpRequest, key_id: str) -> bool:
        """Whether there is nothing left to show; says what came of it."""
        author, seen = colleagues.signed_in(request), request.POST.get("seen", "")
        try:
            asked = key_purges.ask(key_id, seen=seen, author=author, why=reasons.posted(request), at=timezone.now())
        except key_purges.PurgeRefused as error:
            messages.error(request, str(error))
            return True
        except change_requests.AlreadyAsked:
            messages.warning(request, _("같은 것을 바꾸자는 요청이 이미 기다려요."))
            return True
        if asked is None:
            messages.warning(request, _("그사이 바뀌었어요. 다시 살펴봐 주세요."))
            return False
        messages.success(request, _("다른 사람의 승인을 기다려요. 하루 안에 승인하면 바뀌어요."))
        return True

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        """The answer for an act without the role, a fresh second factor or a reason; else None."""
        match = request.resolver_match
        if match is None or not self.has_permission(request):
            return None  # the admin itself sends them to sign in
        name = match.url_name or ""
        if not all(permissions.may(request.user, act) for act in permissions.requested_acts(name, request.POST)):
            raise PermissionDenied
        if request.method == "POST" and permissions.is_dangerous(name, request.POST):
            return self._ask_first(request)
        return None

    @staticmethod
    def _ask_first(request: Any) -> HttpResponse | None:
        now = timezone.now()
        if second_factor.is_due(request, at=now):
            kept = kept_posts.keep(request, at=now)
            messages.info(request, _KEPT if kept else _NOT_KEPT)
            back = reverse("admin:again") if kept else _page_before(request)
            return redirect_to_login(back, login_url=second_factor.proof_url(request.user))
        if not reasons.posted(request):
            messages.error(request, _("왜 하는지 적어야 할 수 있는 일이에요."))
            return redirect("admin:again" if kept_posts.keep(request, at=now) else _page_before(request))
        kept_posts.forget(request)
        return None

    def show_again(self, request: HttpRequest) -> HttpResponse:
        """The form that was kept, to be posted again with one press."""
        kept = kept_posts.find(request, at=timezone.now())
        if kept is None:
            messages.warning(request, _("남겨 둔 것이 없어요. 다시 적어 주세요."))
            return redirect("admin:index")
        context = {**self.each_context(request), "title": _("이어서 할까요?"), "kept": kept, "act": _act_of(kept)}
        return TemplateResponse(request, "admin/again.html", context)

    def find(self, request: HttpRequest) -> HttpResponse:
        """Finds rows with these words in every table that the colleague may search.

        A whole address finds its person. By POST, so that no address is in a URL, a history or a log.
        """
        form = StaffSearchForm(request.POST)
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
                {"name": display_for_value(row, "—"), "url": reverse(change, args=[quote(row.pk)])}
                for row in results[:FOUND_AT_MOST]
            ]
        return {"name": capfirst(its_admin.opts.verbose_name_plural), "rows": rows}
