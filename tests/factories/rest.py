"""Factories of the smaller apps."""

import datetime as dt
from uuid import uuid4

import factory
from allauth.account.models import EmailAddress
from django.utils import timezone
from factory.django import DjangoModelFactory

from analytics.models import AggregateFill, AppEvent, Experiment, MetricValue, StaleAggregate, UserAnalytics
from billing.models import (
    BillingAlert,
    BillingConsent,
    GatewayEvent,
    PaymentMethod,
    PaymentTransaction,
    RenewalNight,
    SubscriptionPlan,
    UserSubscription,
)
from coaching.models import (
    AIPromptTemplate,
    CoachingControls,
    CoachingDecision,
    CoachingJob,
    CoachingMessage,
    CoachingSettings,
    CoachingSpend,
    CoachingUsage,
    CoachQuestion,
    CrisisFlag,
    PromptEvaluation,
    ToneTally,
)
from coaching.questions.asked import Answer
from core.audit.models import AuditLog
from core.staff.models import AccessReview, ChangeRequest, PurgedKey, Revision, ScheduledRun, WorkClaim
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
from tests.factories.habits import UserHabitFactory
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
    # From the end, so that a test that gives it in the past has a period.
    started_at = current_period_start = factory.LazyAttribute(
        lambda row: row.current_period_end - dt.timedelta(days=30)
    )
    current_period_end = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=30))


class PaymentTransactionFactory(DjangoModelFactory):
    class Meta:
        model = PaymentTransaction

    user = factory.SubFactory(UserFactory)
    transaction_type = "payment"
    status = "completed"
    amount = 990000
    payment_gateway = "portone"


class PaymentMethodFactory(DjangoModelFactory):
    class Meta:
        model = PaymentMethod

    user = factory.SubFactory(UserFactory)
    gateway = "demo"
    token = "demo_4242_0190"
    label = "데모 카드 •••• 4242"


class BillingConsentFactory(DjangoModelFactory):
    class Meta:
        model = BillingConsent

    user = factory.SubFactory(UserFactory)
    plan = factory.SubFactory(SubscriptionPlanFactory)
    item = "recurring"
    amount = 990000
    effective_at = occurred_at = factory.LazyFunction(timezone.now)


class GatewayEventFactory(DjangoModelFactory):
    class Meta:
        model = GatewayEvent

    gateway = "demo"
    event_id = factory.Sequence(lambda n: f"event-{n}")
    event_type = "payment.paid"
    reference = factory.Sequence(lambda n: f"payment-{n}")


class BillingAlertFactory(DjangoModelFactory):
    class Meta:
        model = BillingAlert

    kind = "difference"
    reference = factory.Sequence(lambda n: f"payment-{n}")


class RenewalNightFactory(DjangoModelFactory):
    class Meta:
        model = RenewalNight

    day_on = factory.Sequence(lambda n: dt.date(2026, 1, 1) + dt.timedelta(days=n))
    forecast = 990000


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


class ExperimentFactory(DjangoModelFactory):
    class Meta:
        model = Experiment

    user_habit = factory.SubFactory(UserHabitFactory)
    user = factory.SelfAttribute("user_habit.user")
    idea = "아침에 가장 먼저 하기"
    starts_on = dt.date(2026, 1, 5)
    ends_on = dt.date(2026, 1, 18)


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


class CoachQuestionFactory(DjangoModelFactory):
    class Meta:
        model = CoachQuestion

    user = factory.SubFactory(UserFactory)
    question = "지난주 물 몇 번?"
    answer = factory.LazyFunction(lambda: Answer("answer", "물은 지난주에 3번 체크했어요.").to_json())
    asked_at = factory.LazyFunction(timezone.now)


class CrisisFlagFactory(DjangoModelFactory):
    class Meta:
        model = CrisisFlag

    user = factory.SubFactory(UserFactory)
    danger = "self_harm"
    raised_at = factory.LazyFunction(timezone.now)


class AIPromptTemplateFactory(DjangoModelFactory):
    class Meta:
        model = AIPromptTemplate

    name = factory.Sequence(lambda n: f"template {n}")
    message_type = "motivation"
    template = "{{ nickname }}"
    version = "1.0"


class PromptEvaluationFactory(DjangoModelFactory):
    class Meta:
        model = PromptEvaluation

    template = factory.SubFactory(AIPromptTemplateFactory)
    ai_model = "rules"
    rubric_version = "1"
    cases = 2
    passed = 1
    failed_safety = 1


class CoachingSettingsFactory(DjangoModelFactory):
    class Meta:
        model = CoachingSettings

    user = factory.SubFactory(UserFactory)


