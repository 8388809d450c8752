"""Nobody gets into an account by its address: provider × its claim × our account.

The person at the provider is never the owner of the account here. A person who proves the address gets a new account,
or the existing one by its mail; login methods set up before the proof stop working.
"""

import datetime as dt
import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts import address_claims, consents, privacy_settings
from accounts.models import User, UserConsent, UserSession
from tests.accounts.conftest import come_back, leave
from tests.factories.accounts import PASSWORD, UserFactory
from tests.fakes.identity_providers import NAMES

pytestmark = pytest.mark.django_db

ADDRESS = "jiwoo@example.org"
NEW_PASSWORD = "빠른 저녁 산책 8"
# Naver's addresses are never accepted as verified.
VERIFYING = {"kakao", "google", "apple"}


def account_here(state: str) -> User | None:
    if state == "none":
        return None
    person = UserFactory(email=ADDRESS, is_verified=state != "unverified")
    EmailAddress.objects.create(user=person, email=ADDRESS, verified=state != "unverified", primary=True)
    if state == "deleted":
        person.is_active = False
        person.deletion_requested_at = dt.datetime.now(dt.UTC)
        person.save()
    return person


def who_is_in(browser: Client) -> str | None:
    return browser.session.get("_auth_user_id")


def link_in(mail, kind: str) -> str:
    return next(word for word in mail.body.split() if f"/{kind}/" in word).partition("testserver")[2]


@pytest.mark.parametrize("state", ["none", "unverified", "verified", "deleted"])
@pytest.mark.parametrize("said", ["verified", "unverified", "absent"])
@pytest.mark.parametrize("provider", NAMES)
def test_no_social_login_opens_an_account_without_proof(client, providers, through, agreement, provider, said, state):
    providers.person.email = None if said == "absent" else ADDRESS
    providers.person.verified = said == "verified"
    here = account_here(state)

    answer = through(client, provider)
    if answer.url == "/accounts/3rdparty/signup/":
        # Also when the person types the address into the form.
        client.post(answer.url, agreement | {"email": ADDRESS})

    proven = said == "verified" and provider in VERIFYING
    inside = who_is_in(client)
    if proven and state in ("none", "unverified"):
        assert inside == str(User.objects.get(email=ADDRESS).pk)
        assert here is None or inside != str(here.pk)
    else:
        assert inside is None
    if here and not (proven and state == "unverified"):
        here.refresh_from_db()
        assert here.check_password(PASSWORD)
        assert not SocialAccount.objects.filter(user=here).exists()


@pytest.mark.parametrize("verified", [True, "true"])
@pytest.mark.parametrize("state", ["none", "unverified"])
def test_an_address_beside_apples_token_is_not_apples_word(client, providers, agreement, state, verified):
    account_here(state)
    # A person who takes the scope out of Apple's address gets a token without an e-mail address.
    providers.person.email = None
    told = {"name": {"lastName": "김"}, "email": ADDRESS, "email_verified": verified}

    answer = come_back(client, "apple", leave(client, "apple"), user=json.dumps(told))
    client.post(answer.url, agreement | {"email": ADDRESS})

    assert who_is_in(client) is None
    assert not User.objects.filter(is_verified=True).exists()


# JSON of every kind, too deep and too long numbers, and claims that only Apple's server may state.
BESIDE_APPLES_TOKEN = [
    *(
        "",
        "null",
        "1",
        '"x"',
        "[1]",
        "[" * 1200,
        "1" * 5000,
        '{"name": 1}',
        '{"name": [1]}',
        '{"name": {"lastName": {}}}',
    ),
    *('{"expires_in": "x"}', '{"access_token": 1}', '{"sub": "another"}', '{"email": ["x"]}'),
]


@pytest.mark.parametrize("told", BESIDE_APPLES_TOKEN)
def test_whatever_stands_beside_apples_token_is_read_as_a_name_or_not_at_all(client, providers, told):
    answer = come_back(client, "apple", leave(client, "apple"), user=told)

    assert answer.url == "/accounts/3rdparty/signup/"
    assert client.get(answer.url).context["form"].initial["name"] == ""


