import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.factories.accounts import UserConsentFactory, UserSessionFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, HabitRestFactory, MonthGoalFactory, UserHabitFactory
from tests.factories.rest import (
    AppEventFactory,
    BillingConsentFactory,
    CoachingDecisionFactory,
    CoachingJobFactory,
    CoachingMessageFactory,
    CoachingSettingsFactory,
    CoachingSpendFactory,
    CoachingUsageFactory,
    EmailAddressFactory,
    NotificationDeviceFactory,
    NotificationFactory,
    PaymentTransactionFactory,
    UploadedFileFactory,
    UserAchievementFactory,
    UserAnalyticsFactory,
    UserSubscriptionFactory,
)

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def storage_paths(settings, tmp_path):
    """A storage folder and a deletion log for one test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DELETION_LEDGER = tmp_path / "ledger" / "deletions.jsonl"


@pytest.fixture
def full_life(person):
    """The person with a row in every table that can belong to a person."""
    return add_rows(person)


def add_rows(person):
    EmailAddressFactory(user=person)
    UserConsentFactory(user=person)
    UserSessionFactory(user=person, ip_address="203.0.113.9", user_agent="Firefox of hers")
    own = HabitFactory(owner=person, name="=둘만 아는 습관")
    user_habit = UserHabitFactory(user=person, habit=own, notes="무릎이 아파요")
    HabitLogFactory(user_habit=user_habit, notes="오늘은 맑음", mood_score=8, image_urls=["/files/1"])
    HabitRestFactory(user_habit=user_habit)
    MonthGoalFactory(user_habit=user_habit)
    UserAchievementFactory(user=person)
    UserAnalyticsFactory(user=person, avg_mood_score=7.5, total_habits=3)
    AppEventFactory(user=person, ip_address="203.0.113.9")
    CoachingMessageFactory(user=person, user_feedback="고마워요", prompt="[사실] 물 8잔")
    CoachingSettingsFactory(user=person)
    CoachingJobFactory(user=person)
    CoachingDecisionFactory(user=person)
    CoachingUsageFactory(user=person)
    CoachingSpendFactory(user=person)
    NotificationFactory(user=person)
    NotificationDeviceFactory(user=person)
    subscription = UserSubscriptionFactory(user=person, external_subscription_id="sub_of_hers_1")
    BillingConsentFactory(user=person, subscription=subscription)
    PaymentTransactionFactory(user=person, subscription=subscription, gateway_response={"buyer": "지우"})
    path = default_storage.save("photos/one.webp", ContentFile(b"a photo"))
    UploadedFileFactory(user=person, storage_path=path, original_filename="지우의 하루.jpg")
    return person
