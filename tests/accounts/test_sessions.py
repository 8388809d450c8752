"""Device sessions: token rotation, reuse of old tokens, and sign-in without Redis."""

import datetime as dt
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts import sessions
from accounts.models import User, UserSession
from core import redis
from core.crypto import session_store as session_store
from habits.models import HabitLog
from tests.factories.accounts import PASSWORD, StaffFactory, UserFactory
from tests.factories.habits import UserHabitFactory
from tests.mute_server import connections, mute_server
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_answers")]

START = dt.datetime(2026, 11, 2, 3, 0, tzinfo=dt.UTC)
CHROME = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
HOME = sessions.Source(agent=CHROME, address="203.0.113.77")


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def sign_in(person: User, **headers: str) -> Client:
    device = Client(headers=headers)
    answer = device.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return device


def is_in(device: Client) -> bool:
    return device.get("/me/devices/").status_code == 200


def jar_of(device: Client) -> Client:
    """Another browser with the same cookies, such as a thief's."""
    other = Client()
    for name, morsel in device.cookies.items():
        other.cookies[name] = morsel.value
    return other


def verified(**values) -> User:
    person = UserFactory(**values)
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    return person


def test_a_tap_on_a_page_whose_session_ended_sends_the_page_to_the_door_and_back(client):
    tap = {"hx-request": "true", "hx-current-url": "http://testserver/today/?day=2"}

    answer = client.post(f"/today/{uuid4()}/check-in/", headers=tap)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/accounts/login/?next=/today/%3Fday%3D2")


def test_a_device_takes_nothing_over_from_the_session_of_another_person(clock):
    device, anothers = sign_in(verified()), sign_in(verified())
    device.cookies["device"] = anothers.cookies["device"].value

    assert is_in(device)

    assert device.session["_auth_user_id"] == anothers.session["_auth_user_id"]
    assert "account_authentication_methods" not in device.session


def test_signing_in_writes_a_session_that_holds_only_the_hash_of_the_token(clock):
    person = verified()

    device = sign_in(person, user_agent=CHROME)

    row = UserSession.objects.get()
    token = device.cookies["device"].value
    assert token.partition(".")[0] == row.pk.hex
    assert token.partition(".")[2] not in row.refresh_token_hash
    assert row.device_info == {"browser": "Chrome", "system": "Android", "kind": "phone"}
    assert row.expires_at == START + sessions.IDLE
    assert device.cookies["device"]["httponly"]


def test_losing_everything_in_redis_signs_nobody_out(clock):
    device = sign_in(verified())

    cache.clear()

    assert is_in(device)
    assert is_in(device)


def test_a_page_open_since_before_redis_was_lost_may_still_post(clock):
    device = sign_in(verified())
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = device.cookies
    token = strict.get("/me/view/").context["csrf_token"]

    cache.clear()
    answer = strict.post(
        "/me/view/",
        {
            "csrfmiddlewaretoken": str(token),
            "language": "ko",
            "timezone": "Asia/Tokyo",
            "day_start": 0,
            "week_start": 1,
        },
    )

    assert answer.status_code == 302
    assert User.objects.get().timezone == "Asia/Tokyo"


@pytest.fixture
def mute():
    with mute_server() as server:
        yield server


@pytest.mark.parametrize("answers", [False, True])
def test_without_redis_people_stay_in_and_check_in_and_hardly_wait(request, settings, monkeypatch, mute, answers):
    person = verified()
    habit = UserHabitFactory(user=person)
    device = sign_in(person)
    settings.REDIS_TIMEOUT = 0.3
    settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1] if answers else 1}/0"
    monkeypatch.setattr(redis.circuit_breaker, "pause", PATIENCE)
    redis.client.cache_clear()
    request.addfinalizer(redis.client.cache_clear)
    request.addfinalizer(redis.circuit_breaker.record_success)

    assert is_in(device)
    answer = device.post(f"/today/{habit.pk}/check-in/", {"key": uuid4(), "count": 1})

    # Two requests, and one of them waited once.
    timeouts = redis.client().connection_pool.connection_kwargs
    assert (timeouts["socket_timeout"], timeouts["socket_connect_timeout"]) == (0.3, 0.3)
    assert connections(mute) == int(answers)
    assert answer.url == "/today/"
    assert HabitLog.objects.count() == 1
    assert redis.circuit_breaker.open_until > 0