@pytest.mark.parametrize("provider", sorted(VERIFYING))
def test_the_password_of_a_false_claim_is_void_once_a_provider_vouches(client, through, agreement, provider):
    account_here("unverified")

    through(client, provider)
    client.post("/accounts/3rdparty/signup/", agreement)

    attacker = Client()
    attacker.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
    assert who_is_in(attacker) is None
    assert User.objects.get(email=ADDRESS).password is None


def test_the_password_of_a_false_claim_is_void_once_the_owner_resets_it(client, mailoutbox):
    account_here("unverified")
    client.post("/accounts/password/reset/", {"email": ADDRESS})
    page = client.get(link_in(mailoutbox[-1], "key"), follow=True)

    client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    attacker = Client()
    attacker.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
    client.post("/accounts/login/", {"login": ADDRESS, "password": NEW_PASSWORD})
    assert who_is_in(attacker) is None
    assert who_is_in(client)


def test_the_social_account_of_a_false_claim_is_void_once_the_owner_resets_it(client, through, agreement, mailoutbox):
    attacker = Client()
    through(attacker, "naver")
    attacker.post("/accounts/3rdparty/signup/", agreement | {"email": ADDRESS})
    client.post("/accounts/password/reset/", {"email": ADDRESS})
    page = client.get(link_in(mailoutbox[-1], "key"), follow=True)

    client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert not SocialAccount.objects.exists()
    assert not UserSession.objects.exists()
    attacker = Client()
    assert through(attacker, "naver").url == "/accounts/3rdparty/signup/"
    assert who_is_in(attacker) is None


