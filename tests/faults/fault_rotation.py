"""Rotates the key of 100,000 people who edit and sign in, while the rotation is killed at random points.

Requirement: no row under the old key, none unreadable, no lost edit, and sign-in works throughout. PEOPLE=2000 makes it
short.
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
from tests.privacy.sealed_people import NEW, OLD, PASSWORD, create_people, environment, use_keys

PEOPLE = int(os.environ.get("PEOPLE", "100000"))
KILLS = 10
EDITORS = 2

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Activity(threading.Thread):
    """Repeats `action` until `over`; collects its errors."""

    def __init__(self, action, over: threading.Event, *, seed: int, pause: float):
        super().__init__()
        self.action, self.over, self.pause, self.done = action, over, pause, 0
        self.wrong: list[Exception] = []
        self.choose = random.Random(seed)  # noqa: S311

    def run(self) -> None:
        while not self.over.wait(self.pause):
            try:
                self.action(self.choose)
                self.done += 1
            except Exception as error:
                self.wrong.append(error)
        connections.close_all()


def test_a_new_key_takes_over_under_edits_and_kills(settings):
    use_keys(settings, OLD)
    people = create_people(PEOPLE)
    use_keys(settings, NEW, OLD)
    edits: dict = {}

    def edit(mine):
        def action(choose: random.Random) -> None:
            person = User.objects.get(pk=choose.choice(mine).pk)
            name = f"새 이름 {choose.random()}"
            person.name = name
            person.save(update_fields=["name"])
            edits[person.pk] = name

        return action

    def sign_in(choose: random.Random) -> None:
        client = Client(REMOTE_ADDR=f"10.{choose.randrange(250)}.{choose.randrange(250)}.{choose.randrange(250)}")
        number = choose.randrange(PEOPLE)
        answer = client.post(reverse("account_login"), {"login": f"Crowd{number}@example.com", "password": PASSWORD})
        assert answer.headers.get("Location") == reverse("habits:today"), (number, answer.status_code)

    over = threading.Event()
    activities = [Activity(edit(people[n::EDITORS]), over, seed=n, pause=0.005) for n in range(EDITORS)]
    activities.append(Activity(sign_in, over, seed=99, pause=0.05))
    for activity in activities:
        activity.start()
    began = time.monotonic()
    try:
        ends = [_run(settings, seconds=random.uniform(2, 12)) for _kill in range(KILLS)]  # noqa: S311
        ends.append(_run(settings))
    finally:
        over.set()
        for activity in activities:
            activity.join()
    took = time.monotonic() - began

    print(
        f"{PEOPLE} people, {sum(activity.done for activity in activities[:-1])} edits, {activities[-1].done} logins, killed"
        f" {ends.count(-signal.SIGKILL)} times, {took:.0f} s"
    )
    assert [activity.wrong for activity in activities] == [[]] * len(activities)
    assert ends[-1] == 0
    assert rotation.count_by_key().keys() == {"k2"}
    assert [result for result in rotation.verify() if result.left or result.unreadable] == []
    use_keys(settings, NEW)
    expected = {person.pk: edits.get(person.pk, f"무리{n}") for n, person in enumerate(people)}
    assert {user.pk: user.name for user in User.objects.only("name").iterator()} == expected
    assert {habit.notes for habit in UserHabit.objects.only("notes").iterator()} == {"무릎이 아파요"}
    assert [result.moved for result in rotation.rotate() if result.moved] == []
    keyring.current.cache_clear()


def _run(settings, *, seconds: float | None = None) -> int:
    """Runs the command in a child process, killed after so many seconds. Gives its exit code."""
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