def test_no_query_is_spent_on_the_device_while_djangos_session_lives(clock, django_assert_num_queries):
    device = sign_in(verified())
    device.get("/offline/")

    with django_assert_num_queries(1) as queries:
        device.get("/offline/")

    assert '"users"' in queries[0]["sql"]


def test_the_token_rotates_on_use_and_the_old_one_ends_the_session(clock):
    device = sign_in(verified())
    thief = jar_of(device)

    clock.shift(sessions.ROTATE_EVERY)
    assert is_in(device)
    rotated = device.cookies["device"].value
    clock.shift(sessions.GRACE + dt.timedelta(seconds=1))

    assert rotated != thief.cookies["device"].value
    assert not is_in(thief)
    assert not is_in(device)
    assert not UserSession.objects.exists()


def test_reuse_of_an_old_token_is_written_down(clock, caplog):
    session = sessions.start(verified(), source=HOME, at=START)
    later = START + sessions.ROTATE_EVERY
    sessions.authenticate(session.token, source=HOME, at=later)

    assert sessions.authenticate(session.token, source=HOME, at=later + sessions.GRACE * 2) is None

    assert "session_token_reused" in caplog.text


def test_requests_at_once_and_a_retry_are_given_the_same_new_token(clock):
    held = sessions.start(verified(), source=HOME, at=START)
    later = START + sessions.ROTATE_EVERY

    first = sessions.authenticate(held.token, source=HOME, at=later)
    second = sessions.authenticate(held.token, source=HOME, at=later + dt.timedelta(seconds=5))

    assert first.token == second.token != held.token
    assert sessions.authenticate(first.token, source=HOME, at=later + sessions.GRACE * 2).session == held.session


def test_a_lost_answer_is_made_good_by_the_next_request(clock):
    device = sign_in(verified())
    before = device.cookies["device"].value
    clock.shift(sessions.ROTATE_EVERY)
    device.get("/me/devices/")
    rotated = device.cookies["device"].value

    device.cookies["device"] = before
    clock.shift(dt.timedelta(seconds=30))

    assert is_in(device)
    assert device.cookies["device"].value == rotated


def test_djangos_session_alone_opens_nothing(clock):
    device = sign_in(verified())

    del device.cookies["device"]

    assert not is_in(device)


@pytest.mark.parametrize("token", ["", "x", "x.y", "0" * 32, "0" * 32 + ".secret", "\u200b.é"])
def test_made_up_tokens_open_nothing(clock, token):
    assert sessions.authenticate(token, source=HOME, at=START) is None


def test_after_two_idle_weeks_the_session_is_over(clock):
    device = sign_in(verified())

    clock.shift(sessions.IDLE)

    assert not is_in(device)


def test_use_keeps_a_session_alive_but_not_past_ninety_days(clock):
    device = sign_in(verified())

    for _week in range(12):
        clock.shift(dt.timedelta(days=7))
        assert is_in(device)
    clock.shift(dt.timedelta(days=6))

    assert not is_in(device)


def test_staff_are_signed_out_after_half_an_hour(clock):
    staff = StaffFactory()
    staff.emailaddress_set.create(email=staff.email, verified=True, primary=True)
    device = sign_in(staff)

    clock.shift(dt.timedelta(minutes=29))
    assert is_in(device)
    clock.shift(dt.timedelta(minutes=31))

    assert not is_in(device)


def test_logging_out_ends_the_session_and_its_cookies_open_nothing(clock):
    device = sign_in(verified())
    thief = jar_of(device)

    device.post("/accounts/logout/")

    assert not UserSession.objects.exists()
    assert not is_in(thief)
    assert not is_in(device)


