"""The demo accounts: created once, ready to sign in, with a half-done day."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from devtools.seeding import PASSWORD, PERSON, STAFF, demo
from habits.models import HabitLog, HabitRest
from habits.pages.today import page

pytestmark = pytest.mark.django_db

AFTERNOON = dt.datetime(2026, 10, 20, 6, 30, tzinfo=dt.UTC)  # half past three in Seoul
NIGHT = dt.datetime(2026, 10, 20, 14, 30, tzinfo=dt.UTC)


@pytest.fixture
def person():
    demo.create_accounts(now=AFTERNOON)
    return User.objects.get(email=PERSON)


def test_a_second_start_changes_nothing_and_says_the_same(capsys):
    call_command("demo")
    first = capsys.readouterr().out
    before = (User.objects.count(), HabitLog.objects.count())

    call_command("demo")

    assert capsys.readouterr().out == first
    assert (User.objects.count(), HabitLog.objects.count()) == before


def test_it_says_nothing_but_the_accounts(capsys):
    call_command("demo")

    person, staff = capsys.readouterr().out.splitlines()
    assert person.split() == ["person:", PERSON, "password:", PASSWORD]
    assert staff.split() == ["staff:", STAFF, "password:", PASSWORD]


def test_the_person_signs_in(client, person):
    assert client.login(email=PERSON, password=PASSWORD)

    assert "지우" in client.get(reverse("habits:today")).content.decode()


def test_the_staff_may_do_everything(client, person):
    staff = User.objects.get(email=STAFF)

    assert staff.is_staff
    assert staff.is_superuser
    assert client.login(email=STAFF, password=PASSWORD)


def test_today_is_half_done(person):
    rows = [row for group in page(person, now=AFTERNOON)["groups"] for row in group["rows"]]

    assert len(rows) == len(demo.HABITS)
    assert any(row.count for row in rows)
    assert any(row.needed for row in rows)


@pytest.mark.parametrize("now", [AFTERNOON, NIGHT])
def test_no_check_in_lies_ahead_and_the_evening_is_still_open(now):
    demo.create_accounts(now=now)

    rows = [row for group in page(User.objects.get(email=PERSON), now=now)["groups"] for row in group["rows"]]
    assert all(row.needed for row in rows if row.part_of_day == "evening")
    assert HabitLog.objects.latest("completed_at").completed_at <= now


def test_the_history_shows_what_the_product_can(person):
    frequencies = set(person.habits.values_list("target_frequency", flat=True))

    assert frequencies >= {"daily", "weekly"}
    assert person.habits.filter(direction="at_most").exists()
    assert person.habits.filter(target_count=8).exists()
    assert HabitRest.objects.filter(user=person).exists()
    assert person.achievements.count() > 10
    assert person.coaching_messages.exclude(user_reaction=None).exists()


def test_it_refuses_outside_development(settings):
    settings.DEVELOPMENT = False

    with pytest.raises(CommandError, match="development"):
        call_command("demo")
