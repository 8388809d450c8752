"""Admin of announcements, deliveries and counts of what was not sent.

It shows no texts of people.
"""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import small_cells, work_queue
from core.admin_base import ReadOnly, Records, StaffAdmin
from core.preview_panes import PreviewedAdmin, panes
from core.staff import references, snapshots
from core.text_format import facts
from notifications import announcements, delivery_worker
from notifications.announcement_forms import AnnouncementForm
from notifications.models import (
    Announcement,
    Notification,
    NotificationDelivery,
    NotificationDevice,
    NotificationTally,
)
from notifications.pages import reasons

# Counted up to this many while it is typed.
_AUDIENCE = 50_000


@admin.register(Announcement)
class AnnouncementAdmin(PreviewedAdmin, StaffAdmin):
    """Staff edit, preview and schedule a draft; afterwards they can only watch or stop it."""

    nothing_said = gettext_lazy("모두에게 알릴 것이 있으면 공지를 더해 주세요. 예약하기 전에는 나가지 않아요.")
    form = AnnouncementForm
    change_form_template = "admin/notifications/announcement/change_form.html"
    preview_template = "admin/notifications/announcement/preview.html"
    list_display = ["shown_title", "state", "is_marketing", "scheduled_for", "written"]
    list_filter = ["state", "is_marketing", "language"]
    search_fields = ["title", "title_en"]
    readonly_fields = ["state", "progress"]
    fieldsets = [
        (gettext_lazy("무엇을"), {"fields": [("title", "title_en"), ("body", "body_en"), "url", "is_marketing"]}),
        (gettext_lazy("누구에게"), {"fields": [("plan", "language"), ("inactive_days", "target_platform")]}),
        (gettext_lazy("언제"), {"fields": ["scheduled_for"]}),
    ]

    @admin.display(description=gettext_lazy("제목"), ordering="title")
    def shown_title(self, announcement: Announcement) -> str:
        """The title in the reader's language."""
        return str(announcement)

    def get_fieldsets(self, request: HttpRequest, obj: Announcement | None = None) -> Any:
        """A draft that is not saved yet has no state and no progress."""
        state = [] if obj is None else [(gettext_lazy("지금 상태"), {"fields": ["state", "progress"]})]
        return [*self.fieldsets, *state]

    def previewed(self, row: Announcement) -> dict[str, Any]:
        texts = {text["language"]: text for text in announcements.texts(row)}
        drawn = [pane | {"text": texts[pane["lang"]]} for pane in panes()]
        # Asked while a colleague types; the exact number is shown before it is scheduled.
        found = announcements.reach(row, now=timezone.now(), most=_AUDIENCE)
        return {"panes": drawn, "audience": f"{_AUDIENCE:,}+" if found.people > _AUDIENCE else found.told}

    def row_note(self, row: Announcement) -> str:
        return f"{super().row_note(row)} · {row.get_state_display()}"

    @admin.display(description=gettext_lazy("진행"))
    def progress(self, announcement: Announcement) -> SafeString | str:
        if announcement._state.adding or announcement.is_open:
            return "—"
        numbers = announcements.progress(announcement)
        labels = {
            "written": _("씀"),
            "waiting": _("기다림"),
            "sent": _("보냄"),
            "delivered": _("닿음"),
            "read": _("읽음"),
            "clicked": _("누름"),
            "failed": _("못 보냄"),
        }
        people = announcements.reach(announcement, now=timezone.now()).at_most
        written = 0 if small_cells.is_small(numbers["written"]) else numbers["written"]
        bar = format_html('<progress max="{}" value="{}"></progress> ', max(people, written), written)
        shown = _shown_progress(numbers)
        counts = format_html_join(" · ", "{} {}", ((label, shown[name]) for name, label in labels.items()))
        return bar + counts

    def get_readonly_fields(self, request: HttpRequest, obj: Announcement | None = None) -> list[str]:
        if obj is None or obj.is_open:
            return self.readonly_fields
        written = [field.name for field in Announcement._meta.fields if field.editable]
        return [*self.readonly_fields, *written]

    def has_delete_permission(self, request: HttpRequest, obj: Announcement | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_open)

    def response_change(self, request: HttpRequest, obj: Announcement) -> HttpResponse:
        try:
            if "_schedule" in request.POST:
                if (asked := self._ask_to_schedule(request, obj)) is not None:
                    return asked
                announcements.schedule(obj, at=timezone.now())
                self.message_user(request, _("예약했어요. 시각이 되면 보내기 시작해요."))
            elif "_stop" in request.POST:
                held = announcements.stop(obj, now=timezone.now())
                self.message_user(request, _("멈췄어요. 아직 나가지 않은 %(n)d개를 붙들었어요.") % {"n": held})
            else:
                return super().response_change(request, obj)
        except announcements.WrongAnnouncementState:
            self.message_user(request, _("이미 지난 상태예요. 다시 살펴봐 주세요."), messages.WARNING)
        return HttpResponseRedirect(request.path)

    def _ask_to_schedule(self, request: HttpRequest, announcement: Announcement) -> HttpResponse | None:
        """Shows how many people would get it; None when that was seen and has not grown by more than a hundredth."""
        if not announcement.is_open:
            return None
        people = announcements.reach(announcement, now=timezone.now())
        counted = request.POST.get("counted", "")
        if counted.isdecimal() and len(counted) < 10 and people.people * 100 <= int(counted) * 101:
            return None
        if counted:
            self.message_user(request, _("그사이 바뀌었어요. 다시 살펴봐 주세요."), messages.WARNING)
        again = {"csrfmiddlewaretoken", "seen", "counted"}
        posted = [(name, value) for name in request.POST if name not in again for value in request.POST.getlist(name)]
        return self.ask_with_counts(
            request,
            title=_("예약하기"),
            rows=[announcement],
            said=_begins(announcement),
            counts=[(_("받을 사람"), people.told)],
            counted=str(people.at_most),
            posted=[*posted, ("counted", str(people.at_most))],
            seen=snapshots.digest(announcement),
        )


