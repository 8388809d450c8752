"""Login with address and password, and logout."""

from http import HTTPStatus

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from core import redis
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.rest import EmailAddressFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def jiwoo() -> User:
    return EmailAddressFactory(user=UserFactory(email="jiwoo@example.com", name="지우")).user


def sign_in(client: Client, address: str = "jiwoo@example.com", password: str = PASSWORD, **form: str):
    return client.post("/accounts/login/", {"login": address, "password": password} | form)


def is_in(client: Client) -> bool:
    return client.get("/today/").status_code == HTTPStatus.OK


@pytest.mark.parametrize("spelling", ["jiwoo@example.com", "JIWOO@Example.COM", "  jiwoo@example.com "])
def test_the_address_may_be_spelled_in_any_way(client, jiwoo, spelling):
    answer = sign_in(client, spelling)

    assert answer.headers["Location"] == "/today/"
    assert is_in(client)


def test_a_page_asked_for_before_is_shown_after(client, jiwoo):
    asked = client.get("/habits/?q=물")

    answer = client.post(asked.headers["Location"], {"login": "jiwoo@example.com", "password": PASSWORD})

    assert asked.headers["Location"].startswith("/accounts/login/?next=/habits/")
    assert answer.headers["Location"].startswith("/habits/?q=")


def test_another_site_is_not_a_page_to_go_to(client, jiwoo):
    answer = sign_in(client, next="https://example.org/")

    assert answer.headers["Location"] == "/today/"


@pytest.mark.parametrize("password", ["느린 아침 산책 8", "", PASSWORD.encode().hex()])
def test_a_wrong_password_does_not_open(client, jiwoo, password):
    sign_in(client, password=password)

    assert not is_in(client)


def test_a_wrong_password_and_an_unknown_address_look_the_same(client, jiwoo):
    wrong = sign_in(client, password="느린 아침 산책 8")
    unknown = sign_in(client, "nobody@example.com", password="느린 아침 산책 8")

    assert wrong.status_code == unknown.status_code == HTTPStatus.OK
    assert shown(wrong, "jiwoo@example.com") == shown(unknown, "nobody@example.com")
    assert mail.outbox == []


def shown(page, address: str) -> str:
    return page.content.decode().replace(address, "…").replace(str(page.context["csrf_token"]), "")


def test_an_account_that_was_turned_off_does_not_open(client, jiwoo):
    User.objects.update(is_active=False)

    sign_in(client)

    assert not is_in(client)


def test_an_account_without_a_password_opens_by_none(client):
    EmailAddressFactory(user=User.objects.create_user("kakao@example.com", name="카카오"))

    for password in ("", "None", "!"):
        sign_in(client, "kakao@example.com", password)

    assert User.objects.get().password is None
    assert not is_in(client)


def test_somebody_who_tries_on_and_on_is_told_to_wait(client, jiwoo):
    for _time in range(5):
        sign_in(client, password="느린 아침 산책 8")

    sign_in(client)

    assert not is_in(client)


def test_signing_in_begins_a_session_of_another_name(client, jiwoo):
    client.get("/accounts/login/")
    client.post("/accounts/login/", {})
    before = client.session.session_key

    sign_in(client)

    assert client.session.session_key != before
    assert client.cookies["session"]["httponly"]
    assert client.cookies["session"]["samesite"] == "Lax"


def test_signing_out_is_asked_for_and_ends_the_session(client, jiwoo):
    sign_in(client)
    asked = client.get("/accounts/logout/")
    still_in = is_in(client)
    cookies = client.cookies.output()

    answer = client.post("/accounts/logout/")

    assert (asked.status_code, still_in, answer.headers["Location"]) == (HTTPStatus.OK, True, "/")
    assert not is_in(client)
    assert "jiwoo" not in cookies


def test_a_session_that_was_signed_out_cannot_be_used_again(client, jiwoo):
    sign_in(client)
    thief = Client()
    thief.cookies["session"] = client.cookies["session"].value

    client.post("/accounts/logout/")

    assert not is_in(thief)


def test_what_redis_keeps_of_it_names_nobody(client, jiwoo):
    sign_in(client, password="느린 아침 산책 8")
    sign_in(client)

    kept = [name + (redis.client().dump(name) or b"") for name in redis.client().scan_iter()]
    assert kept != []
    assert not any(b"jiwoo" in entry or str(jiwoo.pk).encode() in entry for entry in kept)


@pytest.mark.parametrize("path", ["/today/", "/habits/", "/habits/own/"])
def test_strangers_are_asked_to_sign_in(client, path):
    answer = client.get(path)

    assert answer.headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("path", ["login", "signup", "password/reset", "confirm-email"])
@pytest.mark.parametrize(("language", "word"), [("ko", "해"), ("en", "WellnessAI")])
def test_every_page_before_signing_in_speaks_the_browsers_language(client, path, language, word):
    page = client.get(f"/accounts/{path}/", headers={"accept-language": language})

    assert (page.status_code, page.headers["Content-Language"]) == (HTTPStatus.OK, language)
    assert f'<html lang="{language}"' in page.content.decode()
