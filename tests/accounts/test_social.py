"""Login with each provider, against a server that implements their protocols."""

import datetime as dt
import functools
import json

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.db import connection
from django.test import Client

from accounts import social
from accounts.models import SocialRevocation, User, UserConsent, UserSession, UserSocialAccount
from accounts.providers import PROVIDERS
from accounts.providers.base import ProviderRefused
from tests.accounts.conftest import come_back, leave
from tests.factories.accounts import PASSWORD, SocialRevocationFactory, UserFactory, UserSocialAccountFactory
from tests.fakes.identity_providers import NAMES
from wellness.privacy import erasure

pytestmark = pytest.mark.django_db

VERIFYING = ["kakao", "google", "apple"]
each = pytest.mark.parametrize("provider", NAMES)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def sign_up(browser, through, provider, agreement, **said):
    through(browser, provider)
    return browser.post("/accounts/3rdparty/signup/", agreement | said)


def is_in(browser: Client) -> bool:
    return browser.get("/me/devices/").status_code == 200


def people_and_accounts() -> tuple[int, ...]:
    models = (User, EmailAddress, SocialAccount, UserSocialAccount, SocialToken, UserConsent, UserSession)
    return tuple(model.objects.count() for model in models)


def whole_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT x::text FROM "{table}" x')
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows)


def proven(**values) -> User:
    person = UserFactory(**values)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def signed_in(person) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def test_a_provider_without_keys_has_no_button_and_no_door(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert "sns" not in client.get("/accounts/login/").content.decode()
    assert [client.post(f"/accounts/{name}/login/").status_code for name in NAMES] == [404] * 4


def test_only_the_providers_with_keys_have_a_button(client, providers, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"naver": providers.settings()["naver"]}

    page = client.get("/accounts/login/").content.decode()

    assert "네이버로 로그인" in page
    assert "카카오" not in page


@each
def test_nothing_is_stored_before_the_person_agrees(client, through, provider):
    answer = through(client, provider)

    assert answer.url == "/accounts/3rdparty/signup/"
    assert client.get(answer.url).status_code == 200
    assert people_and_accounts() == (0,) * 7


@each
@pytest.mark.parametrize("missing", ["age", "terms", "privacy"])
def test_without_age_and_consent_nothing_is_stored(client, through, agreement, provider, missing):
    del agreement[missing]

    answer = sign_up(client, through, provider, agreement)

    assert answer.context["form"].errors.keys() >= {missing}
    assert people_and_accounts() == (0,) * 7


def test_somebody_too_young_leaves_nothing_behind(client, through):
    through(client, "kakao")

    client.post("/not-yet/")

    assert people_and_accounts() == (0,) * 7
    assert client.get("/accounts/3rdparty/signup/").url == "/accounts/login/"


@pytest.mark.parametrize("provider", VERIFYING)
def test_a_person_with_a_vouched_address_is_in_at_once(client, through, agreement, provider):
    answer = sign_up(client, through, provider, agreement, health="on")

    person = User.objects.get()
    assert answer.url == "/start/"
    assert is_in(client)
    assert (person.email, person.name, person.is_verified, person.password) == ("jiwoo@example.org", "지우", True, None)
    assert dict(person.consents.values_list("item", "granted")) == {
        "terms": True,
        "privacy": True,
        "health": True,
        "marketing": False,
        "night": False,
    }


def test_navers_address_waits_for_the_mail(client, through, agreement, mailoutbox):
    answer = sign_up(client, through, "naver", agreement, email="jiwoo@example.org")

    assert answer.url == "/accounts/confirm-email/"
    assert not is_in(client)
    assert not User.objects.get().is_verified
    link = next(word for word in mailoutbox[-1].body.split() if "/confirm-email/" in word)
    client.post(link.partition("testserver")[2])
    assert is_in(client)
    assert User.objects.get().is_verified


@pytest.mark.parametrize(("valid", "verified"), [(True, False), (False, True), (False, False)])
def test_kakaos_address_counts_only_when_valid_and_verified(client, providers, through, agreement, valid, verified):
    providers.person.valid, providers.person.verified = valid, verified

    sign_up(client, through, "kakao", agreement, email=providers.person.email)

    assert not is_in(client)


@each
def test_the_name_the_provider_tells_is_suggested(client, through, provider):
    answer = through(client, provider)

    assert client.get(answer.url).context["form"].initial["name"] == "김지우"


def test_a_vouched_address_cannot_be_swapped_for_another(client, through, agreement):
    sign_up(client, through, "google", agreement, email="victim@example.org")

    assert list(EmailAddress.objects.values_list("email", "verified")) == [("jiwoo@example.org", True)]


@each
def test_the_second_login_is_the_same_person(client, through, agreement, provider):
    person = UserFactory()
    SocialAccount.objects.create(user=person, provider=provider, uid=_uid(provider))
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)

    answer = through(client, provider)

    assert answer.url == "/today/"
    assert client.get("/me/").context["user"] == person
    assert UserSocialAccount.objects.get().user == person


