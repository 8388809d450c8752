"""allauth's columns are sealed, and allauth's lookups still work."""

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection

from core.crypto.sealing import Unreadable
from core.crypto.third_party_fields import seal_allauth
from tests.factories.accounts import UserFactory
from tests.factories.rest import EmailAddressFactory

pytestmark = pytest.mark.django_db


def rows(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT json_agg({table})::text FROM {table}")
        return cursor.fetchone()[0]


@pytest.fixture
def account() -> SocialAccount:
    return SocialAccount.objects.create(
        user=UserFactory(),
        provider="kakao",
        uid="kakao-1234567",
        extra_data={"nickname": "지우", "email": "j@kakao.com"},
    )


def test_addresses_are_sealed_and_found():
    address = EmailAddressFactory(email="jiwoo@example.com")

    assert "jiwoo" not in rows("account_emailaddress")
    assert EmailAddress.objects.get(email="jiwoo@example.com") == address
    assert EmailAddress.objects.get(email__in=["a@example.com", "jiwoo@example.com"]) == address
    assert filter_users_by_email("Jiwoo@Example.com") == [address.user]
    assert EmailAddress.objects.get().email == "jiwoo@example.com"
    assert not EmailAddress.objects.filter(email="jiwoo@example.org").exists()


def test_a_confirmed_address_belongs_to_one_person():
    EmailAddressFactory(email="jiwoo@example.com")

    with pytest.raises(IntegrityError):
        EmailAddressFactory(email="jiwoo@example.com", user=UserFactory())


def test_social_accounts_are_sealed_and_found(account):
    kept = rows("socialaccount_socialaccount")

    assert not any(text in kept for text in ("1234567", "지우", "nickname", "j@kakao.com"))
    found = SocialAccount.objects.get(provider="kakao", uid="kakao-1234567")
    assert (found, found.extra_data["nickname"]) == (account, "지우")


def test_provider_tokens_and_second_factors_are_sealed(account):
    SocialToken.objects.create(account=account, token="access-7", token_secret="refresh-7", app=None)
    Authenticator.objects.create(user=account.user, type="totp", data={"secret": "totp-7"})

    kept = rows("socialaccount_socialtoken") + rows("mfa_authenticator")

    assert not any(text in kept for text in ("access-7", "refresh-7", "totp-7"))
    assert SocialToken.objects.get().token_secret == "refresh-7"
    assert Authenticator.objects.get().data == {"secret": "totp-7"}


def test_plain_values_in_sealed_columns_do_not_open(account):
    with connection.cursor() as cursor:
        cursor.execute('UPDATE socialaccount_socialaccount SET extra_data = \'{"nickname": "지우"}\'')

    with pytest.raises(Unreadable):
        SocialAccount.objects.get()


@pytest.mark.parametrize(
    ("model", "question"),
    [
        (EmailAddress, {"email__contains": "jiwoo"}),
        (EmailAddress, {"email__lower": "jiwoo@example.com"}),
        (SocialAccount, {"uid__startswith": "kakao"}),
        (SocialAccount, {"extra_data__nickname": "지우"}),
        (SocialAccount, {"extra_data": {}}),
        (SocialToken, {"token": "access-7"}),
        (Authenticator, {"data__secret": "totp-7"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else next(iter(value)),
)
def test_questions_that_cipher_text_cannot_answer_are_refused(model, question):
    with pytest.raises(FieldError, match="sealed"):
        list(model.objects.filter(**question))


def test_sealing_them_twice_changes_nothing():
    before = type(EmailAddress._meta.get_field("email"))

    seal_allauth()

    assert type(EmailAddress._meta.get_field("email")) is before


def test_no_text_of_a_row_names_the_person(account):
    address = EmailAddressFactory(email="jiwoo@example.com", user__name="지우")

    shown = f"{address} {address.user} {account} {account.user}"
    assert not any(text in shown for text in ("jiwoo", "지우", "1234567"))