def _begins(announcement: Announcement) -> str:
    """When sending begins, on the colleague's clock."""
    at = announcement.scheduled_for
    if at is None or at <= timezone.now():
        return _("그대로 하면 바로 보내기 시작해요.")
    return _("%(time)s에 보내기 시작해요.") % {"time": date_format(timezone.localtime(at), "DATETIME_FORMAT")}


def _shown_progress(numbers: dict[str, int]) -> dict[str, Any]:
    """The counts without those of few people, and without what would tell them."""
    states = small_cells.visible_parts({name: numbers[name] for name in ("waiting", "sent", "failed")})
    hidden = {name for name, number in states.items() if number is None}
    for name, whole in (("delivered", "sent"), ("read", "written"), ("clicked", "written")):
        if whole in hidden or small_cells.share_is_hidden(numbers[name], numbers[whole]):
            hidden.add(name)
    hidden |= {name for name, number in numbers.items() if small_cells.is_small(number)}
    return {name: small_cells.HIDDEN if name in hidden else f"{number:,}" for name, number in numbers.items()}


class WhyNot:
    """Mixin in front of an admin class: why a row was not sent, in words."""

    @admin.display(description=gettext_lazy("안 된 까닭"))
    def why_not(self, row: Any) -> str:
        return reasons.text(row.failure_reason)


class ReasonFilter(admin.SimpleListFilter):
    """The declared reasons, in words."""

    title = gettext_lazy("까닭")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*reasons.REASONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(reason__startswith=self.value()) if self.value() else queryset


@admin.register(NotificationDelivery)
class NotificationDeliveryAdmin(WhyNot, Records, StaffAdmin):
    nothing_said = gettext_lazy("기기나 메일로 보낸 알림이 여기에 쌓여요. 안 된 것은 다시 보낼 수 있어요.")
    owner = "notification__user"
    list_display = ["channel", "state", "attempts", "why_not", "created_at", "due_at", "sent_at", "delivered_at"]
    list_filter = ["state"]
    ordering = ["-id"]
    fields = [
        "person", "channel", "state", "attempts", "why_not", "due_at", "sent_at", "delivered_at", "created_at",
    ]  # fmt: skip
    actions = ["resend"]

    @admin.action(description=gettext_lazy("다시 보내기"))
    def resend(self, request: HttpRequest, queryset: QuerySet[NotificationDelivery]) -> None:
        chosen = list(queryset.select_related("notification"))
        again = sum(delivery_worker.resend(delivery, now=timezone.now()) for delivery in chosen)
        self.message_user(request, _("%(n)d개를 다시 보내요.") % {"n": again})
        if again < len(chosen):
            self.message_user(
                request,
                _("%(n)d개는 때가 지났거나, 두 번 갈 수 있어 보내지 않아요.") % {"n": len(chosen) - again},
                messages.WARNING,
            )