def _uid(provider: str) -> str:
    return "1234567" if provider == "kakao" else f"{provider}-1234567"


@each
def test_tokens_are_kept_sealed_and_nowhere_else(client, providers, through, agreement, provider):
    sign_up(client, through, provider, agreement, email="jiwoo@example.org")

    row = UserSocialAccount.objects.get()
    assert providers.access[row.access_token] == provider
    assert providers.refresh[row.refresh_token] == provider
    assert abs(row.expires_at - dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)) < dt.timedelta(minutes=1)
    dump = whole_database()
    for secret in (row.access_token, row.refresh_token, _uid(provider), "jiwoo@example.org", "김지우"):
        assert secret not in dump
    assert json.dumps("김지우") not in dump
    assert SocialAccount.objects.get().extra_data == {}
    assert not SocialToken.objects.exists()


@each
def test_a_token_about_to_expire_is_refreshed_when_used(client, providers, through, agreement, provider):
    providers.lifetime = 60
    sign_up(client, through, provider, agreement, email="jiwoo@example.org")
    row = UserSocialAccount.objects.get()
    old, kept = row.access_token, row.refresh_token
    now = dt.datetime.now(dt.UTC)
    providers.lifetime = 7200

    fresh = social.fresh_token(row, at=now)

    row = UserSocialAccount.objects.get()
    assert fresh == row.access_token != old
    assert row.refresh_token == kept
    assert row.expires_at == now + dt.timedelta(hours=2)


def test_a_provider_that_answers_nonsense_has_refused(client, providers, through, agreement):
    providers.lifetime = 60
    sign_up(client, through, "kakao", agreement, email="jiwoo@example.org")
    row = UserSocialAccount.objects.get()

    for nonsense in ("soon", 10**30, [1]):
        providers.lifetime = nonsense
        with pytest.raises(ProviderRefused):
            social.fresh_token(row, at=dt.datetime.now(dt.UTC))


def test_a_good_token_is_used_as_it_is(client, through, agreement):
    sign_up(client, through, "kakao", agreement)
    row = UserSocialAccount.objects.get()

    assert social.fresh_token(row, at=dt.datetime.now(dt.UTC)) == row.access_token


def test_a_refusing_provider_is_told_apart(client, providers, through, agreement):
    sign_up(client, through, "kakao", agreement)
    row = UserSocialAccount.objects.get()
    providers.refresh.clear()

    with pytest.raises(ProviderRefused):
        social.fresh_token(row, at=row.expires_at)


@each
def test_connecting_and_disconnecting_in_the_settings(providers, through, provider):
    person = proven()
    browser = signed_in(person)

    through(browser, provider, process="connect")
    assert person.social_accounts.get().provider == provider
    token = person.social_accounts.get()
    browser.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})

    assert not SocialAccount.objects.exists()
    assert not UserSocialAccount.objects.exists()
    assert social.revoke_waiting(now) == 1
    told = token.refresh_token if provider in ("google", "apple") else token.access_token
    assert providers.revoked == [(provider, told)]
    assert not SocialRevocation.objects.exists()


def test_a_provider_that_does_not_answer_is_asked_again(providers, monkeypatch):
    connected = UserSocialAccountFactory(access_token="token")
    providers.access["token"] = "kakao"
    social.unlink_all(connected.user_id)
    known = PROVIDERS["kakao"].revoke_url

    monkeypatch.setattr(PROVIDERS["kakao"], "revoke_url", "http://127.0.0.1:1/")
    silent = social.revoke_waiting(now), social.revoke_waiting(now)
    monkeypatch.setattr(PROVIDERS["kakao"], "revoke_url", known)
    later = social.revoke_waiting(lambda: now() + social.WAITS[0])

    assert (silent, later) == ((0, 0), 1)
    assert providers.revoked == [("kakao", "token")]
    assert not SocialRevocation.objects.exists()


