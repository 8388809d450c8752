"""The inbox, its bell, and the settings page."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from uuid6 import uuid7

from habits import checkins
from notifications import inbox, preferences
from notifications.models import Notification
from notifications.pages import bell
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import AchievementFactory, NotificationFactory

pytestmark = pytest.mark.django_db


def now():
    return dt.datetime.now(dt.UTC)


def put(user, **kwargs):
    return NotificationFactory(user=user, dispatched_at=now(), **kwargs)


def test_the_bell_counts_what_is_new(person, signed_in):
    put(person)
    put(person, read_at=now())
    put(person, cleared_at=now())
    put(person, scheduled_for=now() + dt.timedelta(hours=1))

    assert bell.bell(person, now=now()) == {"unread": 1, "text": "1"}
    assert 'class="dot"' in signed_in.get("/notifications/bell/").text
    assert "새 알림 1개" in signed_in.get("/today/").text


def test_the_bell_stops_counting_at_a_hundred(person):
    for _row in range(101):
        put(person)

    assert bell.bell(person, now=now())["text"] == "99+"


def test_an_empty_inbox_says_so(signed_in):
    assert "고요해요" in signed_in.get("/notifications/").text


def test_what_is_older_than_a_week_is_folded(person, signed_in):
    for days in (0, 6, 7, 30):
        put(person, title=f"‘{days}일 전’", scheduled_for=now() - dt.timedelta(days=days))

    fresh, folded = signed_in.get("/notifications/").text.split('<details class="fold">')

    assert [f"‘{days}일 전’" in fresh for days in (0, 6, 7, 30)] == [True, True, False, False]
    assert [f"‘{days}일 전’" in folded for days in (0, 6, 7, 30)] == [False, False, True, True]
    assert "2개" in folded


def test_an_inbox_of_old_ones_is_open(person, signed_in):
    put(person, scheduled_for=now() - dt.timedelta(days=30))

    assert '<details class="fold" open>' in signed_in.get("/notifications/").text


def test_following_one_marks_it_as_read_and_redirects_to_the_habit(person, signed_in):
    habit = UserHabitFactory(user=person)
    notification = put(person, data={"to": ["habits:habit", str(habit.pk)]})

    answer = signed_in.get(f"/notifications/{notification.pk}/")

    notification.refresh_from_db()
    assert answer.url == f"/today/{habit.pk}/"
    assert None not in (notification.read_at, notification.clicked_at)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        {"to": ["no:such", "x"]},
        {"url": "https://evil.example"},
        {"url": "//evil.example"},
        {"url": "/\t/evil.example"},
    ],
)
def test_a_missing_target_redirects_to_today(person, signed_in, data):
    assert signed_in.get(f"/notifications/{put(person, data=data).pk}/").url == "/today/"


def test_reading_and_clearing_all(person, stranger, signed_in):
    put(person)
    theirs = put(stranger)

    signed_in.post("/notifications/read/")
    assert bell.bell(person, now=now())["unread"] == 0
    signed_in.post("/notifications/clear/")

    assert not person.notifications.in_inbox(now()).exists()
    theirs.refresh_from_db()
    assert (theirs.read_at, theirs.cleared_at) == (None, None)


def test_clearing_one_gives_back_the_inbox(person, signed_in):
    first, second = put(person, title="첫째"), put(person, title="둘째")

    answer = signed_in.post(f"/notifications/{first.pk}/clear/", headers={"HX-Request": "true"})

    assert "둘째" in answer.text
    assert "첫째" not in answer.text
    assert Notification.objects.get(pk=second.pk).cleared_at is None


def test_somebody_elses_is_not_there(stranger, signed_in):
    theirs = put(stranger)

    assert signed_in.get(f"/notifications/{theirs.pk}/").status_code == 404
    assert signed_in.post(f"/notifications/{theirs.pk}/clear/").status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_the_inbox_asks_the_database_as_often_for_one_as_for_three(person, signed_in, django_assert_num_queries, many):
    for _row in range(many):
        put(person)

    with django_assert_num_queries(2):  # person with the last words of danger, rows; the session is cached
        signed_in.get("/notifications/")


def test_notifications_older_than_ninety_days_are_deleted(person):
    put(person, created_at=now() - dt.timedelta(days=91))
    kept = put(person, created_at=now() - dt.timedelta(days=89))

    assert inbox.delete_expired(now=now()) == 1
    assert Notification.objects.get() == kept


def test_achievements_earned_together_are_one_notification(person):
    AchievementFactory(id="zz-first", name="첫 방울", criteria={"kind": "total", "need": 1})
    AchievementFactory(id="zz-also", name="또 하나", criteria={"kind": "total", "need": 1})
    habit = UserHabitFactory(user=person, started_at=now() - dt.timedelta(days=1))

    checkins.check_in(person, habit.pk, key=uuid7(), at=now(), now=now())
    checkins.undo(person, habit.pk, now=now())
    checkins.check_in(person, habit.pk, key=uuid7(), at=now(), now=now())

    notification = Notification.objects.get(notification_type="achievement")
    assert {"첫 방울", "또 하나"} <= set(notification.data["names"])
    assert notification.delivery_status == "sent"


def test_settings_are_saved_and_shown(person, signed_in):
    sent = {"habit_reminder": "on", "email": "on", "quiet_from": "22:00", "quiet_until": "07:00", "most_per_day": "5"}

    signed_in.post("/notifications/settings/", sent)

    person.refresh_from_db()
    chosen = preferences.of(person)
    assert (chosen.habit_reminder, chosen.coaching, chosen.push, chosen.email) == (True, False, False, True)
    assert (chosen.quiet, chosen.most_per_day) == ((dt.time(22), dt.time(7)), 5)
    assert 'value="22:00"' in signed_in.get("/notifications/settings/").text


@pytest.mark.parametrize("wrong", [{"most_per_day": "0"}, {"most_per_day": "5", "quiet_from": "22:00"}])
def test_invalid_settings_are_rejected(person, signed_in, wrong):
    answer = signed_in.post("/notifications/settings/", wrong)

    assert answer.status_code == 422
    person.refresh_from_db()
    assert person.notification_settings == {}


WAKE = """
import sys, django
django.setup()
from kombu.exceptions import OperationalError
from core import wakeups
events = []
sys.addaudithook(lambda event, _arguments: events.append(event))
try:
    wakeups.wake("notifications.deliver")
except OperationalError:
    print(events.count("socket.connect"), events.count("time.sleep"))
"""


@pytest.mark.slow
def test_an_unreachable_broker_is_not_waited_for():
    """The row is stored; the minutely job finds it."""
    environment = os.environ | {"CELERY_BROKER_URL": "redis+socket:///nowhere/redis.sock"}

    tried = subprocess.run([sys.executable, "-c", WAKE], env=environment, capture_output=True, text=True, check=True)

    # The client's own two attempts to connect, and no pause between them.
    assert tried.stdout.split() == ["2", "0"]


def test_pages_send_their_wake_ups_to_our_broker(settings):
    from notifications import tasks

    assert tasks.deliver.app.conf.broker_url == settings.CELERY_BROKER_URL
