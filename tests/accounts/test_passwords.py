"""Password reset and password change."""

import re
from http import HTTPStatus

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.test_signing_in import PASSWORD, is_in, sign_in
from tests.factories.accounts import UserFactory
from tests.factories.rest import EmailAddressFactory

pytestmark = pytest.mark.django_db

NEW = "조용한 저녁 책 20쪽"


@pytest.fixture
def jiwoo() -> User:
    return EmailAddressFactory(user=UserFactory(email="jiwoo@example.com")).user


def ask(client: Client, address: str = "jiwoo@example.com"):
    return client.post("/accounts/password/reset/", {"email": address})


def follow(client: Client, message: mail.EmailMessage) -> str:
    """Opens the link in the mail and returns the URL of the form behind it."""
    link = re.search(r"http\S+", message.body)[0]
    page = client.get(link)
    return page.headers.get("Location", link)


def test_a_new_password_is_set_by_mail(client, jiwoo):
    ask(client)
    form = follow(client, mail.outbox[0])

    client.post(form, {"password1": NEW, "password2": NEW})

    assert not is_in(Client())
    old, new = Client(), Client()
    sign_in(old, password=PASSWORD)
    sign_in(new, password=NEW)
    assert (is_in(old), is_in(new)) == (False, True)


def test_the_link_works_once(client, jiwoo):
    ask(client)
    form = follow(client, mail.outbox[0])
    client.post(form, {"password1": NEW, "password2": NEW})

    again = Client()
    page = again.get(re.search(r"http\S+", mail.outbox[0].body)[0], follow=True)

    assert "password1" not in page.content.decode()


@pytest.mark.parametrize("spelling", ["JIWOO@example.com", " jiwoo@example.com"])
def test_the_address_may_be_spelled_in_any_way(client, jiwoo, spelling):
    ask(client, spelling)

    assert [message.to for message in mail.outbox] == [["jiwoo@example.com"]]


def test_an_unknown_address_sees_the_same_and_gets_another_mail(client, jiwoo):
    known, unknown = ask(client), ask(Client(), "nobody@example.com")

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert [message.to for message in mail.outbox] == [["jiwoo@example.com"], ["nobody@example.com"]]
    assert "이 주소로 만든 계정은 없어요" in mail.outbox[1].body


@pytest.mark.parametrize("password", ["1234567", "password", "20261122", ""])
def test_a_weak_password_is_refused(client, jiwoo, password):
    ask(client)
    form = follow(client, mail.outbox[0])

    page = client.post(form, {"password1": password, "password2": password})

    assert page.context["form"].errors
    assert User.objects.get().check_password(PASSWORD)


def test_a_new_password_ends_the_sessions_elsewhere(client, jiwoo):
    elsewhere = Client()
    sign_in(elsewhere)
    ask(client)

    client.post(follow(client, mail.outbox[0]), {"password1": NEW, "password2": NEW})

    assert not is_in(elsewhere)


def test_whoever_is_in_changes_it_by_the_old_one(client, jiwoo):
    sign_in(client)

    refused = client.post("/accounts/password/change/", {"oldpassword": "아니에요", "password1": NEW, "password2": NEW})
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert refused.status_code == HTTPStatus.OK
    assert User.objects.get().check_password(NEW)


def test_a_change_is_told_by_mail(client, jiwoo):
    sign_in(client)

    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    (message,) = mail.outbox
    assert message.to == ["jiwoo@example.com"]
    assert NEW not in message.body