def test_a_provider_that_never_answers_is_let_be_and_no_token_stays(providers, monkeypatch, caplog):
    social.unlink_all(UserSocialAccountFactory().user_id)
    monkeypatch.setattr(PROVIDERS["kakao"], "revoke_url", "http://127.0.0.1:1/")
    at = now()

    for wait in (dt.timedelta(), *social.WAITS):
        at += wait
        social.revoke_waiting(functools.partial(lambda moment: moment, at))

    assert not SocialRevocation.objects.exists()
    assert "social_revoke_given_up" in caplog.text
    assert sum(social.WAITS, dt.timedelta()) < dt.timedelta(days=3)


def test_revocations_at_a_slow_provider_hold_back_none_at_another():
    for provider, hours in (("kakao", 2), ("naver", 1)):
        SocialRevocationFactory.create_batch(3, provider=provider, due_at=now() - dt.timedelta(hours=hours))
    begun = at = now()
    told = []

    def tell(row):
        nonlocal at
        at += dt.timedelta(seconds=20 if row.provider == "kakao" else 0)
        told.append(row.provider)
        row.delete()
        return True

    social.REVOCATIONS.run(lambda: at, tell, until=begun + dt.timedelta(seconds=30))

    assert sorted(told) == ["kakao"] * 2 + ["naver"] * 3


def test_whoever_is_erased_is_forgotten_by_the_provider_too(providers, settings, tmp_path):
    settings.DELETION_LEDGER = tmp_path / "ledger.jsonl"
    connected = UserSocialAccountFactory(access_token="token")
    providers.access["token"] = "kakao"

    erasure.erase(connected.user_id, at=now())
    social.revoke_waiting(now)

    assert providers.revoked == [("kakao", "token")]


def test_the_last_way_in_is_not_given_up(client, through, agreement):
    sign_up(client, through, "kakao", agreement)

    answer = client.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert SocialAccount.objects.count() == UserSocialAccount.objects.count() == 1


def test_one_of_two_ways_may_go(client, through, agreement):
    sign_up(client, through, "kakao", agreement)
    through(client, "google", process="connect")

    client.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get(provider="kakao").pk})

    assert list(UserSocialAccount.objects.values_list("provider", flat=True)) == ["google"]


def test_a_provider_switched_off_can_still_be_disconnected(settings, through):
    person = proven()
    browser = signed_in(person)
    through(browser, "kakao", process="connect")
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert browser.get("/accounts/3rdparty/").status_code == 200
    browser.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})

    assert not UserSocialAccount.objects.exists()


def test_somebody_elses_social_account_is_not_taken_over(client, through, agreement):
    sign_up(client, through, "kakao", agreement)
    owner = User.objects.get()
    browser = signed_in(proven())

    through(browser, "kakao", process="connect")

    assert UserSocialAccount.objects.get().user == SocialAccount.objects.get().user == owner


@each
def test_whoever_says_no_at_the_provider_comes_back_unharmed(client, providers, through, provider):
    providers.refuses = True

    answer = through(client, provider)

    page = client.get(answer.url) if answer.status_code == 302 else answer
    assert "로그인" in page.content.decode()
    assert people_and_accounts() == (0,) * 7


@each
@pytest.mark.parametrize("forged", ["missing", "made up", "used", "of another browser"])
def test_an_answer_without_its_own_state_opens_nothing(client, through, agreement, provider, forged):
    sent_back = leave(client, provider)
    victim = Client()
    if forged == "missing":
        sent_back = _changed(sent_back, lambda state: "")
    elif forged == "made up":
        sent_back = _changed(sent_back, lambda state: state[::-1])
    elif forged == "used":
        victim = client
        come_back(client, provider, sent_back)

    answer = come_back(victim, provider, sent_back)

    assert answer.status_code == 401
    assert "로그인하지 못했어요" in answer.content.decode()
    assert people_and_accounts() == (0,) * 7


def _changed(sent_back: requests.Response, change) -> requests.Response:
    """The provider's response with a changed state."""
    import re

    if "Location" in sent_back.headers:
        before = re.search(r"state=([^&]*)", sent_back.headers["Location"])[1]
        sent_back.headers["Location"] = sent_back.headers["Location"].replace(before, change(before))
    else:
        before = re.search(r'name="state" value="([^"]*)"', sent_back.text)[1]
        sent_back._content = sent_back.text.replace(
            f'name="state" value="{before}"', f'name="state" value="{change(before)}"'
        ).encode()
    return sent_back


def test_an_answer_of_one_provider_does_not_open_another(client, providers):
    sent_back = leave(client, "kakao")
    sent_back.headers["Location"] = sent_back.headers["Location"].replace("/kakao/", "/naver/")

    answer = come_back(client, "naver", sent_back)

    assert "로그인하지 못했어요" in answer.content.decode()
    assert people_and_accounts() == (0,) * 7
