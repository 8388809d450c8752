"""Notifications, the devices they go to, their deliveries, and staff announcements."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit.triggers import Audit
from core.crypto.fields import SealedJSONField, SealedTextField
from core.db.columns import NamedIndex, Touched, created, uuid_key
from notifications import channels


class Platform(models.TextChoices):
    IOS = "ios", "iOS"
    ANDROID = "android", "Android"
    WEB = "web", _("웹")


class NotificationDevice(models.Model):
    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="devices")
    # For devices that register here, the fingerprint of `address`: Web Push endpoints exceed 500 characters.
    device_token = models.CharField(max_length=500, unique=True)
    platform = models.CharField(max_length=20, choices=Platform)
    app_version = models.CharField(max_length=20, null=True)
    device_model = models.CharField(max_length=100, null=True)
    os_version = models.CharField(max_length=50, null=True)
    is_active = models.BooleanField(default=True, db_default=True)
    last_used_at = models.DateTimeField(db_default=Now())
    created_at = created()
    updated_at = Touched()

    # Beyond the document; docs/schema.md says why.
    # The app's token, or the browser's endpoint and keys as JSON. Anyone who has it can send a push.
    address = SealedTextField(null=True)

    class Meta:
        db_table = "notification_devices"
        verbose_name = pgettext_lazy("one", "알림 받는 기기")
        verbose_name_plural = pgettext_lazy("several", "알림 받는 기기")
        indexes = [
            NamedIndex(fields=["user"], name="idx_notification_devices_user_id"),
            NamedIndex(fields=["platform"], name="idx_notification_devices_platform"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.pk}"

    @property
    def is_browser(self) -> bool:
        return self.platform == Platform.WEB


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def due(self, now: dt.datetime) -> "AnnouncementQuerySet":
        """Scheduled or unfinished announcements whose time has come."""
        states = [Announcement.State.SCHEDULED, Announcement.State.SENDING]
        return self.filter(state__in=states, scheduled_for__lte=now)


def is_own_path(url: str) -> bool:
    """Whether every browser reads the text as a path of our site.

    Browsers drop tabs and line ends and read a backslash as a slash, so `/<tab>/evil.example` is another host.
    """
    odd = any(character == "\\" or character.isspace() or not character.isprintable() for character in url)
    return url.startswith("/") and not url.startswith("//") and not odd


class Announcement(models.Model):
    """A message from staff to many people, written to the outbox in batches up to `last_user`."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("announcement", "쓰는 중")
        SCHEDULED = "scheduled", _("예약함")
        SENDING = "sending", _("보내는 중")
        DONE = "done", _("다 보냄")
        STOPPED = "stopped", _("멈춤")

    id = uuid_key()
    title = models.CharField(_("제목"), max_length=150)
    body = models.TextField(_("내용"), max_length=1000)
    title_en = models.CharField(_("영어 제목"), max_length=150, blank=True, default="")
    body_en = models.TextField(_("영어 내용"), max_length=1000, blank=True, default="")
    url = models.CharField(
        _("누르면 여는 곳"), max_length=200, blank=True, default="", help_text=_("/today/ 같은 주소예요.")
    )
    is_marketing = models.BooleanField(
        _("광고"), default=False, help_text=_("동의한 사람에게만, 낮에만 가고 제목 앞에 (광고)가 붙어요.")
    )
    target_platform = models.CharField(_("기기"), max_length=20, choices=Platform, null=True, blank=True)
    # The audience: every condition that is set must hold.
    plan = models.CharField(_("요금제"), max_length=50, blank=True, default="", help_text=_("비우면 모두에게 가요."))
    language = models.CharField(_("언어"), max_length=10, choices=settings.LANGUAGES, blank=True, default="")
    inactive_days = models.PositiveSmallIntegerField(
        _("들르지 않은 날"), null=True, blank=True, help_text=_("이만큼 들르지 않은 사람에게만 가요.")
    )
    scheduled_for = models.DateTimeField(_("보낼 때"), null=True, blank=True)
    state = models.CharField(
        _("상태"), max_length=20, choices=State, default="draft", db_default="draft", editable=False
    )
    written = models.IntegerField(_("쓴 알림"), default=0, db_default=0, editable=False)
    last_user = models.UUIDField(null=True, editable=False)
    created_at = created()
    updated_at = Touched()

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        db_table = "announcements"
        verbose_name = pgettext_lazy("one", "공지")
        verbose_name_plural = pgettext_lazy("several", "공지")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(scheduled_for__isnull=False), name="announcements_scheduled_for"
            ),
        ]
        indexes = [
            # Read each minute: only announcements that are scheduled or being sent.
            NamedIndex(
                fields=["scheduled_for"],
                name="idx_announcements_scheduled_for",
                condition=Q(state__in=["scheduled", "sending"]),
            ),
        ]
        # How far the worker is changes with each batch.
        triggers = [Audit(quiet=["written", "last_user", "updated_at"])]

    def __str__(self) -> str:
        return self.text("title", language=translation.get_language() or "ko")

    def clean(self) -> None:
        if self.url and not is_own_path(self.url):
            raise ValidationError({"url": _("/로 시작하는 우리 주소만 적을 수 있어요.")})
        if bool(self.title_en) != bool(self.body_en):
            raise ValidationError({"title_en": _("영어는 제목과 내용을 함께 적어 주세요.")})

    def text(self, field: str, *, language: str) -> str:
        """`title` or `body`, in English where it was written and asked for."""
        return (getattr(self, f"{field}_en") if language == "en" else "") or getattr(self, field)

    @property
    def is_open(self) -> bool:
        """Whether staff may still edit it."""
        return self.state == self.State.DRAFT

    @property
    def can_stop(self) -> bool:
        return self.state in (self.State.SCHEDULED, self.State.SENDING, self.State.DONE)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def due(self, now: dt.datetime) -> "NotificationQuerySet":
        """Notifications whose deliveries are still to be created."""
        return self.filter(Q(scheduled_for__lte=now) | Q(scheduled_for=None), dispatched_at=None)

    def in_inbox(self, now: dt.datetime) -> "NotificationQuerySet":
        """What a person sees in the inbox: due and not cleared, newest first."""
        came = Q(scheduled_for__lte=now) | Q(scheduled_for=None)
        here = Q(target_platform=None) | Q(target_platform=Platform.WEB)
        return self.filter(came, here, cleared_at=None).exclude(dispatched_at=None).order_by("-id")


