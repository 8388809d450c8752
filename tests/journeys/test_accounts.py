"""In a real Chromium: in through Kakao and Apple, passkeys, devices, and every page of the settings."""

import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from accounts.models import User, UserSocialAccount
from tests.accounts.conftest import provider_server, providers  # noqa: F401 - fixtures
from tests.factories.accounts import UserFactory
from tests.factories.rest import EmailAddressFactory
from tests.journeys.conftest import PASSWORD, serious

SETTINGS = [
    "/me/",
    "/me/profile/",
    "/me/view/",
    "/me/privacy/",
    "/me/consents/",
    "/me/devices/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/3rdparty/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
]


@pytest.fixture
def jiwoo(content):
    person = UserFactory(name="지우", email="jiwoo@example.com")
    EmailAddressFactory(user=person)
    return person


@pytest.fixture
def key_on_device(site):
    """An authenticator in the device that says yes."""
    devtools = site.page.context.new_cdp_session(site.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def agree(page) -> None:
    for agreed in ("만 14세 이상이에요", "이용약관에 동의해요", "개인정보 처리에 동의해요"):
        page.get_by_label(agreed).check()
    page.get_by_role("button", name="시작하기").click()


def confirm_password(page) -> None:
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="확인", exact=True).click()


@pytest.mark.parametrize(("provider", "name"), [("kakao", "카카오 로그인"), ("google", "Google로 로그인")])
def test_a_newcomer_comes_in_through_kakao_or_google(site, providers, provider, name):  # noqa: F811
    page = site.page
    site.open("/accounts/login/")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_label("뭐라고 부를까요?")).to_have_value("김지우")
    assert serious(page) == []
    assert User.objects.count() == 0

    agree(page)

    expect(page.get_by_role("heading", name="요즘 무엇을 돌보고 싶으세요?")).to_be_visible()
    site.open("/today/")
    expect(page.get_by_role("heading", name=re.compile("김지우 님"))).to_be_visible()
    assert UserSocialAccount.objects.get().provider == provider


def test_a_newcomer_through_naver_confirms_the_address_first(site, providers, mailoutbox):  # noqa: F811
    page = site.page
    site.open("/accounts/login/")
    page.get_by_role("button", name="네이버로 로그인").click()
    expect(page.get_by_label("뭐라고 부를까요?")).to_have_value("김지우")

    agree(page)

    expect(page).to_have_url(re.compile("/confirm-email/"))
    assert len(mailoutbox) == 1


def test_a_newcomer_comes_in_through_apple(site, providers):  # noqa: F811
    page = site.page
    site.open("/accounts/login/")
    page.get_by_role("button", name="Apple로 로그인").click()
    # Apple's own page, on another site; its form comes back without our cookies.
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("뭐라고 부를까요?")).to_have_value("김지우")

    agree(page)

    expect(page.get_by_role("heading", name="요즘 무엇을 돌보고 싶으세요?")).to_be_visible()
    site.open("/today/")
    expect(page.get_by_role("heading", name=re.compile("김지우 님"))).to_be_visible()
    assert UserSocialAccount.objects.get().provider == "apple"


def test_somebody_who_does_not_agree_is_forgotten(site, providers):  # noqa: F811
    page = site.page
    site.open("/accounts/login/")
    page.get_by_role("button", name="네이버로 로그인").click()
    page.get_by_role("button", name=re.compile("아직 14세가 안 됐거나")).click()

    expect(page.get_by_role("heading", name="다음에 만나요")).to_be_visible()
    assert serious(page) == []
    assert User.objects.count() == 0


def test_a_passkey_opens_the_account_alone_and_after_the_password(site, jiwoo, key_on_device):
    page = site.page
    site.sign_in(jiwoo)
    site.open("/accounts/2fa/webauthn/add/")
    confirm_password(page)
    page.get_by_role("button", name="더하기").click()
    page.wait_for_url("**/accounts/2fa/**")
    expect(page.get_by_text("패스키를 더했어요.")).to_be_visible()
    assert Authenticator.objects.filter(type="webauthn").count() == 1

    site.open("/me/")
    page.get_by_role("button", name="로그아웃").click()
    site.open("/accounts/login/")
    page.get_by_role("button", name="패스키로 로그인").click()
    page.wait_for_url("**/today/")

    site.open("/me/")
    page.get_by_role("button", name="로그아웃").click()
    site.open("/accounts/login/")
    page.locator("[name=login]").fill(jiwoo.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="로그인", exact=True).click()
    expect(page.get_by_role("heading", name="한 번 더 확인할게요")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="패스키로 확인").click()
    page.wait_for_url("**/today/")


def test_a_passkey_that_says_no_is_told_kindly(site, jiwoo):
    page = site.page
    page.add_init_script("navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))")
    site.open("/accounts/login/")

    page.get_by_role("button", name="패스키로 로그인").click()

    expect(page.get_by_role("alert")).to_contain_text("패스키를 쓰지 못했어요")


def test_the_device_tells_its_time_zone(site, jiwoo):
    User.objects.update(timezone="Europe/Berlin")
    page = site.page
    site.sign_in(jiwoo)
    site.open("/me/view/")
    expect(page.get_by_label("시간대", exact=True)).to_have_value("Europe/Berlin")

    page.get_by_role("button", name="이 기기의 시간대 쓰기").click()
    page.get_by_role("button", name="저장").click()

    expect(page.get_by_text("저장했어요.")).to_be_visible()
    assert User.objects.get().timezone == "Asia/Seoul"


def test_the_settings_are_accessible_and_fit(site, jiwoo, providers):  # noqa: F811
    page = site.page
    site.sign_in(jiwoo)
    site.open("/accounts/reauthenticate/?next=/me/")
    confirm_password(page)

    assert site.faults_of(SETTINGS) == {}


def test_the_login_with_every_door_is_accessible_and_fits(site, providers):  # noqa: F811
    assert site.faults_of(["/accounts/login/", "/accounts/signup/"]) == {}
