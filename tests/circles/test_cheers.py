"""Cheers: six signs, once for each pair, habit and day, told as the recipient wishes."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from circles import cheers, sharing, visibility
from circles.models import Cheer
from notifications import fan_out
from notifications.models import Notification, NotificationDelivery
from tests.at_once import at_once
from tests.factories.circles import CircleMemberFactory, SharedHabitFactory
from tests.factories.rest import NotificationDeviceFactory

NOW = dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC)
AT_ONCE = 16


@pytest.fixture
def shared(person):
    return SharedHabitFactory(member__user=person, user_habit__custom_name="기지개", shared_on=dt.date(2026, 11, 1))


@pytest.fixture
def friend(shared):
    return CircleMemberFactory(circle=shared.member.circle, nickname="민서")


@pytest.mark.django_db
def test_a_cheer_reaches_its_person_in_their_words(shared, friend):
    cheers.send(friend, shared.pk, "sprout", now=NOW)

    told = Notification.objects.get(user=shared.member.user)
    assert (told.title, told.body, told.notification_type) == ("민서 님이 응원했어요", "기지개 · 새싹", "cheer")
    [got] = cheers.received(visibility.see(shared.member, now=NOW))
    assert (got.sender, got.sign) == (friend, "sprout")


@pytest.mark.django_db
def test_a_second_sign_of_the_day_changes_nothing(shared, friend):
    first = cheers.send(friend, shared.pk, "sprout", now=NOW)

    assert cheers.send(friend, shared.pk, "star", now=NOW) is None
    assert [one.sign for one in Cheer.objects.all()] == [first.sign]
    assert cheers.send(friend, shared.pk, "star", now=NOW + dt.timedelta(days=1)) is not None


@pytest.mark.django_db
def test_a_pair_in_two_circles_has_one_as_well(shared, friend):
    elsewhere = CircleMemberFactory(user=shared.member.user)
    again = SharedHabitFactory(member=elsewhere, user_habit=shared.user_habit, shared_on=NOW.date())
    cheers.send(friend, shared.pk, "sun", now=NOW)

    assert cheers.send(CircleMemberFactory(circle=elsewhere.circle, user=friend.user), again.pk, "sun", now=NOW) is None


@pytest.mark.django_db
def test_any_other_sign_is_refused(shared, friend):
    browser = Client()
    browser.force_login(friend.user)
    url = reverse("circles:cheer", args=[friend.circle_id, shared.pk])

    browser.post(url, {"sign": "맥주"})
    assert Cheer.objects.count() == 0
    browser.post(url, {"sign": "heart"})
    assert Cheer.objects.get().sign == "heart"


@pytest.mark.django_db
def test_nobody_cheers_what_they_do_not_see(shared):
    outsider = CircleMemberFactory()

    with pytest.raises(cheers.NotShown):
        cheers.send(outsider, shared.pk, "sun", now=NOW)
    with pytest.raises(cheers.NotShown):
        cheers.send(shared.member, shared.pk, "sun", now=NOW)


@pytest.mark.django_db
def test_what_told_of_a_cheer_goes_with_it(shared, friend):
    cheers.send(friend, shared.pk, "sun", now=NOW)

    sharing.choose(shared.member, [], today=NOW.date())

    assert (Cheer.objects.count(), Notification.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_cheers_obey_the_switch(shared, friend):
    shared.member.user.notification_settings = {"cheer": False}
    shared.member.user.save()

    assert cheers.send(friend, shared.pk, "sun", now=NOW)
    assert Notification.objects.count() == 0


@pytest.mark.django_db
def test_cheers_obey_quiet_hours(shared, friend):
    person = shared.member.user
    person.notification_settings = {"quiet_from": "11:00", "quiet_until": "13:00"}
    person.save()
    NotificationDeviceFactory(user=person)

    # Noon in Seoul.
    cheers.send(friend, shared.pk, "sun", now=NOW)
    fan_out.dispatch(now=NOW)

    assert NotificationDelivery.objects.count() == 0
    assert Notification.objects.get().scheduled_for == NOW + dt.timedelta(hours=1)


def race(schema: str = "public") -> int:
    """Sixteen posts of one sign at once: how many rows they leave."""
    shared = SharedHabitFactory(shared_on=NOW.date())
    friend = CircleMemberFactory(circle=shared.member.circle)

    def send(_number: int) -> object:
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {schema}, public")
        try:
            return cheers.send(friend, shared.pk, "sun", now=NOW)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET search_path")

    at_once(AT_ONCE, send)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {schema}.cheers WHERE shared_id = %s", [shared.pk])
        return cursor.fetchone()[0]


@pytest.fixture
def scratch(committed):
    """A schema with a copy of the table without its unique constraint."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA scratch")
        cursor.execute("CREATE TABLE scratch.cheers (LIKE public.cheers INCLUDING DEFAULTS)")
    yield "scratch"
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA scratch CASCADE")


def test_sixteen_at_once_send_one(committed):
    assert [race() for _n in range(3)] == [1] * 3


def test_without_the_constraint_the_same_race_sends_sixteen(scratch):
    assert race(scratch) == AT_ONCE
