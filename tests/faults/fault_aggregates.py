"""The process that fills the days is killed at random points; the tables equal the oracle.

Requirement (docs/analytics.md): a run may die anywhere; the next one leaves nothing half-filled, nothing marked and nothing wrong.
"""

import datetime as dt
import os
import signal
import subprocess
import sys
import time

import pytest

from accounts.days import ONE_DAY
from analytics import daily_aggregates
from analytics.models import AggregateFill, StaleAggregate
from tests.analytics import histories
from tests.analytics.aggregate_oracle import differences
from tests.privacy.sealed_people import environment

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

KILLS, PEOPLE = int(os.environ.get("KILLS", "50")), 6
FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 10, 20)
# Fills what has closed by the instant that it gets, again and again.
RUN = """
import datetime as dt, sys
import django
django.setup()
from analytics import daily_aggregates
print("ready", flush=True)
while True:
    daily_aggregates.catch_up(now=dt.datetime.fromisoformat(sys.argv[1]))
"""


def test_killed_at_random_points_the_numbers_equal_the_oracle(settings):
    chance = histories.rng(2026)
    people = [histories.person(chance, FIRST, LAST) for _n in range(PEOPLE)]
    habits = [person.habits.order_by("pk").first() for person in people]
    for kill in range(KILLS):
        day = FIRST + (kill * (LAST - FIRST).days // KILLS) * ONE_DAY
        process = _start(settings, at=_after(day))
        time.sleep(chance.uniform(0, 2))
        histories.check_in(chance, chance.choice(habits), FIRST + chance.randint(1, 30) * ONE_DAY)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL

    daily_aggregates.catch_up(now=_after(LAST))

    assert {person.pk: differences(person, FIRST - ONE_DAY, LAST) for person in people} == {
        person.pk: {} for person in people
    }
    assert not AggregateFill.objects.exclude(state="done").exists()
    assert not StaleAggregate.objects.exists()
    print(f"{KILLS} kills, {AggregateFill.objects.count()} days of zones, {PEOPLE} people: equal to the oracle")


def _after(day: dt.date) -> dt.datetime:
    """When the day has ended for everybody in Seoul, whatever their day's start."""
    return dt.datetime.combine(day + ONE_DAY, dt.time(23), tzinfo=dt.UTC)


def _start(settings, *, at: dt.datetime) -> subprocess.Popen:
    env = environment(settings) | {"DJANGO_SETTINGS_MODULE": "wellness.settings"}
    process = subprocess.Popen([sys.executable, "-c", RUN, at.isoformat()], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process