class Notification(models.Model):
    class Type(models.TextChoices):
        HABIT_REMINDER = "habit_reminder", _("습관 알림")
        ACHIEVEMENT = "achievement", _("배지")
        COACHING = "coaching", _("코치")
        CHEER = "cheer", _("응원")
        SYSTEM = "system", _("안내")

    class Delivery(models.TextChoices):
        PENDING = "pending", _("기다림")
        SENT = "sent", _("보냄")
        DELIVERED = "delivered", _("닿음")
        FAILED = "failed", _("못 보냄")

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="notifications")
    # The document's columns. Only rows written by plain SQL have a text here; ours are sealed, in columns of their own.
    plain_title = models.CharField(db_column="title", max_length=200, default="", blank=True, editable=False)
    plain_body = models.TextField(db_column="body", default="", blank=True, editable=False)
    notification_type = models.CharField(max_length=50, choices=Type)
    # NULL goes to all platforms.
    target_platform = models.CharField(max_length=20, choices=Platform, null=True)
    data = SealedJSONField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    delivery_status = models.CharField(max_length=20, choices=Delivery, default="pending", db_default="pending")
    failure_reason = models.TextField(null=True)
    created_at = created()

    # Beyond the document; docs/schema.md says why.
    # Sealed, because reminders contain the names of habits.
    title = SealedTextField(db_column="sealed_title", null=True)
    body = SealedTextField(db_column="sealed_body", null=True)
    # One row per effect: writing the same key again does nothing.
    effect_key = models.CharField(max_length=200, null=True, unique=True)
    # At most once: never sent again when the outcome is unknown.
    once = models.BooleanField(default=False, db_default=False)
    marketing = models.BooleanField(default=False, db_default=False)
    # Legal and account matters: ignores switches and the daily limit.
    essential = models.BooleanField(default=False, db_default=False)
    # Dropped after this instant.
    expires_at = models.DateTimeField(null=True)
    # When its deliveries were created. A notification only for the inbox has no deliveries.
    dispatched_at = models.DateTimeField(null=True)
    # The notification that was sent for both when several were due together.
    bundled_into = models.ForeignKey(
        "self", models.DB_SET_NULL, null=True, db_index=False, related_name="bundled", editable=False
    )
    # When the person removed it from the inbox, or it was dropped before it came there.
    cleared_at = models.DateTimeField(null=True)
    announcement = models.ForeignKey(
        Announcement, models.DB_SET_NULL, null=True, db_index=False, related_name="notifications", editable=False
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        db_table = "notifications"
        verbose_name = pgettext_lazy("one", "알림")
        verbose_name_plural = pgettext_lazy("several", "알림")
        indexes = [
            NamedIndex(fields=["user"], name="idx_notifications_user_id"),
            NamedIndex(fields=["scheduled_for"], name="idx_notifications_scheduled_for"),
            NamedIndex(fields=["notification_type"], name="idx_notifications_notification_type"),
            # Read each minute: only notifications whose deliveries are still to be created.
            NamedIndex(
                fields=["scheduled_for"],
                name="idx_notifications_dispatched_at",
                condition=Q(dispatched_at__isnull=True),
            ),
            # The number on the bell.
            NamedIndex(
                fields=["user"], name="idx_notifications_read_at", condition=Q(read_at__isnull=True, cleared_at=None)
            ),
            NamedIndex(
                fields=["bundled_into"],
                name="idx_notifications_bundled_into_id",
                condition=Q(bundled_into__isnull=False),
            ),
            # Progress of an announcement, and stopping it.
            NamedIndex(
                fields=["announcement", "delivery_status"],
                name="idx_notifications_announcement_id",
                condition=Q(announcement__isnull=False),
            ),
            # Read by the daily job that forgets the oldest.
            NamedIndex(fields=["created_at"], name="idx_notifications_created_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def texts(self) -> tuple[str, str]:
        """Title and body as they were written; `message_texts` gives them in the reader's language."""
        return self.title or self.plain_title, self.body or self.plain_body


class NotificationDelivery(models.Model):
    """One notification to one device or mailbox, so a retry repeats nothing on other devices."""

    class State(models.TextChoices):
        PENDING = "pending", _("기다림")
        # Claimed by a worker until `due_at`.
        CLAIMED = "claimed", _("보내는 중")
        SENT = "sent", _("보냄")
        DELIVERED = "delivered", _("닿음")
        # Final: rejected, too late, or the outcome is unknown.
        FAILED = "failed", _("못 보냄")
        # Attempted too often; staff may send it again.
        DEAD = "dead", _("멈춤")

    id = uuid_key()
    notification = models.ForeignKey(Notification, models.DB_CASCADE, db_index=False, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=channels.choices)
    device = models.ForeignKey(
        NotificationDevice, models.DB_CASCADE, null=True, db_index=False, related_name="deliveries"
    )
    state = models.CharField(max_length=10, choices=State, default="pending", db_default="pending")
    # Fencing number, incremented by each claim: the result of a worker with an older number is ignored.
    attempts = models.IntegerField(default=0, db_default=0)
    # When to attempt it; while claimed, when the claim ends. NULL when nothing is left to do.
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    failure_reason = models.TextField(null=True)
    created_at = created()

    class Meta:
        db_table = "notification_deliveries"
        verbose_name = pgettext_lazy("one", "알림 배달")
        verbose_name_plural = pgettext_lazy("several", "알림 배달")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel", "device"],
                name="notification_deliveries_notification_id_channel_device_id",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            # Finds due work, independent of how many finished rows there are.
            NamedIndex(fields=["due_at"], name="idx_notification_deliveries_due_at", condition=Q(due_at__isnull=False)),
            NamedIndex(fields=["device"], name="idx_notification_deliveries_device_id"),
            # What staff search for.
            NamedIndex(
                fields=["created_at"],
                name="idx_notification_deliveries_state",
                condition=Q(state__in=["failed", "dead"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class NotificationTally(models.Model):
    """Daily count (in UTC) of notifications not sent, by reason."""

    counted_on = models.DateField(_("날"))
    reason = models.CharField(_("까닭"), max_length=50)
    count = models.IntegerField(_("수"), default=0, db_default=0)

    class Meta:
        db_table = "notification_tallies"
        verbose_name = pgettext_lazy("one", "보내지 않은 수")
        verbose_name_plural = pgettext_lazy("several", "보내지 않은 수")
        constraints = [
            models.UniqueConstraint(fields=["counted_on", "reason"], name="notification_tallies_counted_on_reason")
        ]

    def __str__(self) -> str:
        return f"{self.counted_on} {self.reason}"