@pytest.fixture
def taken_over(client, agreement, mailoutbox):
    """The owner of an address, signed in after a reset to the account that a stranger had made with it."""
    said = {"health": "on", "marketing": "on", "night": "on", "name": "공격자", "timezone": "Europe/Berlin"}
    Client().post("/accounts/signup/", agreement | said | {"email": ADDRESS, "password1": PASSWORD})
    client.post("/accounts/password/reset/", {"email": ADDRESS})
    page = client.get(link_in(mailoutbox[-1], "key"), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    client.post("/accounts/login/", {"login": ADDRESS, "password": NEW_PASSWORD})
    return User.objects.get()


def test_a_strangers_answers_are_nobodys_consent(taken_over):
    assert not any(status.granted for status in consents.statuses(taken_over))
    flags = (taken_over.agreed_to_terms, taken_over.agreed_to_privacy, taken_over.agreed_to_marketing)
    assert flags == (False, False, False)
    assert not taken_over.shares_health
    # Nothing to erase, so the owner can consent at once.
    assert taken_over.health_withdrawn_at is None
    # The rows of both stay.
    assert UserConsent.objects.filter(channel="signup", granted=True).count() == 5
    assert UserConsent.objects.filter(channel="void", granted=False).count() == 5
    assert (taken_over.name, taken_over.timezone) == ("", "Asia/Seoul")


@pytest.mark.parametrize(
    "address", ["/today/", "/me/", "/me/consents/", "/notifications/", "/accounts/email/", "/insights/"]
)
def test_no_page_opens_before_the_owner_has_answered(client, taken_over, address):
    assert client.get(address).url == "/me/agree/"


def test_the_owner_answers_and_starts(client, taken_over, agreement):
    assert "공격자" not in client.get("/me/agree/").content.decode()
    assert client.post("/me/agree/", {"name": "지우"}).status_code == 422

    answer = client.post("/me/agree/", agreement | {"health": "on"})

    taken_over.refresh_from_db()
    given = {status.item for status in consents.statuses(taken_over) if status.granted}
    assert (answer.url, client.get("/today/").status_code) == ("/today/", 200)
    assert (given, taken_over.name) == ({"terms", "privacy", "health"}, "지우")
    assert taken_over.shares_health
    assert not privacy_settings.of(taken_over).must_agree
    assert client.get("/me/agree/").url == "/today/"


def test_the_owner_may_delete_the_account_instead(client, taken_over):
    assert client.get("/terms/privacy/").status_code == 200
    assert client.get("/me/leave/").status_code == 200


def test_a_reset_of_a_proven_account_keeps_everything(client, mailoutbox):
    person = account_here("verified")
    consents.record(person, answers={"terms": True, "health": True}, channel="signup", at=dt.datetime.now(dt.UTC))
    # As staff could once do: the flag is gone, the proof of the address is not.
    User.objects.filter(pk=person.pk).update(is_verified=False)
    client.post("/accounts/password/reset/", {"email": ADDRESS})
    page = client.get(link_in(mailoutbox[-1], "key"), follow=True)

    client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    before = person.name
    person.refresh_from_db()
    assert (person.name, person.shares_health) == (before, True)
    assert not UserConsent.objects.filter(channel="void").exists()


@pytest.fixture
def claim(agreement, mailoutbox):
    """The attacker who signed up with an address, and the link mailed to the address's owner."""
    attacker = Client()
    attacker.post("/accounts/signup/", agreement | {"email": ADDRESS, "password1": PASSWORD})
    return attacker, link_in(mailoutbox[-1], "confirm-email")


def test_the_link_alone_confirms_nothing_elsewhere(client, claim):
    attacker, link = claim

    page = client.get(link)
    client.post(link)

    assert "비밀번호" in page.content.decode()
    assert not EmailAddress.objects.get().verified
    attacker.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
    assert who_is_in(attacker) is None


def test_the_link_with_a_wrong_password_confirms_nothing(client, claim):
    _attacker, link = claim

    answer = client.post(link, {"password": "아무 말이나 적기"})

    assert answer.status_code == 422
    assert not EmailAddress.objects.get().verified
    assert who_is_in(client) is None


def test_whoever_signed_up_may_confirm_on_another_device(client, claim):
    _attacker, link = claim

    answer = client.post(link, {"password": PASSWORD})

    assert answer.url == "/start/"
    assert who_is_in(client) == str(User.objects.get().pk)
    assert User.objects.get().is_verified


def test_the_link_where_one_signed_up_needs_no_password(claim):
    here, link = claim

    here.post(link)

    assert who_is_in(here)


def test_a_waiting_change_to_an_address_does_not_stand_in_its_owners_way(client, through, agreement):
    squatter = UserFactory()
    EmailAddress.objects.create(user=squatter, email=squatter.email, verified=True, primary=True)
    EmailAddress.objects.create(user=squatter, email=ADDRESS, verified=False)

    through(client, "google")
    client.post("/accounts/3rdparty/signup/", agreement)

    assert who_is_in(client) == str(User.objects.get(email=ADDRESS).pk) != str(squatter.pk)
    squatter.refresh_from_db()
    assert squatter.emailaddress_set.get().email == squatter.email


def test_a_change_of_address_is_confirmed_only_by_who_is_signed_in(client, mailoutbox):
    person = UserFactory()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    own = Client()
    own.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    own.post("/accounts/reauthenticate/", {"password": PASSWORD})
    own.post("/accounts/email/", {"action_add": "", "email": ADDRESS})

    answer = client.post(link_in(mailoutbox[-1], "confirm-email"))

    assert answer.url.startswith("/accounts/login/?next=")
    assert not EmailAddress.objects.get(email=ADDRESS).verified


# ── Two sign-ups with one address ───────────────────────────────────────────

OTHER_PASSWORD = "다른 낮 산책 9"
STRANGER = {"health": "on", "marketing": "on", "night": "on", "name": "공격자", "timezone": "Europe/Berlin"}


def sign_up(browser, agreement, password, **said):
    return browser.post("/accounts/signup/", agreement | said | {"email": ADDRESS, "password1": password})


def given(user) -> set[str]:
    return {status.item for status in consents.statuses(user) if status.granted}


@pytest.fixture
def two_links(agreement, mailoutbox):
    """Signs two people up with the address; gives their browsers and the links in the mail."""

    def sign_both_up(first, second):
        browsers = Client(), Client()
        answers = [sign_up(browser, agreement, **said) for browser, said in zip(browsers, (first, second), strict=True)]
        assert [answer.url for answer in answers] == [answers[0].url] * 2
        assert [mail.to for mail in mailoutbox] == [[ADDRESS]] * 2
        return browsers, (link_in(mailoutbox[0], "confirm-email"), link_in(mailoutbox[1], "confirm-sign-up"))

    return sign_both_up


MINE, THEIRS = {"password": PASSWORD, "name": "지우"}, {"password": OTHER_PASSWORD, **STRANGER}


@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize("owner_is", [0, 1])
def test_the_answers_of_the_person_who_proves_the_address_hold(two_links, owner_is, elsewhere):
    browsers, links = two_links(*((MINE, THEIRS) if owner_is == 0 else (THEIRS, MINE)))
    browser = Client() if elsewhere else browsers[owner_is]

    page = browser.get(links[owner_is])
    browser.post(links[owner_is], {"password": PASSWORD} if elsewhere else {})

    owner = User.objects.get()
    # The browser of the sign-up is in at once; another one is asked for the password.
    assert (page.status_code, who_is_in(browser)) == (200 if elsewhere else 302, str(owner.pk))
    assert (owner.name, owner.timezone, given(owner)) == ("", "Asia/Seoul", {"terms", "privacy"})
    assert (owner.is_verified, owner.check_password(PASSWORD), owner.shares_health) == (True, True, False)
    assert EmailAddress.objects.get().verified
    assert browser.get("/today/").status_code == 200
    # The other sign-up is nothing any more.
    stranger = browsers[1 - owner_is]
    stranger.post(links[1 - owner_is], {"password": OTHER_PASSWORD})
    stranger.post("/accounts/login/", {"login": ADDRESS, "password": OTHER_PASSWORD})
    assert who_is_in(stranger) is None
    assert User.objects.get().check_password(PASSWORD)
    assert not UserConsent.objects.filter(item="health", granted=True).exists()


def test_a_strangers_link_does_nothing_with_the_owners_password(client, two_links):
    _browsers, (_mine, theirs) = two_links(MINE, THEIRS)

    page, answer = client.get(theirs), client.post(theirs, {"password": PASSWORD})

    assert "공격자" not in page.content.decode()
    assert (answer.status_code, who_is_in(client)) == (422, None)
    assert not User.objects.get().is_verified


@pytest.mark.parametrize("fault", ["forged", "old"])
def test_a_link_that_is_forged_or_old_makes_nothing(client, two_links, time_machine, fault):
    _browsers, (_mine, theirs) = two_links(MINE, THEIRS)
    if fault == "old":
        time_machine.move_to(dt.datetime.now(dt.UTC) + address_claims.LIFETIME)

    answer = client.post(theirs[:-9] + "forged__/" if fault == "forged" else theirs, {"password": OTHER_PASSWORD})

    assert "이 링크는 쓸 수 없어요" in answer.content.decode()
    assert not User.objects.get().is_verified


def test_a_sign_up_with_a_proven_address_gets_no_link(agreement, mailoutbox):
    account_here("verified")

    sign_up(Client(), agreement, OTHER_PASSWORD)

    assert [re.findall("confirm-sign-up|password/reset", mail.body) for mail in mailoutbox] == [["password/reset"]]


def test_a_later_sign_up_through_a_provider_holds_too(client, through, agreement, mailoutbox):
    sign_up(Client(), agreement, OTHER_PASSWORD, **STRANGER)
    through(client, "naver")
    client.post("/accounts/3rdparty/signup/", agreement | {"email": ADDRESS})
    link = link_in(mailoutbox[-1], "confirm-sign-up")

    assert "가입을 시작한 곳에서" in Client().get(link).content.decode()
    client.post(link)

    owner = User.objects.get()
    assert who_is_in(client) == str(owner.pk)
    assert (owner.password, owner.shares_health, given(owner)) == (None, False, {"terms", "privacy"})
    again = Client()
    through(again, "naver")
    assert who_is_in(again) == str(owner.pk)