def test_logging_out_holds_although_redis_kept_the_session(clock, monkeypatch):
    device = sign_in(verified())
    thief = jar_of(device)
    # Redis does not learn that the session has ended.
    monkeypatch.setattr(session_store.SessionStore, "delete", lambda self, session_key=None: None)

    device.post("/accounts/logout/")

    assert not is_in(thief)


def test_ending_one_device_leaves_the_others_in(clock):
    person = verified()
    here, there = sign_in(person), sign_in(person)
    gone = UserSession.objects.get(pk=there.cookies["device"].value.partition(".")[0])

    assert here.post(f"/me/devices/{gone.pk}/end/").status_code == 302

    assert is_in(here)
    assert not is_in(there)


def test_ending_all_others_keeps_this_one(clock):
    person = verified()
    here, there, elsewhere = sign_in(person), sign_in(person), sign_in(person)

    here.post("/me/devices/others/end/")

    assert [is_in(device) for device in (here, there, elsewhere)] == [True, False, False]


def test_nobody_ends_a_strangers_session(clock):
    person, stranger = verified(), verified()
    mine, theirs = sign_in(person), sign_in(stranger)
    row = stranger.sessions.get()

    assert mine.post(f"/me/devices/{row.pk}/end/").status_code == 404

    assert is_in(theirs)


def test_a_new_password_ends_the_others(clock):
    person = verified()
    here, there = sign_in(person), sign_in(person)
    here.post("/accounts/reauthenticate/", {"password": PASSWORD})

    answer = here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "빠른 저녁 산책 8", "password2": "빠른 저녁 산책 8"},
    )

    assert answer.status_code == 302
    assert [is_in(here), is_in(there)] == [True, False]


def test_a_reset_password_ends_them_all(clock, mailoutbox):
    person = verified()
    here = sign_in(person)
    elsewhere = Client()
    elsewhere.post("/accounts/password/reset/", {"email": person.email})
    link = next(word for word in mailoutbox[-1].body.split() if "/password/reset/key/" in word)
    page = elsewhere.get(link.partition("testserver")[2], follow=True)

    elsewhere.post(page.request["PATH_INFO"], {"password1": "빠른 저녁 산책 8", "password2": "빠른 저녁 산책 8"})

    assert User.objects.get().check_password("빠른 저녁 산책 8")
    assert not is_in(here)


def test_a_new_address_ends_the_others(clock, mailoutbox):
    person = verified()
    here, there = sign_in(person), sign_in(person)
    here.post("/accounts/reauthenticate/", {"password": PASSWORD})
    here.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    link = next(word for word in mailoutbox[-1].body.split() if "/confirm-email/" in word)

    answer = here.post(link.partition("testserver")[2])

    assert answer.status_code == 302
    assert User.objects.get().email == "new@example.com"
    assert [is_in(here), is_in(there)] == [True, False]


def test_an_account_switched_off_is_signed_out_everywhere(clock):
    device = sign_in(verified())

    User.objects.update(is_active=False)

    assert not is_in(device)


def test_signing_in_again_replaces_the_devices_session(clock):
    person = verified()
    device = sign_in(person)
    device.cookies.pop("session")

    device.post("/accounts/login/", {"login": person.email, "password": PASSWORD})

    assert is_in(device)
    assert UserSession.objects.count() == 1


def test_each_login_has_a_session_key_of_its_own(clock):
    person = verified()
    device = Client()
    device.get("/accounts/login/")
    device.cookies["session"] = "planted0000000000000000000000000"

    device.post("/accounts/login/", {"login": person.email, "password": PASSWORD})

    assert device.cookies["session"].value != "planted0000000000000000000000000"


def test_expired_sessions_are_forgotten(clock):
    sessions.start(verified(), source=HOME, at=START)

    assert sessions.forget_expired(at=START + sessions.IDLE - dt.timedelta(seconds=1)) == 0
    assert sessions.forget_expired(at=START + sessions.IDLE) == 1
