"""Beat sends due tasks through the real Redis, and a real worker runs them on the real PostgreSQL."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery.beat import PersistentScheduler
from django.conf import settings
from django.db import connection
from redis import Redis
from uuid6 import uuid7

from core.db import partitions
from habits import checkins
from habits.models import UserHabit
from tests.factories.habits import UserHabitFactory
from tests.processes import database_url
from tests.waiting import PATIENCE, eventually
from wellness.celery import app

CELERY = [sys.executable, "-m", "celery", "-q", "-A", "wellness.celery:app"]
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment for child processes: this test's database and Redis."""
    return os.environ | {"DATABASE_URL": database_url(), "PYTHONWARNINGS": "ignore"}


@pytest.fixture
def queue() -> Redis:
    return Redis.from_url(settings.REDIS_URL)


@contextmanager
def running(*arguments: str, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen([*CELERY, *arguments], env=environment, cwd=settings.BASE_DIR)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def long_ago(schedule: Path) -> None:
    """Beat's schedule file, as if beat had last run two days ago."""
    memory = PersistentScheduler(app=app, schedule_filename=str(schedule))
    for entry in memory.schedule.values():
        entry.last_run_at = NOW - 2 * DAY
    memory.close()


def sent(queue: Redis) -> set[str]:
    return {json.loads(message)["headers"]["task"] for message in queue.lrange("celery", 0, -1)}


@pytest.mark.slow
def test_beat_sends_what_is_due_and_the_worker_does_it(committed, environment, queue, tmp_path):
    long_ago(tmp_path / "schedule")
    habit = UserHabitFactory(started_at=NOW - 9 * DAY)
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOW - 3 * DAY, now=NOW - 3 * DAY)
    month = partitions.Month.of(NOW.date()).plus(3).table("habit_logs")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {month}")

    with running("beat", "--pidfile", "", "--schedule", str(tmp_path / "schedule"), environment=environment) as beat:
        everything = {entry["task"] for entry in app.conf.beat_schedule.values()}
        assert eventually(lambda: sent(queue) == everything)
    with running("worker", "--pool", "solo", environment=environment) as worker:
        assert eventually(lambda: partitions.months_ahead(NOW.date())["habit_logs"] == 3)
        assert eventually(lambda: UserHabit.objects.get(pk=habit.pk).current_streak == 0)
        assert eventually(lambda: queue.llen("celery") == 0)

    assert (beat.returncode, worker.returncode) == (0, 0)
