import datetime as dt

import factory
from factory.django import DjangoModelFactory

from accounts.models import SocialRevocation, User, UserConsent, UserSession, UserSocialAccount

# Of every account that a test makes.
PASSWORD = "느린 아침 산책 7"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"사람{n}")
    is_verified = True

    @factory.post_generation
    def password(self, create, extracted, **kwargs):
        self.set_password(extracted or PASSWORD)
        if create:
            self.save()


class StaffFactory(UserFactory):
    is_staff = True
    is_superuser = True


class UserSocialAccountFactory(DjangoModelFactory):
    class Meta:
        model = UserSocialAccount

    user = factory.SubFactory(UserFactory)
    provider = "kakao"
    provider_user_id = factory.Sequence(str)
    access_token = "access"
    refresh_token = "refresh"


class SocialRevocationFactory(DjangoModelFactory):
    class Meta:
        model = SocialRevocation

    provider = "kakao"
    access_token = "access"
    refresh_token = "refresh"


class UserSessionFactory(DjangoModelFactory):
    class Meta:
        model = UserSession

    user = factory.SubFactory(UserFactory)
    refresh_token_hash = factory.Sequence(lambda n: f"{n:064x}")
    expires_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=30))


class UserConsentFactory(DjangoModelFactory):
    class Meta:
        model = UserConsent

    user = factory.SubFactory(UserFactory)
    item = "terms"
    granted = True
    version = "2026-11-29"
    channel = "signup"
