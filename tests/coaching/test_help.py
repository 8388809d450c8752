"""Words of danger lead to a fixed page of help before anything else, and nothing nudges for a day."""

import datetime as dt
import re

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coaching.checks import check_help_lines
from coaching.crisis import detection, flags, help_lines
from coaching.crisis.detection import Found
from coaching.crisis.words import Danger
from coaching.middleware import MOST_READ
from coaching.models import CrisisFlag
from coaching.pages import help as help_page
from core.circuit_breaker import CircuitBreaker
from notifications import delivery_policy, fan_out, holds, outbox
from notifications.models import Notification
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import EmailAddressFactory

HELP = "/help/"
SAID = "오늘은 진짜 죽고 싶다"


def page(language: str = "ko") -> str:
    return Client().get(HELP, {"language": language}).content.decode()


# ── The clinician's checklist, one assertion each ────────────────────────────


@pytest.fixture(scope="module")
def shown() -> str:
    return page()


def test_a_line_that_is_open_at_all_hours_comes_first(shown):
    first = re.search(r'<a class="call.*?</a>', shown, re.S)[0]
    assert 'href="tel:109"' in first
    assert "24시간" in first


@pytest.mark.parametrize("number", ["109", "1577-0199", "1388", "119", "1366", "112"])
def test_each_number_can_be_called_with_one_tap(shown, number):
    assert f'href="tel:{number}"' in shown


def test_it_names_professionals(shown):
    assert "상담전화" in shown


def test_it_names_people_one_trusts(shown):
    assert "가까운 사람에게" in shown


def test_it_says_to_be_with_someone(shown):
    assert "혼자 있지 마세요" in shown


def test_it_says_to_keep_a_distance_from_means(shown):
    assert "나를 다치게 할 수 있는 것에서 떨어져" in shown


def test_it_does_not_end_the_talk(shown):
    assert "더 말하고 싶으면 적어도 돼요" in shown
    assert "<textarea" in shown


def test_it_shames_nobody(shown):
    assert not re.search("잘못|실패|나약|이기적|부끄러|죄책|탓", shown)


def test_it_makes_nothing_small(shown):
    assert not re.search("별거 아니|그 정도|괜찮아질|힘내|긍정적|다들 그래|겨우", shown)


def test_someone_elses_danger_counts(shown):
    assert "다른 사람이 걱정돼서 왔어요" in shown


def test_idioms_raise_no_flag(signed_in, person):
    signed_in.post(reverse("accounts:profile"), {"name": "지우", "bio": "배고파 죽겠다"})
    assert not CrisisFlag.objects.exists()


def test_it_says_that_nothing_typed_there_is_kept_and_no_form_could_send_it(shown):
    assert "저장하지 않고" in shown
    assert "<form" not in shown


# ── It is there when nothing else is ─────────────────────────────────────────


def test_it_needs_no_database_no_session_and_no_script(client):
    """The test has no access to the database: a query would raise."""
    response = client.get(HELP)
    assert response.status_code == 200
    assert "<script" not in response.content.decode()
    assert "sessionid" not in response.cookies


def test_the_service_worker_keeps_it(client, db):
    script = client.get("/sw.js").content.decode()
    files = script[script.index("const FILES") : script.index("];")]
    assert "  HELP,\n" in files
    assert 'const HELP = "/help/"' in script
    assert HELP in client.get("/offline/").content.decode()


def test_it_is_in_the_readers_language():
    assert "Thank you for telling" in page("en")


# ── What leads to it ─────────────────────────────────────────────────────────


@pytest.fixture
def log(person, shares_health):
    return HabitLogFactory(user_habit=UserHabitFactory(user=person))


def write_note(browser: Client, log, words: str, **headers):
    address = reverse("habits:describe", args=[log.user_habit_id, log.pk])
    return browser.post(address, {"note": words}, headers=headers)


def test_a_note_is_kept_and_leads_to_help(signed_in, log):
    response = write_note(signed_in, log, SAID)

    assert response.url == "/help/?language=ko"
    log.refresh_from_db()
    assert log.notes == SAID


def test_htmx_opens_the_whole_page(signed_in, log):
    response = write_note(signed_in, log, "남편이 때려요", HX_Request="true")
    assert response.headers["HX-Redirect"] == "/help/?language=ko#abuse"


def test_the_address_says_nothing_to_a_server():
    found = Found(Danger.EATING, someone_else=False)
    sent, _hash, kept_in_the_browser = help_page.address(found, language="ko").partition("#")
    assert (sent, kept_in_the_browser) == ("/help/?language=ko", "eating")


def test_worry_about_someone_else_opens_what_helps_them():
    assert help_page.address(Found(Danger.SELF_HARM, someone_else=True), language="en").endswith("#someone-else")


@pytest.mark.parametrize("danger", list(help_lines.OTHER_LINES))
def test_each_danger_has_a_place_on_the_page(shown, danger):
    assert f'id="{danger}"' in shown


def test_help_comes_even_when_the_flag_cannot_be_stored(signed_in, log):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crisis_flags ADD CONSTRAINT refused CHECK (false) NOT VALID")
    assert write_note(signed_in, log, SAID).url.startswith(HELP)


