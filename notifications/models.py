"""Messages to people: the outbox that holds each one, and the devices they go to."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from wellness.db.columns import NamedIndex, Touched, created, uuid_key


class Platform(models.TextChoices):
    IOS = "ios", "iOS"
    ANDROID = "android", "Android"
    WEB = "web", _("웹")


class NotificationDevice(models.Model):
    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="devices")
    device_token = models.CharField(max_length=500, unique=True)
    platform = models.CharField(max_length=20, choices=Platform)
    app_version = models.CharField(max_length=20, null=True)
    device_model = models.CharField(max_length=100, null=True)
    os_version = models.CharField(max_length=50, null=True)
    is_active = models.BooleanField(default=True, db_default=True)
    last_used_at = models.DateTimeField(db_default=Now())
    created_at = created()
    updated_at = Touched()

    class Meta:
        db_table = "notification_devices"
        indexes = [
            NamedIndex(fields=["user"], name="idx_notification_devices_user_id"),
            NamedIndex(fields=["platform"], name="idx_notification_devices_platform"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.pk}"


class Notification(models.Model):
    class Type(models.TextChoices):
        HABIT_REMINDER = "habit_reminder", _("습관 알림")
        ACHIEVEMENT = "achievement", _("도장")
        COACHING = "coaching", _("코치")
        SYSTEM = "system", _("안내")

    class Delivery(models.TextChoices):
        PENDING = "pending", _("기다림")
        SENT = "sent", _("보냄")
        DELIVERED = "delivered", _("닿음")
        FAILED = "failed", _("못 보냄")

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="notifications")
    title = models.CharField(max_length=200)
    body = models.TextField()
    notification_type = models.CharField(max_length=50, choices=Type)
    # NULL goes to all platforms.
    target_platform = models.CharField(max_length=20, choices=Platform, null=True)
    data = models.JSONField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    delivery_status = models.CharField(max_length=20, choices=Delivery, default="pending", db_default="pending")
    failure_reason = models.TextField(null=True)
    created_at = created()

    # One row for each effect: writing it a second time is the same message.
    effect_key = models.CharField(max_length=200, null=True, unique=True)

    class Meta:
        db_table = "notifications"
        indexes = [
            NamedIndex(fields=["user"], name="idx_notifications_user_id"),
            NamedIndex(fields=["scheduled_for"], name="idx_notifications_scheduled_for"),
            NamedIndex(fields=["notification_type"], name="idx_notifications_notification_type"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