@admin.register(Notification)
class NotificationAdmin(WhyNot, Records, StaffAdmin):
    """What was sent to whom and what became of it, without its texts."""

    list_display = ["notification_type", "user", "delivery_status", "created_at", "scheduled_for", "read_at"]
    list_filter = ["notification_type", "created_at"]
    ordering = ["-created_at"]
    fields = [
        "person", "notification_type", "target_platform", "delivery_status", "why_not", "announcement", "essential",
        "marketing", "once", "scheduled_for", "dispatched_at", "sent_at", "delivered_at", "read_at", "clicked_at",
        "cleared_at", "expires_at", "created_at",
    ]  # fmt: skip


@admin.register(NotificationDevice)
class NotificationDeviceAdmin(Records, StaffAdmin):
    """The devices that take push messages, without the addresses that send to them."""

    nothing_said = gettext_lazy("사람들이 푸시 알림을 켜면 그 기기가 여기에 나와요.")
    list_display = ["platform", "user", "device_model", "os_version", "app_version", "is_active", "last_used_at"]
    list_filter = ["platform"]
    ordering = ["-id"]
    fields = [
        "person", "platform", "device_model", "os_version", "app_version", "is_active", "last_used_at", "created_at",
        "updated_at",
    ]  # fmt: skip


@admin.register(NotificationTally)
class NotificationTallyAdmin(ReadOnly, StaffAdmin):
    list_display = ["why_not", "count", "counted_on"]
    list_filter = [ReasonFilter]
    ordering = ["-counted_on", "reason"]
    fields = ["counted_on", "why_not", "count"]

    def row_name(self, row: NotificationTally) -> str:
        return facts((date_format(row.counted_on), self.why_not(row)))

    @admin.display(description=gettext_lazy("까닭"))
    def why_not(self, row: NotificationTally) -> str:
        return capfirst(reasons.text(row.reason))


@references.inside("billing.subscriptionplan", gettext_lazy("공지"))
def announcements_to_plans(rows: QuerySet) -> int:
    """Announcements for the people on one of these plans."""
    return Announcement.objects.filter(plan__in=[str(pk) for pk in rows.values_list("pk", flat=True)]).count()


DELIVERIES = "notifications.view_notificationdelivery"
# Counted up to this many: the staff home is not a report.
_COUNTED = 1000
# Work is due within seconds; beyond this, no worker takes it.
_LATE = dt.timedelta(minutes=5)


@work_queue.waiting(DELIVERIES)
def dead_letters(now: dt.datetime) -> work_queue.Waiting | None:
    """Deliveries that were attempted too often. Staff may send them again."""
    dead = NotificationDelivery.objects.filter(state="dead").order_by("created_at")
    count = dead[:_COUNTED].count()
    if not count:
        return None
    title = ngettext("보내지 못하고 멈춘 알림 %(n)s건", "보내지 못하고 멈춘 알림 %(n)s건", count) % {"n": f"{count:,}"}
    url = reverse("admin:notifications_notificationdelivery_changelist") + "?state__exact=dead"
    return work_queue.Waiting(
        title, url, since=dead.values_list("created_at", flat=True)[0], icon="mail", is_failure=True
    )


@work_queue.conditions("")
def oldest_due_delivery(now: dt.datetime) -> work_queue.Condition:
    due = (
        NotificationDelivery.objects.filter(due_at__lte=now).order_by("due_at").values_list("due_at", flat=True).first()
    )
    if due is None:
        return work_queue.Condition(_("보낼 알림"), _("밀린 것이 없어요"), is_good=True)
    seconds = int((now - due).total_seconds())
    text = (
        ngettext("가장 늦은 것 %(n)s초", "가장 늦은 것 %(n)s초", seconds) % {"n": seconds}
        if seconds < 120
        else ngettext("가장 늦은 것 %(n)s분", "가장 늦은 것 %(n)s분", seconds // 60) % {"n": seconds // 60}
    )
    return work_queue.Condition(_("보낼 알림"), text, is_good=now - due < _LATE)
