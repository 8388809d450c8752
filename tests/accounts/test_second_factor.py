"""The second factor: sealed secrets, limits, required for staff, also in the admin."""

import json
import re
import time
from base64 import urlsafe_b64encode
from io import StringIO
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import CommandError, call_command
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from accounts import email_ownership, links, second_factor
from accounts.allauth_forms import AuthenticateForm
from accounts.models import User
from tests.factories.accounts import PASSWORD, StaffFactory, UserFactory
from tests.staff_forms import seen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _still_clock(time_machine):
    """A code is of one half minute, which must not end between reading and sending it."""
    time_machine.move_to(timezone.now(), tick=False)


def proven(factory=UserFactory, **values):
    person = factory(**values)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def sign_in(person) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return browser


def code_for(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def switch_on(browser: Client) -> str:
    """Sets up an authenticator app and returns its secret."""
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    return secret


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def test_only_what_somebody_has_set_up_is_asked_for():
    totp, codes, passkey = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN
    expected = {
        (totp,): ("인증 앱의 코드를", True, False),
        (totp, codes): ("인증 앱의 코드나 복구 코드를", True, False),
        (passkey, codes): ("복구 코드를", True, True),
        (passkey,): ("설정해 둔 방법으로", False, True),
    }
    for has, (asks, code, device) in expected.items():
        person = UserFactory()
        Authenticator.objects.bulk_create([Authenticator(user=person, type=kind, data={}) for kind in has])
        form = AuthenticateForm(user=person)

        page = render_to_string("mfa/authenticate.html", {"form": form, "js_data": {}})

        assert (asks in page, 'name="code"' in page, "data-passkey=" in page) == (True, code, device), has


def test_the_secret_is_shown_as_a_drawing_of_the_page_itself():
    browser = sign_in(proven())
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = browser.get("/accounts/2fa/totp/activate/").content.decode()

    assert re.search(r'<div class="qr"[^>]*><svg', page)
    assert 'src="data:' not in page


def test_secrets_and_recovery_codes_are_sealed_in_the_database():
    browser = sign_in(proven())
    secret = switch_on(browser)

    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        stored = [row[0] for row in cursor.fetchall()]

    assert len(stored) == 2
    assert all(set(re.findall(r'"(\w+)":', text)) == {"sealed"} for text in stored)
    assert secret not in "".join(stored)


def test_the_password_alone_does_not_open_an_account_with_a_second_factor():
    person = proven()
    secret = switch_on(sign_in(person))
    browser = Client()

    answer = browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.url == "/accounts/2fa/authenticate/"
    assert not is_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})

    assert is_in(browser)


def test_a_recovery_code_opens_it_once():
    person = proven()
    switch_on(sign_in(person))
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]

    inside = []
    for _time in range(2):
        browser = sign_in(person)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
        inside.append(is_in(browser))

    assert inside == [True, False]


def test_guessing_codes_is_limited():
    person = proven()
    secret = switch_on(sign_in(person))
    browser = sign_in(person)

    for _guess in range(11):
        browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    browser.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})

    assert not is_in(browser)


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


# Of the right form, from no authenticator.
FORGED_PASSKEY = json.dumps(
    {
        "id": b64(b"x"),
        "rawId": b64(b"x"),
        "type": "public-key",
        "response": {
            "clientDataJSON": b64(json.dumps({"type": "webauthn.get", "challenge": b64(b"x"), "origin": "x"}).encode()),
            "authenticatorData": b64(bytes(37)),
            "signature": b64(b"x"),
        },
    }
)


@pytest.mark.parametrize("guess", [{"code": "000000"}, {"credential": FORGED_PASSKEY}])
def test_who_has_only_the_password_cannot_use_up_the_attempts_of_the_owner(guess):
    person = proven()
    own = sign_in(person)
    secret = switch_on(own)
    own.post("/accounts/logout/")
    stranger = sign_in(person)

    answers = [stranger.post("/accounts/2fa/authenticate/", guess).status_code for _time in range(6)]
    stranger.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    own.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    own.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})

    assert answers == [200] * 3 + [429] * 3
    assert (is_in(stranger), is_in(own)) == (False, True)


def test_a_success_on_a_new_device_gives_its_attempts_back():
    person = proven()
    switch_on(sign_in(person))
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()

    inside = []
    for right in codes[:3]:
        browser = sign_in(person)
        for code in ("000000", "000001", right):
            browser.post("/accounts/2fa/authenticate/", {"code": code})
        inside.append(is_in(browser))

    assert inside == [True] * 3


def test_a_social_login_does_not_go_around_it(through):
    person = proven()
    browser = sign_in(person)
    switch_on(browser)
    through(browser, "kakao", process="connect")

    other = Client()
    answer = through(other, "kakao")

    assert answer.url == "/accounts/2fa/authenticate/"
    assert not is_in(other)


def test_changing_it_asks_for_the_password_again():
    browser = sign_in(proven())
    session = browser.session
    session["account_authentication_methods"] = []
    session.save()

    assert browser.get("/accounts/2fa/totp/activate/").url.startswith("/accounts/reauthenticate/")


