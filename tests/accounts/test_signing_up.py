"""Sign-up by form, confirmation by mail, and the first login."""

import re
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts import consents
from accounts.models import User, UserConsent
from tests.at_once import at_once
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.rest import EmailAddressFactory

FORM = {
    "name": "지우",
    "email": "jiwoo@example.com",
    "password1": PASSWORD,
    "age": "on",
    "terms": "on",
    "privacy": "on",
}
SENT = "/accounts/confirm-email/"


def sign_up(client: Client, **changes: str):
    return client.post("/accounts/signup/", FORM | changes)


def link_in(message: mail.EmailMessage) -> str:
    return re.search(r"http\S+", message.body)[0]


@pytest.mark.django_db
def test_a_newcomer_confirms_by_mail_and_is_in(client):
    answer = sign_up(client)
    (message,) = mail.outbox
    link = link_in(message)

    confirmed = client.get(link)

    assert (answer.headers["Location"], message.to) == (SENT, ["jiwoo@example.com"])
    assert confirmed.headers["Location"] == "/start/"
    assert client.get("/today/").status_code == HTTPStatus.OK
    assert User.objects.get().is_verified


@pytest.mark.django_db
def test_nobody_is_in_before_the_address_is_confirmed(client):
    sign_up(client)

    answer = client.post("/accounts/login/", {"login": FORM["email"], "password": FORM["password1"]})

    assert answer.headers["Location"] == SENT
    assert client.get("/today/").status_code == HTTPStatus.FOUND
    assert not User.objects.get().is_verified


@pytest.mark.django_db
def test_opening_the_link_elsewhere_confirms_nothing(client):
    """A scanner of mail opens links without the browser's session."""
    sign_up(client)

    page = Client().get(link_in(mail.outbox[0]))

    assert "이 주소로 가입한 분이 맞나요?" in page.content.decode()

    assert not EmailAddress.objects.get().verified


@pytest.mark.django_db
@pytest.mark.parametrize("spoil", [lambda link: link[:-3] + "x/", lambda link: link])
def test_a_link_that_is_wrong_or_used_says_so(client, spoil):
    sign_up(client)
    link = link_in(mail.outbox[0])
    client.post(link)

    page = Client().get(spoil(link))

    assert "이 링크는 쓸 수 없어요" in page.content.decode()


@pytest.mark.django_db
def test_each_answer_is_written_down_with_its_text_and_place(client):
    sign_up(client, marketing="on")

    answers = UserConsent.objects.values_list("item", "granted", "version", "channel")
    assert set(answers) == {
        ("terms", True, consents.VERSION, "signup"),
        ("privacy", True, consents.VERSION, "signup"),
        ("health", False, consents.VERSION, "signup"),
        ("marketing", True, consents.VERSION, "signup"),
        ("night", False, consents.VERSION, "signup"),
    }
    user = User.objects.get()
    assert (user.agreed_to_terms, user.agreed_to_privacy, user.agreed_to_marketing) == (True, True, True)
    assert not user.shares_health


@pytest.mark.django_db
def test_nothing_is_ticked_beforehand(client):
    page = client.get("/accounts/signup/").content.decode()

    # Six questions, and the box that answers all of them.
    assert page.count('type="checkbox"') == 7
    assert "checked" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("age", "만 14세부터 쓸 수 있어요."),
        ("terms", "약관에 동의해야 시작할 수 있어요."),
        ("privacy", "개인정보 처리에 동의해야 시작할 수 있어요."),
        ("email", ""),
        ("password1", ""),
    ],
)
def test_without_a_required_answer_nothing_is_kept(client, missing, reason):
    page = sign_up(client, **{missing: ""})

    assert page.status_code == HTTPStatus.OK
    assert reason in page.content.decode()
    assert missing in page.context["form"].errors
    assert (User.objects.count(), UserConsent.objects.count(), EmailAddress.objects.count(), mail.outbox) == (
        0,
        0,
        0,
        [],
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "jiwoo"),
        ("email", "지우@example.com"),
        ("email", "ｊｉｗｏｏ@example.com"),
        ("email", "jiwoo\0@example.com"),
        ("email", f"{'j' * 600}@example.com"),
        ("password1", "1234567"),
        ("password1", "password"),
        ("password1", "20261122"),
        ("password1", "느린\0아침 산책"),
    ],
)
def test_what_cannot_be_kept_is_refused(client, field, value):
    page = sign_up(client, **{field: value})

    assert list(page.context["form"].errors) == [field]
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "kept"), [("Europe/Berlin", "Europe/Berlin"), ("Mars/Base", "Asia/Seoul"), ("", "Asia/Seoul")]
)
def test_days_follow_the_browsers_zone_where_there_is_such_a_zone(client, zone, kept):
    sign_up(client, timezone=zone)

    assert User.objects.get().timezone == kept


@pytest.mark.django_db
def test_a_reader_of_english_is_answered_in_english_from_then_on(client):
    client.post("/accounts/signup/", FORM, headers={"accept-language": "en-GB,en;q=0.9"})

    assert User.objects.get().language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", ["jiwoo@example.com", "JIWOO@Example.com", " jiwoo@example.com "])
def test_an_address_that_has_an_account_gets_another_mail_and_the_same_page(client, spelling):
    EmailAddressFactory(user=UserFactory(email="jiwoo@example.com"))

    answer = sign_up(client, email=spelling)

    (message,) = mail.outbox
    assert (answer.status_code, answer.headers["Location"]) == (HTTPStatus.FOUND, SENT)
    assert (message.to, "이미 계정이 있는 주소라" in message.body) == (["jiwoo@example.com"], True)
    assert "password/reset" in link_in(message)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_new_address_and_a_known_one_see_the_same(client):
    new = sign_up(client)
    cache.clear()
    known = sign_up(Client())

    assert (new.status_code, new.headers["Location"], new.content) == (
        known.status_code,
        known.headers["Location"],
        known.content,
    )
    assert set(new.cookies) == set(known.cookies)


def test_of_sixteen_at_once_one_gets_the_account_and_none_an_error(committed):
    spellings = ["jiwoo@example.com", "JiWoo@example.com", " jiwoo@example.com", "jiwoo@EXAMPLE.com"]

    # Each browser has its own client address, because of the limit per address.
    browsers = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(16)]
    answers = at_once(16, lambda number: sign_up(browsers[number], email=spellings[number % 4]))

    assert [getattr(answer, "status_code", answer) for answer in answers] == [HTTPStatus.FOUND] * 16
    assert {answer.headers["Location"] for answer in answers} == {SENT}
    assert User.objects.count() == EmailAddress.objects.count() == 1
    assert UserConsent.objects.count() == 5
