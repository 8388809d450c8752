"""Key rotation: with edits and killed processes meanwhile, no value is lost and none stays under the old key."""

import base64
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.audit.models import AuditLog
from core.crypto import keyring, rotation, sealing
from core.db import audit_context
from habits.models import UserHabit
from tests.privacy.sealed_people import NEW, OLD, PASSWORD, create_people, environment, use_keys
from tests.waiting import PATIENCE


@pytest.fixture
def ring(settings):
    """Starts with the old key alone; `ring(...)` changes the keys."""
    use_keys(settings, OLD)
    yield lambda *keys: use_keys(settings, *keys)
    keyring.current.cache_clear()


def rotate(**options) -> str:
    out = StringIO()
    call_command("rotate_pii_keys", stdout=out, **options)
    return out.getvalue()


def moved(results: list[rotation.RotationResult]) -> dict[str, int]:
    return {str(result.column): result.moved for result in results if result.moved}


@pytest.mark.django_db
def test_every_sealed_column_moves_to_the_new_key(ring):
    create_people(3)
    ring(NEW, OLD)

    assert moved(rotation.rotate(batch=2)) == dict.fromkeys(
        [
            "users.email",
            "users.name",
            "users.bio",
            "user_social_accounts.access_token",
            "user_social_accounts.refresh_token",
            "habits.own_name",
            "habits.own_description",
            "user_habits.own_name",
            "user_habits.anchor",
            "user_habits.group_name",
            "user_habits.origin",
            "user_habits.notes",
            "habit_imports.preview",
            "habit_imports.problems",
            "habit_imports.file_key",
            "coaching_messages.content",
            "coaching_messages.context",
            "notifications.sealed_title",
            "notifications.sealed_body",
            "notifications.data",
            "account_emailaddress.email",
            "socialaccount_socialaccount.uid",
            "socialaccount_socialaccount.extra_data",
            "mfa_authenticator.data",
        ],
        3,
    )


@pytest.mark.django_db
def test_a_second_run_moves_nothing(ring):
    create_people(3)
    ring(NEW, OLD)
    rotation.rotate()

    assert moved(rotation.rotate()) == {}


@pytest.mark.django_db
def test_the_old_key_may_leave_when_nothing_carries_it(ring):
    people = create_people(3)
    ring(NEW, OLD)
    said = rotate()
    ring(NEW)

    assert "key k1: carried by 0 values, may be purged" in said
    assert [user.name for user in User.objects.order_by("pk")] == [person.name for person in people]
    assert [result.unreadable for result in rotation.verify() if result.unreadable] == []


@pytest.mark.django_db
def test_a_key_that_a_value_carries_is_not_let_go(ring):
    create_people(2)
    ring(NEW, OLD)
    rotation.rotate()
    with connection.cursor() as cursor:
        ring(OLD)
        straggler = User.objects.first()
        token = sealing.seal("늦은 쓰기", bound_to=sealing.place("users", "name", straggler.pk))
        cursor.execute("UPDATE users SET name = %s WHERE id = %s", [token, straggler.pk])
    ring(NEW, OLD)

    with pytest.raises(CommandError, match="values carry other keys still"):
        rotate(verify=True)


@pytest.mark.django_db
def test_a_value_nobody_can_open_is_reported_and_left_alone(ring):
    first, second = create_people(2)
    User.objects.filter(pk=first.pk).update(name=User.objects.values_list("name", flat=True).get(pk=second.pk))
    ring(NEW, OLD)

    with pytest.raises(CommandError, match="1 values cannot be opened"):
        rotate()

    assert rotation.count_by_key().keys() == {"k1", "k2"}
    assert User.objects.get(pk=second.pk).name == second.name


@pytest.mark.django_db
def test_counting_writes_nothing(ring):
    create_people(2)
    ring(NEW, OLD)

    said = rotate(dry_run=True)

    assert "users.email: 0 moved, 2 left, 0 unreadable" in said
    assert rotation.count_by_key().keys() == {"k1"}


@pytest.mark.django_db
def test_moving_is_nobodys_change(ring):
    create_people(2)
    ring(NEW, OLD)
    before = AuditLog.objects.count()

    rotation.rotate()

    assert AuditLog.objects.count() == before


@pytest.mark.django_db
def test_saving_a_person_read_before_moves_them_too(ring):
    person = User.objects.get(pk=create_people(1)[0].pk)
    ring(NEW, OLD)
    rotation.rotate()

    person.day_start = 4
    person.save()

    assert rotation.count_by_key().keys() == {"k2"}


