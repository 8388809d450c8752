"""The people for the figures of the demo: created once, counted as the nights count."""

import datetime as dt

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from analytics import daily_aggregates, data_checks
from analytics.models import MetricValue
from devtools.seeding import crowd
from habits import template_people

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 25, 6, 30, tzinfo=dt.UTC)


@pytest.fixture
def people(content, monkeypatch):
    monkeypatch.setattr(crowd, "NUMBER", 14)
    assert crowd.create_people(now=NOW)
    return User.objects.filter(email__in=[crowd.address(number) for number in range(1, 15)])


def test_they_are_marked_as_made_and_came_week_by_week(people):
    assert {person.id.version for person in people} == {8}
    assert len({(NOW - person.created_at).days // 7 for person in people}) > crowd.WEEKS // 2


def test_the_figures_are_filled_and_the_checks_of_the_night_find_no_fault(people):
    daily_aggregates.catch_up(now=NOW)

    assert MetricValue.objects.filter(metric="active_day").exists()
    assert sum(template_people.counted().values()) > 0
    assert {key: number for key, number in data_checks.faults(now=NOW).items() if number} == {}


def test_a_second_start_changes_nothing(people):
    before = User.objects.count(), MetricValue.objects.count()

    assert not crowd.create_people(now=NOW)

    assert (User.objects.count(), MetricValue.objects.count()) == before


def test_only_in_development(monkeypatch):
    monkeypatch.setattr(settings, "DEVELOPMENT", False)

    with pytest.raises(CommandError, match="development"):
        call_command("crowd")