def test_help_comes_without_redis_and_without_a_model(client, db, monkeypatch):
    """No worker runs in a test either; the token of the device keeps the person signed in."""
    user = UserFactory(password=PASSWORD, privacy_settings={"health": True})
    EmailAddressFactory(user=user)
    log = HabitLogFactory(user_habit=UserHabitFactory(user=user))
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).url == "/today/"

    def is_down(*_args, **_options):
        raise redis.ConnectionError

    monkeypatch.setattr(redis.connection.AbstractConnection, "send_packed_command", is_down)
    monkeypatch.setattr("core.redis.circuit_breaker", CircuitBreaker(pause=60))
    monkeypatch.setattr("coaching.provider.complete", is_down)

    assert write_note(client, log, SAID).url.startswith(HELP)
    assert CrisisFlag.objects.exists()


def test_a_failing_view_does_not_hide_help(signed_in, log):
    signed_in.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE habit_logs ADD CONSTRAINT refused CHECK (false) NOT VALID")
    assert write_note(signed_in, log, SAID).url.startswith(HELP)


def test_nobody_signed_in_is_asked_to_sign_in_as_before(client, db):
    response = client.post(reverse("accounts:profile"), {"bio": SAID})
    assert not response.url.startswith(HELP)
    assert not CrisisFlag.objects.exists()


# ── The flag ─────────────────────────────────────────────────────────────────


def test_the_flag_is_sealed_and_has_no_words(signed_in, person, log):
    write_note(signed_in, log, SAID)
    with connection.cursor() as cursor:
        cursor.execute("SELECT crisis_flags::text FROM crisis_flags")
        (row,) = cursor.fetchone()
    assert "self_harm" not in row
    assert SAID not in row
    assert CrisisFlag.objects.get().danger == Danger.SELF_HARM


def test_no_event_tells_of_it(signed_in, log):
    write_note(signed_in, log, SAID)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM app_events WHERE app_events::text ~* 'crisis|self_harm|help'")
        assert cursor.fetchone() == (0,)


def test_it_holds_for_a_day(person):
    at = timezone.now()
    flags.raise_flag(person, Danger.SELF_HARM, at=at)
    assert holds.is_held(person, at + dt.timedelta(hours=23))
    assert not holds.is_held(person, at + dt.timedelta(hours=25))


def test_it_is_deleted_after_thirty_days(person):
    flags.raise_flag(person, Danger.SELF_HARM, at=timezone.now() - dt.timedelta(days=31))
    flags.raise_flag(person, Danger.SELF_HARM, at=timezone.now() - dt.timedelta(days=29))
    call_command("retain", verbosity=0)
    assert CrisisFlag.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "is_sent"), [("habit_reminder", False), ("achievement", False), ("coaching", False), ("system", True)]
)
def test_nothing_nudges_for_a_day(person, kind, is_sent):
    at = timezone.now()
    flags.raise_flag(person, Danger.SELF_HARM, at=at)
    data = {"names": ["물", "걷기"], "count": 2}
    outbox.send(person, template="bundle", data=data, effect_key="x", at=at, type=kind, wake_workers=False)

    fan_out.dispatch(now=at)

    row = Notification.objects.get()
    assert (row.failure_reason != delivery_policy.HELD) == is_sent


# ── The numbers ──────────────────────────────────────────────────────────────


def test_the_numbers_are_in_one_place_with_their_date(shown):
    assert set(re.findall(r'href="tel:([^"]+)"', shown)) == help_lines.NUMBERS
    assert str(help_lines.VERIFIED.year) in shown


def test_a_check_warns_when_they_grow_old(time_machine):
    time_machine.move_to(help_lines.VERIFIED + help_lines.VERIFIED_FOR)
    assert check_help_lines() == []
    time_machine.move_to(help_lines.VERIFIED + help_lines.VERIFIED_FOR + dt.timedelta(days=1))
    assert [warning.id for warning in check_help_lines()] == ["coaching.W001"]


# ── How forms arrive ─────────────────────────────────────────────────────────


def test_a_body_that_is_no_form_is_left_to_its_view(signed_in):
    response = signed_in.post(reverse("notifications:devices"), b'{"note": "x"}', content_type="application/json")
    assert response.status_code < 500


# ── What is read of a request ────────────────────────────────────────────────


@pytest.fixture
def read_texts(monkeypatch):
    """The texts that were read, in order."""
    read, detect = [], detection.detect
    monkeypatch.setattr(detection, "detect", lambda text: read.append(text) or detect(text))
    return read


@pytest.mark.django_db
def test_many_fields_cost_no_more_than_a_few_long_notes(signed_in, read_texts):
    signed_in.post("/me/profile/", {f"field{number}": "가나 다라. " * 600 for number in range(50)})

    assert read_texts
    assert sum(map(len, read_texts)) <= MOST_READ


@pytest.mark.django_db
def test_short_fields_behind_a_long_one_are_read(signed_in, read_texts):
    answer = signed_in.post("/me/profile/", {"bio": "물을 마셨다. " * 2_000, "name": SAID})

    assert answer.headers["Location"].startswith(HELP)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/today/", "/nowhere/", "/billing/webhooks/demo/"])
def test_what_a_stranger_sends_costs_no_reading(client, read_texts, address):
    client.post(address, {f"field{number}": "가나 다라. " * 100 for number in range(50)})

    assert read_texts == []