class CoachingJobFactory(DjangoModelFactory):
    class Meta:
        model = CoachingJob

    user = factory.SubFactory(UserFactory)
    occasion = "asked"
    effect_key = factory.Sequence(lambda n: f"asked:{n}")
    local_date = dt.date(2026, 11, 22)
    due_at = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


class CoachingDecisionFactory(DjangoModelFactory):
    class Meta:
        model = CoachingDecision

    user = factory.SubFactory(UserFactory)
    local_date = dt.date(2026, 11, 22)
    decided_at = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    settles_at = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    message_type = "advice"
    arm = "gentle"
    probability = 0.9
    inputs = {"arms": [], "preference": "gentle", "expected": 0.5}
    policy_version = "1"
    seed = 1


class CoachingUsageFactory(DjangoModelFactory):
    class Meta:
        model = CoachingUsage

    user = factory.SubFactory(UserFactory)
    local_date = dt.date(2026, 11, 22)
    used = 1


class CoachingSpendFactory(DjangoModelFactory):
    class Meta:
        model = CoachingSpend
        django_get_or_create = ["spent_on", "user"]

    spent_on = dt.date(2026, 11, 22)
    user = None


class CoachingControlsFactory(DjangoModelFactory):
    class Meta:
        model = CoachingControls
        django_get_or_create = ["id"]

    id = 1


class ToneTallyFactory(DjangoModelFactory):
    class Meta:
        model = ToneTally

    message_type = "advice"
    tone = "gentle"


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


class AggregateFillFactory(DjangoModelFactory):
    class Meta:
        model = AggregateFill

    metric = "user_analytics"
    zone = "Asia/Seoul"
    day_start = 0
    counted_on = factory.LazyFunction(lambda: timezone.now().date())
    state = "done"
    done_at = factory.LazyFunction(timezone.now)


class MetricValueFactory(DjangoModelFactory):
    class Meta:
        model = MetricValue

    metric = "active_day"
    begins_on = factory.LazyFunction(lambda: timezone.now().date())
    number = 40
    people = 40


class StaleAggregateFactory(DjangoModelFactory):
    class Meta:
        model = StaleAggregate
        django_get_or_create = ["user"]

    user = factory.SubFactory(UserFactory)
    begins_on = factory.LazyFunction(lambda: timezone.now().date())
    marked_in = 1


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


class ChangeRequestFactory(DjangoModelFactory):
    class Meta:
        model = ChangeRequest

    kind = "price"
    target = factory.LazyFunction(lambda: SubscriptionPlanFactory().pk)
    subject = "요금제의 값"
    proposed = factory.LazyFunction(lambda: {"price": 100000})
    before = factory.LazyFunction(lambda: {"price": 0, "currency": "KRW", "billing_cycle": "monthly"})
    why = "시험"
    author_id = factory.Faker("uuid4")
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=1))


class PurgedKeyFactory(DjangoModelFactory):
    """With the request by which two people decided it."""

    class Meta:
        model = PurgedKey

    key_id = factory.Sequence(lambda n: f"old{n}")
    request_id = factory.LazyAttribute(lambda row: _decided(row.key_id).pk)
    purged_at = factory.LazyFunction(timezone.now)


def _decided(key_id: str) -> ChangeRequest:
    return ChangeRequestFactory(
        kind="key", target=key_id, state="done", approver_id=uuid4(), decided_at=timezone.now(), proposed={}, before={}
    )


class AccessReviewFactory(DjangoModelFactory):
    class Meta:
        model = AccessReview

    month = factory.Sequence(lambda n: dt.date(2020 + n // 12, n % 12 + 1, 1))
    reads = 0
    sample = factory.LazyFunction(lambda: ["0190f9ff-0000-7000-8000-000000000000"])


class RevisionFactory(DjangoModelFactory):
    class Meta:
        model = Revision

    table = "habits"
    key = factory.Faker("uuid4")
    number = 1
    content = factory.LazyFunction(lambda: {"name": "물"})
    state = "kept"


class WorkClaimFactory(DjangoModelFactory):
    class Meta:
        model = WorkClaim

    name = factory.Sequence(lambda n: f"app.work_{n}")
    owner_id = factory.Faker("uuid4")
    claimed_at = factory.LazyFunction(timezone.now)


class ScheduledRunFactory(DjangoModelFactory):
    class Meta:
        model = ScheduledRun

    name = factory.Sequence(lambda n: f"wellness.job_{n}")
    began_at = factory.LazyFunction(timezone.now)