@pytest.mark.django_db(transaction=True)
def test_a_locked_row_is_moved_when_the_lock_ends(ring):
    held, _free = create_people(2)
    ring(NEW, OLD)
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=held.pk)
            holding.set()
            let_go.wait(PATIENCE)
        connections.close_all()

    def release(result: rotation.RotationResult) -> None:
        if result.column.table == "users":
            let_go.set()
            holder.join(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(PATIENCE)
    # The first round has skipped the row when it reports; the second begins after the row is released.
    rotation.rotate(tell=release)

    assert not holder.is_alive()
    assert rotation.count_by_key().keys() == {"k2"}


@pytest.mark.django_db
def test_a_new_index_key_finds_the_same_people(ring, settings):
    person = create_people(2)[0]
    settings.PII_INDEX_KEY = base64.b64encode(bytes(range(32))).decode()
    ring(NEW, OLD)
    found_before = User.objects.filter(email=person.email).exists()

    said = rotate(index=True)

    assert (found_before, said) == (False, "4 indexes written anew\n")
    assert User.objects.get(email=" CROWD0@example.com") == person
    # The database verifies who acts with a key derived from it.
    with audit_context.acting(person.pk):
        User.objects.filter(pk=person.pk).update(birth_year=1991)
    assert AuditLog.objects.filter(record_id=person.pk, action="UPDATE", user_id=person.pk).exists()


def repeat(act: Callable[..., None], *arguments: Any, done: threading.Event, wrong: list, pause: float) -> None:
    """Calls `act` every `pause` seconds until `done` is set; adds what it raises to `wrong`."""
    try:
        while not done.wait(pause):
            act(*arguments)
    except BaseException as error:
        wrong.append(error)
    finally:
        connections.close_all()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_people_edit_and_sign_in_while_a_rotation_is_killed(ring, settings):
    """tests/faults/fault_rotation.py kills it again and again."""
    people = create_people(60)
    ring(NEW, OLD)
    done, wrong, edits = threading.Event(), [], {}

    def edit(choose: random.Random, mine: list[User]) -> None:
        person = User.objects.get(pk=choose.choice(mine).pk)
        person.name = edits[person.pk] = f"새 이름 {choose.random()}"
        person.save(update_fields=["name"])

    def sign_in(choose: random.Random) -> None:
        client = Client(REMOTE_ADDR=f"10.{choose.randrange(250)}.{choose.randrange(250)}.7")
        number = choose.randrange(len(people))
        answer = client.post(reverse("account_login"), {"login": f"Crowd{number}@example.com", "password": PASSWORD})
        if answer.headers.get("Location") != reverse("habits:today"):
            wrong.append((number, answer.status_code))

    threads = [
        threading.Thread(target=repeat, args=[act, *arguments], kwargs={"done": done, "wrong": wrong, "pause": pause})
        for act, pause, *arguments in (
            (edit, 0.01, random.Random(0), people[0::2]),  # noqa: S311
            (edit, 0.01, random.Random(1), people[1::2]),  # noqa: S311
            (sign_in, 0.1, random.Random(3)),  # noqa: S311
        )
    ]
    for thread in threads:
        thread.start()
    try:
        killed, ended = run(settings, lines=9), run(settings)
    finally:
        done.set()
        for thread in threads:
            thread.join()

    assert wrong == []
    assert (killed, ended) == (-signal.SIGKILL, 0)
    assert rotation.count_by_key().keys() == {"k2"}
    assert [result for result in rotation.verify() if result.unreadable or result.left] == []
    ring(NEW)
    names = {user.pk: user.name for user in User.objects.all()}
    assert names == {person.pk: edits.get(person.pk, person.name) for person in people}
    assert {habit.notes for habit in UserHabit.objects.all()} == {"무릎이 아파요"}


def run(settings, *, lines: int | None = None) -> int:
    """Runs the command in a child process, killed after so many lines of output. Gives its exit code."""
    command = [sys.executable, "manage.py", "rotate_pii_keys", "--batch", "20"]
    process = subprocess.Popen(
        command, cwd=django_settings.BASE_DIR, env=environment(settings), stdout=subprocess.PIPE, text=True
    )
    with process:
        for number, _line in enumerate(process.stdout or [], start=1):
            if number == lines:
                process.kill()
                break
        return process.wait()