@pytest.mark.django_db(transaction=True)
def test_staff_without_a_second_factor_are_sent_to_set_one_up(settings):
    settings.STAFF_NEED_SECOND_FACTOR = True
    staff = proven(StaffFactory)
    browser = sign_in(staff)

    pages = [
        browser.get(path) for path in ("/admin/", "/admin/accounts/user/", f"/admin/accounts/user/{staff.pk}/change/")
    ]

    assert [(page.status_code, page.headers.get("Location")) for page in pages] == [(302, "/accounts/2fa/")] * 3
    browser.get(urlsplit(links.enrol_second_factor(staff)).path)
    switch_on(browser)
    assert browser.get("/admin/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_session_without_the_second_factor_opens_no_staff_page(settings):
    settings.STAFF_NEED_SECOND_FACTOR = True
    staff = proven(StaffFactory)
    thief, owner = sign_in(staff), sign_in(staff)
    owner.get(urlsplit(links.enrol_second_factor(staff)).path)
    secret = switch_on(owner)

    assert not is_in(thief)
    assert owner.get("/admin/").status_code == 200
    # Django's session is lost; the device's token signs in again, without the proof.
    del owner.cookies["session"]
    asked = owner.get("/admin/")
    codes = owner.get("/accounts/2fa/recovery-codes/")
    owner.post(asked.url, {"code": code_for(secret)})

    assert asked.url.startswith("/accounts/2fa/reauthenticate/?next=/admin/")
    assert codes.url.startswith("/accounts/2fa/reauthenticate/")
    assert owner.get("/admin/").status_code == 200


def test_a_password_alone_sets_up_no_factor_of_staff(settings):
    settings.STAFF_NEED_SECOND_FACTOR = True
    staff = proven(StaffFactory)
    thief = sign_in(staff)
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})

    for page in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        assert thief.get(f"/accounts/2fa/{page}").url == "/accounts/2fa/", page
    assert not Authenticator.objects.exists()


def test_a_link_enrols_one_member_of_staff_once(settings):
    settings.STAFF_NEED_SECOND_FACTOR = True
    staff = proven(StaffFactory)
    out = StringIO()
    call_command("second_factor_link", staff.email, stdout=out)
    path = urlsplit(out.getvalue().strip()).path
    strange = sign_in(proven(StaffFactory))

    opened = []
    for browser in (strange, sign_in(staff), sign_in(staff)):
        browser.get(path)
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        opened.append(browser.get("/accounts/2fa/totp/activate/").status_code == 200)

    assert opened == [False, True, False]
    with pytest.raises(CommandError):
        call_command("second_factor_link", proven().email)


@pytest.mark.django_db(transaction=True)
def test_a_factor_ends_the_other_sessions_of_anybody():
    person = proven()
    other, browser = sign_in(person), sign_in(person)

    switch_on(browser)

    assert (is_in(browser), is_in(other)) == (True, False)


def test_a_reset_keeps_the_second_factor_of_a_proven_account():
    person = proven()
    switch_on(sign_in(person))
    # No staff page writes this flag, but the factor must not depend on it.
    User.objects.filter(pk=person.pk).update(is_verified=False)
    person.refresh_from_db()

    email_ownership.confirm_by_reset(person)

    assert person.is_verified
    assert second_factor.is_enrolled(person)


def test_staff_cannot_change_whether_an_address_is_verified():
    person, staff = proven(), proven(StaffFactory)

    form = {"language": "ko", "timezone": "Asia/Seoul", "is_active": "on"}
    browser, url = sign_in(staff), f"/admin/accounts/user/{person.pk}/change/"
    answer = browser.post(url, form | seen(browser, url))

    assert answer.status_code == 302
    assert User.objects.get(pk=person.pk).is_verified


def test_an_account_is_kept_only_after_the_second_factor():
    person = proven()
    secret = switch_on(sign_in(person))
    User.objects.filter(pk=person.pk).update(is_active=False, deletion_requested_at=timezone.now())
    browser = Client()

    asked = browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    browser.post("/come-back/")
    refused = User.objects.get(pk=person.pk)
    offered = browser.post(asked.url, {"code": code_for(secret)})
    browser.post(offered.url)

    assert (asked.url, offered.url) == ("/accounts/2fa/authenticate/", "/come-back/")
    assert not refused.is_active
    assert User.objects.get(pk=person.pk).is_active


def test_in_development_staff_need_none():
    assert sign_in(proven(StaffFactory)).get("/admin/").status_code == 200


def test_staff_sign_in_where_everybody_does(client):
    staff = proven(StaffFactory)

    assert client.get("/admin/login/").url == "/accounts/login/?next=/admin/"
    client.post("/admin/login/", {"username": staff.email, "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_the_admins_form_is_no_way_into_another_staff_account():
    one, other = proven(StaffFactory), proven(StaffFactory)
    browser = sign_in(one)

    browser.post("/admin/login/", {"username": other.email, "password": PASSWORD})

    assert browser.session["_auth_user_id"] == str(one.pk)


def test_people_do_not_get_into_the_admin():
    browser = sign_in(proven())

    assert browser.get("/admin/login/").status_code == 403


def test_logging_out_of_the_admin_ends_the_session():
    staff = proven(StaffFactory)
    browser = sign_in(staff)

    browser.post("/admin/logout/")

    assert not staff.sessions.exists()


def test_removing_the_app_leaves_no_codes_behind():
    browser = sign_in(proven())
    switch_on(browser)

    browser.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.exists()
