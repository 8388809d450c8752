"""Erased people in a later dump, and in a restored earlier backup."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from accounts.models import User
from tests.privacy.conftest import NOW, add_rows
from tests.privacy.spellings import spellings
from tests.privacy.stores import PROGRAMS, database_url, dump
from tests.waiting import eventually
from wellness.privacy import account_deletion, erasure
from wellness.privacy.classification import TABLES, OnErasure

pytestmark = pytest.mark.django_db(transaction=True)

# Texts of `add_rows` that are not sealed.
PERSONAL = [
    "지우의 하루",
    "Firefox of hers",
    "203.0.113.9",
    "sub_of_hers_1",
]


# They name staff only.
OF_STAFF = {"django_admin_log", "change_requests", "access_reviews", "revisions"}


def tables_that_name(user_id: object, plain: bytes) -> set[str]:
    """Tables of a dump with this id in a row."""
    named, table = set(), ""
    for line in plain.decode().splitlines():
        if start := re.match(r"COPY public\.(\w+) ", line):
            table = start[1]
        elif str(user_id) in line:
            named.add(table)
    return named


def test_a_dump_names_an_erased_person_only_in_kept_tables(person, stranger):
    add_rows(person)
    add_rows(stranger)
    account_deletion.request_deletion(person, at=NOW)

    before = dump()
    erasure.run(NOW + erasure.GRACE)
    after = dump()

    kept = {table for table, entry in TABLES.items() if entry.on_erasure == OnErasure.KEPT}
    assert tables_that_name(person.pk, before) > kept - OF_STAFF
    assert tables_that_name(person.pk, after) <= kept
    assert tables_that_name(stranger.pk, after) > {"user_habits", "coaching_messages"}


def test_a_dump_holds_no_text_of_an_erased_person(person):
    add_rows(person)

    before = dump()
    erasure.erase(person.pk, at=NOW)
    after = dump()

    def found(plain: bytes) -> set[str]:
        return {word for word in PERSONAL if any(spelled in plain for spelled in spellings(word).values())}

    assert (found(before), found(after)) == (set(PERSONAL), set())


@pytest.mark.slow
def test_erasures_are_repeated_in_a_restored_backup(person, stranger):
    for who in (person, stranger):
        add_rows(who)
    backup = dump()
    erasure.erase(person.pk, at=NOW)

    with restored(backup):
        came_back = erasure.remains(person.pk)
        call_command("erase_user", "--replay")

        assert came_back
        assert erasure.remains(person.pk) == {}
        assert User.objects.get(pk=stranger.pk).name == stranger.name


@contextmanager
def restored(backup: bytes) -> Iterator[None]:
    """Django works on a database made from the backup."""
    tests = connection.settings_dict["NAME"]
    name = f"{tests}_restored"
    with psycopg.connect(database_url("wellness"), autocommit=True) as server:
        _drop(server, name)
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        subprocess.run(
            [PROGRAMS / "psql", "-q", "-v", "ON_ERROR_STOP=1", database_url(name)],
            input=backup,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        _work_on(name)
        try:
            yield
        finally:
            _work_on(tests)
            _drop(server, name)


def _drop(server: psycopg.Connection, name: str) -> None:
    """Drops the database as soon as nobody is connected to it.

    Without FORCE: that would terminate every connection itself, also an autovacuum worker's, which only a superuser may.
    The plain command ends autovacuum workers on its own and waits five seconds for the others.
    """

    def dropped() -> bool:
        with suppress(psycopg.errors.ObjectInUse):
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            return True
        return False

    assert eventually(dropped)


def _work_on(name: str) -> None:
    connections.close_all()
    connection.close_pool()
    connection.settings_dict["NAME"] = name
