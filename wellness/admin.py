"""Admin of people with what support does for them, which the lower packages cannot know."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts import sessions
from accounts.admin import UserAdmin
from accounts.models import User
from billing import entitlements, extensions, plans, prices, subscriptions
from core.staff import log_entries, permissions, reasons
from notifications import delivery_worker
from notifications.models import NotificationDelivery
from wellness.pages import person_help
from wellness.privacy import account_deletion, exports

admin.site.unregister(User)

type _Said = tuple[str, int]

# Rows of a table that are counted before a deletion.
_COUNTED = 100_000


@admin.register(User)
class PersonAdmin(UserAdmin):
    change_form_template = "admin/accounts/user/change_form.html"
    list_display = ["shown_name", "plan", "joined", "last_used", "lives", "standing"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return entitlements.with_plan(super().get_queryset(request), timezone.now())

    @admin.display(description=gettext_lazy("요금제"))
    def plan(self, user: Any) -> str | None:
        found = plans.everything().get(user.plan_now)
        return found.text("name") if found else None

    def set_active(self, user: User, *, active: bool) -> None:
        account_deletion.set_active(user, active=active, at=timezone.now())

    def get_urls(self) -> list[URLPattern]:
        acts: dict[str, Callable[..., HttpResponse]] = {name: self._page_of(name) for name in _ACTS}
        acts["reveal"] = self.reveal
        view = self.admin_site.admin_view
        return [
            *(
                path(f"<uuid:pk>/{name.replace('_', '-')}/", view(require_POST(act)), name=f"accounts_user_{name}")
                for name, act in acts.items()
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person: User = context["original"]
        staff: User = request.user  # type: ignore[assignment] # staff are people
        if not person.is_staff or staff.is_superuser:
            allowed = {name for name in [*_ACTS, "reveal"] if permissions.may(staff, f"accounts_user_{name}")}
            context |= {"allowed": allowed, "help": person_help.context(person, staff=staff)}
            context["tables"] = self.admin_site.lists_of(person, request)  # type: ignore[attr-defined] # StaffSite
        return super().render_change_form(request, context, *args, **kwargs)

    def reveal(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Shows the whole address; the reason is in the audit trail."""
        person = self._person(request, pk)
        self.record_read(person)
        context = {
            **self.admin_site.each_context(request),
            "title": _("메일 주소"),
            "person": person,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/accounts/user/address.html", context)

    def _page_of(self, name: str) -> Callable[..., HttpResponse]:
        def act(request: HttpRequest, pk: UUID) -> HttpResponse:
            person = self._person(request, pk)
            if name == "leave" and (asked := self._ask_to_leave(request, person)) is not None:
                return asked
            said, level = _ACTS[name](request, person)
            if level != messages.SUCCESS:
                return self.refuse_act(
                    request, said, page=reverse("admin:accounts_user_change", args=[pk]), level=level
                )
            self.message_user(request, said, level)
            self.log_change(request, person, log_entries.of_act(f"accounts_user_{name}"))
            return redirect("admin:accounts_user_change", pk)

        return act

    def _ask_to_leave(self, request: HttpRequest, person: User) -> HttpResponse | None:
        """Shows what the deletion would take; None when that was seen and is still so."""
        counts = self._counts_of(person)
        seen = hashlib.sha256(repr([(str(name), number) for name, number in counts]).encode()).hexdigest()
        if (before := request.POST.get("seen")) == seen:
            return None
        if "confirmed" in request.POST and before:
            self.message_user(request, _("그사이 바뀌었어요. 다시 살펴봐 주세요."), messages.WARNING)
        posted = [("why", reasons.posted(request)), ("confirmed", "1")]
        title = f"{_('탈퇴 시작')} · {person.staff_name}"
        said = _("탈퇴를 시작해도 기다리는 동안에는 되돌릴 수 있어요. 그 뒤에는 아래가 모두 지워져요.")
        return self.ask_with_counts(request, title=title, said=said, counts=counts, posted=posted, seen=seen)

    def _counts_of(self, person: User) -> list[tuple[Any, int]]:
        """How many rows of each table are the person's, without tables where none is."""
        theirs = self.admin_site.of_people()  # type: ignore[attr-defined] # StaffSite
        found = [
            (
                capfirst(one.opts.verbose_name_plural),
                one.model._default_manager.filter(**{one.owner: person})[:_COUNTED].count(),
            )
            for one in theirs
        ]
        return [(name, number) for name, number in found if number]

    @staticmethod
    def _person(request: HttpRequest, pk: UUID) -> User:
        """The person to help. Raises PermissionDenied for staff, whom only superusers touch."""
        person = get_object_or_404(User, pk=pk)
        if person.is_staff and not request.user.is_superuser:
            raise PermissionDenied
        return person


def _resend(request: HttpRequest, person: User) -> _Said:
    """The mail that confirms the address, or what did not arrive."""
    if not person.is_verified:
        address = EmailAddress.objects.filter(user=person, email=person.email).first()
        if address is None or not send_verification_email_to_address(request, address, signup=False):
            return _("방금 보냈거나, 보낼 주소가 없어요."), messages.WARNING
        return _("메일 확인 링크를 다시 보냈어요."), messages.SUCCESS
    stopped = NotificationDelivery.objects.filter(notification__user=person, state__in=["dead", "failed"])
    now = timezone.now()
    latest = stopped.select_related("notification").order_by("-created_at")[: person_help.LATEST]
    again = sum(delivery_worker.resend(one, now=now) for one in latest)
    if not again:
        return _("다시 보낼 것이 없어요."), messages.WARNING
    return ngettext("%(n)d개를 다시 보내요.", "%(n)d개를 다시 보내요.", again) % {"n": again}, messages.SUCCESS


def _end_sessions(_request: HttpRequest, person: User) -> _Said:
    sessions.end_others(person, keep=None)
    return _("모든 기기에서 로그아웃했어요."), messages.SUCCESS


def _extend(request: HttpRequest, person: User) -> _Said:
    days = request.POST.get("days", "")
    try:
        extensions.extend(person, days=int(days) if days.isdecimal() and len(days) < 4 else 0)
    except ValueError:
        return _("1일에서 %(most)d일까지 늘릴 수 있어요.") % {"most": extensions.MOST_DAYS}, messages.ERROR
    except prices.ConsentMissing:
        return _("써 보는 기간은 결제에 동의한 날부터 30일까지만 늘릴 수 있어요."), messages.ERROR
    except subscriptions.NoSubscription:
        return _("지금 늘릴 수 있는 구독이 없어요."), messages.WARNING
    said = ngettext("구독 기간을 %(n)s일 늘렸어요.", "구독 기간을 %(n)s일 늘렸어요.", int(days)) % {"n": int(days)}
    return said, messages.SUCCESS


def _export(_request: HttpRequest, person: User) -> _Said:
    exports.request(person)
    return _("내보내기를 시작했어요. 그 사람만 받을 수 있어요."), messages.SUCCESS


def _leave(_request: HttpRequest, person: User) -> _Said:
    account_deletion.request_deletion(person, at=timezone.now())
    return _("탈퇴를 시작했어요. 기다리는 동안에는 되돌릴 수 있어요."), messages.SUCCESS


_ACTS: dict[str, Callable[[HttpRequest, User], _Said]] = {
    "resend": _resend,
    "end_sessions": _end_sessions,
    "extend": _extend,
    "export": _export,
    "leave": _leave,
}
