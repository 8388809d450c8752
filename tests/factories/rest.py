"""Factories of the smaller apps."""

import datetime as dt

import factory
from allauth.account.models import EmailAddress
from django.utils import timezone
from factory.django import DjangoModelFactory

from analytics.models import AppEvent, UserAnalytics
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from coaching.models import AIPromptTemplate, CoachingMessage
from core.audit.models import AuditLog
from files.models import UploadedFile
from gamification.models import Achievement, AchievementBackfill, ProgressDay, ShareCard, UserAchievement, UserProgress
from notifications.models import (
    Announcement,
    Notification,
    NotificationDelivery,
    NotificationDevice,
    NotificationTally,
)
from tests.factories.accounts import UserFactory
from wellness.privacy.models import DataExport, Departure


class EmailAddressFactory(DjangoModelFactory):
    class Meta:
        model = EmailAddress

    user = factory.SubFactory(UserFactory)
    email = factory.SelfAttribute("user.email")
    verified = True
    primary = True


class SubscriptionPlanFactory(DjangoModelFactory):
    class Meta:
        model = SubscriptionPlan
        django_get_or_create = ["id"]

    id = "premium"
    name = "Premium"
    price = 990000
    features = ["무제한 습관 추적"]
    limits = {"max_habits": -1, "ai_messages_per_day": -1}


class UserSubscriptionFactory(DjangoModelFactory):
    class Meta:
        model = UserSubscription

    user = factory.SubFactory(UserFactory)
    plan = factory.SubFactory(SubscriptionPlanFactory)
    amount = 990000
    started_at = current_period_start = factory.LazyFunction(timezone.now)
    current_period_end = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=30))


class PaymentTransactionFactory(DjangoModelFactory):
    class Meta:
        model = PaymentTransaction

    user = factory.SubFactory(UserFactory)
    transaction_type = "payment"
    status = "completed"
    amount = 990000
    payment_gateway = "portone"


class AchievementFactory(DjangoModelFactory):
    class Meta:
        model = Achievement

    id = factory.Sequence(lambda n: f"achievement_{n}")
    name = "첫걸음"
    description = "첫 체크를 했어요."
    icon = "footprints"
    criteria = {"kind": "total", "need": 1}
    points = 10


class UserAchievementFactory(DjangoModelFactory):
    class Meta:
        model = UserAchievement

    user = factory.SubFactory(UserFactory)
    achievement = factory.SubFactory(AchievementFactory)


class UserProgressFactory(DjangoModelFactory):
    class Meta:
        model = UserProgress

    user = factory.SubFactory(UserFactory)


class ProgressDayFactory(DjangoModelFactory):
    class Meta:
        model = ProgressDay

    user = factory.SubFactory(UserFactory)
    day = dt.date(2026, 11, 22)
    counters = {"logs": 1}


class AchievementBackfillFactory(DjangoModelFactory):
    class Meta:
        model = AchievementBackfill

    achievement = factory.SubFactory(AchievementFactory)


class ShareCardFactory(DjangoModelFactory):
    class Meta:
        model = ShareCard

    earned = factory.SubFactory(UserAchievementFactory)
    user = factory.SelfAttribute("earned.user")
    token = factory.Sequence(lambda n: f"token-{n}")
    expires_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=30))


class CoachingMessageFactory(DjangoModelFactory):
    class Meta:
        model = CoachingMessage

    user = factory.SubFactory(UserFactory)
    content = "오늘도 한 방울씩이에요."
    message_type = "motivation"


class AIPromptTemplateFactory(DjangoModelFactory):
    class Meta:
        model = AIPromptTemplate

    name = factory.Sequence(lambda n: f"template {n}")
    message_type = "motivation"
    template = "{{ nickname }}"
    version = "1.0"


class NotificationDeviceFactory(DjangoModelFactory):
    class Meta:
        model = NotificationDevice

    user = factory.SubFactory(UserFactory)
    device_token = factory.Sequence(lambda n: f"token-{n}")
    platform = "web"


class NotificationFactory(DjangoModelFactory):
    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    title = "물 한 잔"
    body = "어제까지 6일 이어졌어요."
    notification_type = "habit_reminder"


class NotificationDeliveryFactory(DjangoModelFactory):
    class Meta:
        model = NotificationDelivery

    notification = factory.SubFactory(NotificationFactory)
    channel = "email"
    due_at = factory.LazyFunction(timezone.now)


class NotificationTallyFactory(DjangoModelFactory):
    class Meta:
        model = NotificationTally

    counted_on = factory.LazyFunction(lambda: timezone.now().date())
    reason = "late"
    count = 1


class AnnouncementFactory(DjangoModelFactory):
    class Meta:
        model = Announcement

    title = "새 소식"
    body = "이제 물을 잔으로도 셀 수 있어요."


class UserAnalyticsFactory(DjangoModelFactory):
    class Meta:
        model = UserAnalytics

    user = factory.SubFactory(UserFactory)
    date = factory.LazyFunction(lambda: timezone.now().date())


class AppEventFactory(DjangoModelFactory):
    class Meta:
        model = AppEvent

    user = factory.SubFactory(UserFactory)
    event_type = "app_open"
    occurred_at = factory.LazyFunction(timezone.now)


class UploadedFileFactory(DjangoModelFactory):
    class Meta:
        model = UploadedFile

    user = factory.SubFactory(UserFactory)
    original_filename = "photo.jpg"
    stored_filename = "0190.webp"
    file_size = 1024
    mime_type = "image/webp"
    storage_path = "photos/0190.webp"
    url = "/files/0190"


class AuditLogFactory(DjangoModelFactory):
    class Meta:
        model = AuditLog

    table_name = "users"
    record_id = factory.Faker("uuid4")
    action = "UPDATE"


class DataExportFactory(DjangoModelFactory):
    class Meta:
        model = DataExport

    user = factory.SubFactory(UserFactory)


class DepartureFactory(DjangoModelFactory):
    class Meta:
        model = Departure

    user_id = factory.Faker("uuid4")
    step = "erased"
