"""Creates many people with sealed data, and changes the keys that seal it."""

import base64
import datetime as dt
import os
import secrets

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from accounts.models import User, UserSocialAccount
from coaching.models import CoachingMessage
from core.crypto import keyring
from habits.models import Habit, HabitImport, UserHabit
from notifications.models import Notification
from tests.factories.accounts import PASSWORD
from tests.factories.habits import HabitFactory
from tests.processes import database_url

# People in one statement.
BATCH = 2_000
OLD, NEW = (f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}" for name in ("k1", "k2"))


def use_keys(settings, *keys: str) -> None:
    settings.PII_KEYS = list(keys)
    keyring.current.cache_clear()


def environment(settings) -> dict[str, str]:
    """Environment of a child process that uses the tests' database and keys."""
    keys = {"PII_KEYS": ",".join(settings.PII_KEYS), "PII_INDEX_KEY": settings.PII_INDEX_KEY}
    return os.environ | keys | {"DATABASE_URL": database_url()}


def create_people(number: int) -> list[User]:
    """Creates people with a value in every kind of sealed column."""
    sample = User()
    sample.set_password(PASSWORD)
    habit = HabitFactory()
    people: list[User] = []
    for first in range(0, number, BATCH):
        people += _create_batch(range(first, min(first + BATCH, number)), sample.password, habit)
    return people


def _create_batch(numbers: range, password: str | None, habit: Habit) -> list[User]:
    people = User.objects.bulk_create(
        User(email=f"crowd{n}@example.com", name=f"무리{n}", bio="산책", is_verified=True, password=password)
        for n in numbers
    )
    numbered = list(zip(numbers, people, strict=True))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=f"crowd{n}@example.com", verified=True, primary=True) for n, person in numbered
    )
    UserHabit.objects.bulk_create(
        UserHabit(
            user=person,
            habit=habit,
            notes="무릎이 아파요",
            custom_name="약",
            anchor="밥",
            group_name="몸",
            origin="name:약",
        )
        for person in people
    )
    Habit.objects.bulk_create(
        Habit(owner=person, own_name="약", own_description="아침마다", category=habit.category) for person in people
    )
    HabitImport.objects.bulk_create(
        HabitImport(user=person, preview=[{"name": "약"}], expires_at=dt.datetime.now(dt.UTC)) for person in people
    )
    CoachingMessage.objects.bulk_create(
        CoachingMessage(user=person, content="약", context={"name": "약"}, message_type="advice") for person in people
    )
    Notification.objects.bulk_create(
        Notification(user=person, title="약", body="약", data={"name": "약"}, notification_type="system")
        for person in people
    )
    UserSocialAccount.objects.bulk_create(
        UserSocialAccount(user=person, provider="kakao", provider_user_id=str(n), access_token="a", refresh_token="r")
        for n, person in numbered
    )
    SocialAccount.objects.bulk_create(
        SocialAccount(user=person, provider="kakao", uid=str(n), extra_data={"nickname": "무리"})
        for n, person in numbered
    )
    Authenticator.objects.bulk_create(
        Authenticator(user=person, type="recovery_codes", data={"seed": "x"}) for person in people
    )
    return people
