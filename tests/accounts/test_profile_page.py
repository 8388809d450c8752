"""The profile pages (나): profile, calendar, privacy settings and consents."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection

from accounts import consents, privacy_settings
from accounts.models import User, UserConsent
from habits import checkins, streak_cache
from habits.models import HabitLog, UserHabit
from tests.factories.habits import UserHabitFactory
from wellness.privacy import health_withdrawal

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)  # noon in Seoul
DAY = dt.timedelta(days=1)
PAGES = ["/me/", "/me/profile/", "/me/view/", "/me/privacy/", "/me/consents/", "/me/devices/"]
VIEW = {"language": "ko", "timezone": "Asia/Seoul", "day_start": 0, "week_start": 1}


def again(person: User) -> User:
    return User.objects.get(pk=person.pk)


@pytest.mark.parametrize("path", PAGES)
def test_the_settings_are_for_who_is_signed_in(client, path):
    assert client.get(path).url == f"/accounts/login/?next={path}"


@pytest.mark.parametrize(
    "path", [*PAGES, "/accounts/2fa/", "/accounts/3rdparty/", "/accounts/email/", "/accounts/password/change/"]
)
def test_the_settings_open_in_both_languages(signed_in, person, path):
    for language, lang in (("ko", "ko"), ("en", "en")):
        User.objects.update(language=language)
        answer = signed_in.get(path, follow=True)

        assert answer.status_code == 200
        assert f'<html lang="{lang}"' in answer.content.decode()


def test_a_profile_is_kept_and_sealed(signed_in, person):
    answer = signed_in.post(
        "/me/profile/", {"name": "김지우", "birth_year": "1994", "gender": "female", "bio": "천천히 걷는 사람"}
    )

    assert answer.url == "/me/"
    now = again(person)
    assert (now.name, now.birth_year, now.gender, now.bio) == ("김지우", 1994, "female", "천천히 걷는 사람")
    with connection.cursor() as cursor:
        cursor.execute("SELECT u::text FROM users u")
        row = cursor.fetchone()[0]
    assert "지우" not in row
    assert "걷는" not in row


def test_what_is_emptied_is_gone(signed_in, person):
    signed_in.post("/me/profile/", {"name": "지우", "birth_year": "1994", "gender": "male", "bio": "소개"})

    signed_in.post("/me/profile/", {"name": "지우", "birth_year": "", "gender": "", "bio": ""})

    now = again(person)
    assert (now.birth_year, now.gender, now.bio) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "이" * 101),
        ("birth_year", "1805"),
        ("birth_year", "2020"),
        ("gender", "x"),
        ("bio", "글" * 501),
    ],
)
def test_what_cannot_be_is_refused(signed_in, person, field, value):
    said = {"name": "지우", "birth_year": "", "gender": "", "bio": ""} | {field: value}

    answer = signed_in.post("/me/profile/", said)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert again(person).name == person.name


def test_nobody_makes_themselves_staff(signed_in, person):
    signed_in.post("/me/profile/", {"name": "지우", "is_staff": "on", "is_superuser": "on", "email": "a@example.com"})

    now = again(person)
    assert (now.is_staff, now.is_superuser, now.email) == (False, False, person.email)


def test_the_zone_is_named_in_the_readers_language(signed_in, person):
    assert re.search(r"시간대.*?서울", signed_in.get("/me/").content.decode(), re.S)
    signed_in.post("/me/view/", VIEW | {"language": "en"})
    assert re.search(r"Time zone.*?Seoul", signed_in.get("/me/").content.decode(), re.S)


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Asia/Seoul", r"서울 \(UTC\+9\)"),
        ("America/St_Johns", r"세인트존스 \(UTC−[23]:30\)"),
        ("US/Eastern", "US/Eastern"),
    ],
)
def test_the_own_zone_is_chosen_by_its_place_and_offset(signed_in, person, zone, label):
    User.objects.filter(pk=person.pk).update(timezone=zone)

    page = signed_in.get("/me/view/").content.decode()

    assert re.search(rf'<option value="{zone}" selected>{label}</option>', page)


def test_language_zone_day_and_week_are_chosen(signed_in, person):
    signed_in.post("/me/view/", {"language": "en", "timezone": "Europe/Berlin", "day_start": 4, "week_start": 7})

    calendar = again(person).calendar
    assert again(person).language == "en"
    assert (calendar.zone, calendar.day_start, calendar.week_start) == ("Europe/Berlin", 4, "sunday")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Asia/Nowhere"),
        ("timezone", "../etc/passwd"),
        ("day_start", 6),
        ("week_start", 3),
        ("language", "xx"),
    ],
)
def test_a_clock_that_is_none_is_refused(signed_in, field, value):
    assert signed_in.post("/me/view/", VIEW | {field: value}).status_code == 422


@pytest.mark.parametrize(
    "change", [{"timezone": "Pacific/Honolulu"}, {"timezone": "Pacific/Kiritimati"}, {"day_start": 5}]
)
def test_another_clock_rewrites_no_history_and_the_streak_is_told_anew(signed_in, person, change):
    habit = UserHabitFactory(user=person, started_at=NOON - 10 * DAY, started_on=(NOON - 10 * DAY).date())
    for days_ago in (3, 2, 1, 0):
        at = NOON - days_ago * DAY
        checkins.check_in(person, habit.pk, key=_key(days_ago), at=at, now=at)
    before = list(HabitLog.objects.order_by("completed_at").values_list("local_date", flat=True))

    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False):
        signed_in.post("/me/view/", VIEW | change)
        page = signed_in.get("/today/")

    assert page.status_code == 200
    assert list(HabitLog.objects.order_by("completed_at").values_list("local_date", flat=True)) == before
    now, row = again(person), UserHabit.objects.get()
    today = now.calendar.day_of(NOON + dt.timedelta(hours=1))
    shown = streak_cache.current(row, today=today, calendar=now.calendar, rests=[])
    fresh = streak_cache.replay(row, today=today, calendar=now.calendar, counts=streak_cache.counts_by_day(row))
    assert (shown.streak.current, shown.streak.best) == (fresh.streak.current, fresh.streak.best)


def _key(number: int):
    from uuid import UUID

    return UUID(int=number + 1)


def test_unknown_privacy_keys_stay_and_bad_values_count_as_no(person):
    person.privacy_settings = {"health": "yes", "of_tomorrow": [1, 2]}
    person.save()

    assert privacy_settings.of(person).health is False
    privacy_settings.change(person, coach_reads_notes=True, health=False)

    assert again(person).privacy_settings == {"health": False, "coach_reads_notes": True, "of_tomorrow": [1, 2]}


@pytest.mark.parametrize("values", [{"health": "yes"}, {"health": 1}, {"nobody_knows": True}])
def test_bad_privacy_settings_are_refused(person, values):
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic raises a subclass
        privacy_settings.change(person, **values)

    assert again(person).privacy_settings == {}


def test_privacy_settings_are_switched_on_and_off(signed_in, person):
    signed_in.post("/me/privacy/", {"coach_reads_notes": "on"})
    assert privacy_settings.of(again(person)).coach_reads_notes is True

    signed_in.post("/me/privacy/", {"sent": "1"})
    assert privacy_settings.of(again(person)).coach_reads_notes is False


def test_a_consent_taken_back_and_given_again_is_three_rows(signed_in, person):
    consents.record(person, answers={"health": True}, channel="signup", at=NOON)

    signed_in.post("/me/consents/health/", {"granted": "no"})
    health_withdrawal.run(dt.datetime.now(dt.UTC) + health_withdrawal.PAUSE)
    signed_in.post("/me/consents/health/", {"granted": "yes"})

    rows = UserConsent.objects.order_by("occurred_at").values_list("granted", "channel")
    assert list(rows) == [(True, "signup"), (False, "settings"), (True, "settings")]
    assert again(person).shares_health


def test_the_same_answer_twice_is_one_row(signed_in, person):
    for _time in range(2):
        signed_in.post("/me/consents/marketing/", {"granted": "yes"})

    assert UserConsent.objects.count() == 1
    assert again(person).agreed_to_marketing


def test_without_news_there_is_none_at_night(signed_in, person):
    signed_in.post("/me/consents/night/", {"granted": "yes"})
    assert consents.granted(person, "marketing")

    signed_in.post("/me/consents/marketing/", {"granted": "no"})

    assert not consents.granted(person, "night")


@pytest.mark.parametrize("item", ["terms", "privacy"])
def test_what_the_account_rests_on_is_not_taken_back_alone(signed_in, person, item):
    consents.record(person, answers={item: True}, channel="signup", at=NOON)

    signed_in.post(f"/me/consents/{item}/", {"granted": "no"})

    assert consents.granted(person, item)


@pytest.mark.parametrize(("item", "granted"), [("cookies", "yes"), ("health", "maybe"), ("health", "")])
def test_an_answer_to_nothing_asked_is_not_found(signed_in, item, granted):
    assert signed_in.post(f"/me/consents/{item}/", {"granted": granted}).status_code == 404


def test_the_history_of_consents_is_shown(signed_in, person):
    consents.record(person, answers={"health": True}, channel="signup", at=NOON)
    consents.record(person, answers={"health": False}, channel="settings", at=NOON + DAY)

    page = signed_in.get("/me/consents/").content.decode()

    assert page.index("2026-11-21") < page.index("2026-11-20")


def test_the_list_of_devices_costs_the_same_for_one_and_for_three(signed_in, person, django_assert_max_num_queries):
    from tests.factories.accounts import UserSessionFactory

    for _count in range(3):
        UserSessionFactory(user=person)
        with django_assert_max_num_queries(3):
            signed_in.get("/me/devices/")
