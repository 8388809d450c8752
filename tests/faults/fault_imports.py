"""Imports twenty habits with ten years each while the worker is repeatedly killed at random points.

Requirement: nothing is written until everything is, once. HABITS and DAYS make it shorter.
"""

import datetime as dt
import io
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings

from accounts.models import User
from habits import streak_cache
from habits.models import Habit, HabitImport, HabitLog, UserHabit
from habits.transfer import import_jobs
from tests.factories.accounts import UserFactory
from tests.factories.rest import UserSubscriptionFactory
from tests.privacy.sealed_people import environment
from tests.transfer import files

HABITS, DAYS = int(os.environ.get("HABITS", "20")), int(os.environ.get("DAYS", "3650"))
KILLS = 8
# A worker process whose clock is `minutes` ahead: the lease of the killed worker is over.
WORKER = """
import datetime as dt, django
django.setup()
from habits.transfer import import_jobs
import_jobs.run_waiting(lambda: dt.datetime.now(dt.UTC) + dt.timedelta(minutes={minutes}))
"""

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_an_import_is_whole_or_not_there(content, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "TODAY", dt.datetime.now(dt.UTC).date())
    person = ready(settings, tmp_path)
    total = HABITS * DAYS

    ends = []
    for kill in range(1, KILLS + 1):
        ends.append(work(settings, tmp_path, minutes=4 * kill, seconds=random.uniform(1, 3)))  # noqa: S311
        # Each kill counts an attempt; giving up is not tested here.
        HabitImport.objects.filter(state="writing").update(attempts=1)
        assert HabitLog.objects.count() in (0, total)
        assert HabitLog.objects.count() == 0 or HabitImport.objects.get().state == "done"
    began = time.monotonic()
    ends.append(work(settings, tmp_path, minutes=4 * (KILLS + 1)))

    killed = ends.count(-signal.SIGKILL)
    print(f"{total} days, killed {killed} times, the last run {time.monotonic() - began:.1f} s")
    row = HabitImport.objects.get()
    assert (row.state, row.result["days"], HabitLog.objects.count()) == ("done", total, total)
    assert (UserHabit.objects.count(), Habit.objects.filter(owner=person).count()) == (HABITS, HABITS)
    assert killed > 0
    for user_habit in person.habits.with_habit():
        counts = streak_cache.counts_by_day(user_habit)
        again = streak_cache.replay(user_habit, today=files.TODAY, calendar=person.calendar, counts=counts)
        assert (user_habit.current_streak, user_habit.total_completions) == (again.streak.current, again.streak.total)


def ready(settings, folder) -> User:
    """A person with a confirmed import."""
    settings.MEDIA_ROOT = folder / "media"
    now = dt.datetime.now(dt.UTC)
    person = UserFactory(timezone="UTC", privacy_settings={"health": True})
    UserSubscriptionFactory(user=person, current_period_start=now - files.DAY, current_period_end=now + files.DAY)
    data = files.many_habits(habits=HABITS, days=DAYS, notes=True)
    import_jobs.start(person, io.BytesIO(data), size=len(data), now=now)
    import_jobs.run_waiting(lambda: now)
    import_jobs.confirm(person, ["add"] * HABITS, now=now)
    return person


def work(settings, folder, *, minutes: int, seconds: float | None = None) -> int:
    """Runs a worker process, killed after so many seconds. Gives its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER.format(minutes=minutes)],
        cwd=django_settings.BASE_DIR,
        env=environment(settings) | {"WELLNESS_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "wellness.settings"},
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
