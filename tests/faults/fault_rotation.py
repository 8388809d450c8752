"""100,000 people get a new key while they edit and sign in and the rotation is killed at random points.

Promised: 0 rows under the old key, 0 unreadable, 0 lost edits, and logins work throughout. PEOPLE=2000 makes it short.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.crypto import keyring, rotation
from habits.models import UserHabit
from tests.privacy.sealed_people import NEW, OLD, PASSWORD, environment, gather, use_keys

PEOPLE = int(os.environ.get("PEOPLE", "100000"))
KILLS = 10
EDITORS = 2

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Life(threading.Thread):
    """Repeats `deed` until `over`; what goes wrong is kept."""

    def __init__(self, deed, over: threading.Event, *, seed: int, pause: float):
        super().__init__()
        self.deed, self.over, self.pause, self.done = deed, over, pause, 0
        self.wrong: list[Exception] = []
        self.choose = random.Random(seed)  # noqa: S311

    def run(self) -> None:
        while not self.over.wait(self.pause):
            try:
                self.deed(self.choose)
                self.done += 1
            except Exception as error:
                self.wrong.append(error)
        connections.close_all()


def test_a_new_key_takes_over_under_edits_and_kills(settings):
    use_keys(settings, OLD)
    people = gather(PEOPLE)
    use_keys(settings, NEW, OLD)
    edits: dict = {}

    def edit(mine):
        def deed(choose: random.Random) -> None:
            person = User.objects.get(pk=choose.choice(mine).pk)
            name = f"새 이름 {choose.random()}"
            person.name = name
            person.save(update_fields=["name"])
            edits[person.pk] = name

        return deed

    def sign_in(choose: random.Random) -> None:
        client = Client(REMOTE_ADDR=f"10.{choose.randrange(250)}.{choose.randrange(250)}.{choose.randrange(250)}")
        number = choose.randrange(PEOPLE)
        answer = client.post(reverse("account_login"), {"login": f"Crowd{number}@example.com", "password": PASSWORD})
        assert answer.headers.get("Location") == reverse("habits:today"), (number, answer.status_code)

    over = threading.Event()
    lives = [Life(edit(people[n::EDITORS]), over, seed=n, pause=0.005) for n in range(EDITORS)]
    lives.append(Life(sign_in, over, seed=99, pause=0.05))
    for life in lives:
        life.start()
    began = time.monotonic()
    try:
        ends = [_run(settings, seconds=random.uniform(2, 12)) for _kill in range(KILLS)]  # noqa: S311
        ends.append(_run(settings))
    finally:
        over.set()
        for life in lives:
            life.join()
    took = time.monotonic() - began

    print(
        f"{PEOPLE} people, {sum(life.done for life in lives[:-1])} edits, {lives[-1].done} logins, killed"
        f" {ends.count(-signal.SIGKILL)} times, {took:.0f} s"
    )
    assert [life.wrong for life in lives] == [[]] * len(lives)
    assert ends[-1] == 0
    assert rotation.carried().keys() == {"k2"}
    assert [result for result in rotation.verify() if result.left or result.unreadable] == []
    use_keys(settings, NEW)
    expected = {person.pk: edits.get(person.pk, f"무리{n}") for n, person in enumerate(people)}
    assert {user.pk: user.name for user in User.objects.only("name").iterator()} == expected
    assert {habit.notes for habit in UserHabit.objects.only("notes").iterator()} == {"무릎이 아파요"}
    assert [result.moved for result in rotation.rotate() if result.moved] == []
    keyring.current.cache_clear()


def _run(settings, *, seconds: float | None = None) -> int:
    """The command in a process of its own, killed after so many seconds. Gives how it ended."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rotate_pii_keys"],
        cwd=django_settings.BASE_DIR,
        env=environment(settings),
        stdout=subprocess.DEVNULL,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
