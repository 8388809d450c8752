"""The way from Today to yesterday on the first day of a week, whose strip has no past day."""

import datetime as dt

import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = dt.datetime(2026, 11, 30, 3, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC)
SUNDAY_PAGE = "/today/days/2026-11-29/"


@pytest.mark.parametrize(
    ("now", "joined", "shown"),
    [
        (MONDAY, dt.timedelta(days=30), True),
        (MONDAY, dt.timedelta(hours=1), False),
        (TUESDAY, dt.timedelta(days=30), False),
    ],
)
def test_yesterday_is_one_tap_away_on_the_first_day_of_a_week(client, time_machine, now, joined, shown):
    time_machine.move_to(now)
    person = UserFactory(timezone="Asia/Seoul", created_at=now - joined)
    UserHabitFactory(user=person)
    client.force_login(person)

    page = client.get(reverse("habits:today")).content.decode()

    assert (SUNDAY_PAGE in page) is shown
    assert ("어제" in page) is shown
