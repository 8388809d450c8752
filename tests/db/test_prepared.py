"""Statements written together are one statement."""

import pytest
from django.db import connection

from wellness.db import prepared

pytestmark = pytest.mark.django_db

_ADD = "INSERT INTO heap (name) VALUES (%(name)s::text)"
_COUNT = "UPDATE tally SET total = total + %(name)s::integer"


@pytest.fixture(autouse=True)
def tables():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE heap (name text); CREATE TEMP TABLE tally (total integer)")
        cursor.execute("INSERT INTO tally VALUES (0)")


def rows(sql: str) -> list:
    return prepared.fetch(sql, [])


def test_what_is_written_together_is_written_at_the_end_each_with_its_own_values():
    with prepared.together():
        prepared.write(_ADD, {"name": "a"})
        prepared.write(_COUNT, {"name": 3})

        assert rows("SELECT * FROM heap") == []

    assert rows("SELECT name, total FROM heap, tally") == [("a", 3)]


def test_the_same_statement_twice_is_run_twice():
    with prepared.together():
        prepared.write(_ADD, {"name": "a"})
        prepared.write(_ADD, {"name": "b"})

    assert sorted(rows("SELECT name FROM heap")) == [("a",), ("b",)]


def test_nothing_is_written_when_the_block_fails():
    def write_and_fail():
        with prepared.together():
            prepared.write(_ADD, {"name": "a"})
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()

    assert rows("SELECT * FROM heap") == []


def test_alone_a_statement_is_run_at_once():
    prepared.write(_ADD, {"name": "a"})

    assert rows("SELECT name FROM heap") == [("a",)]


def test_a_statement_is_prepared_at_its_first_run_and_known_at_its_second():
    sql = "SELECT %s::integer + 41"

    def known() -> list:
        return rows(
            "SELECT sum(generic_plans + custom_plans)::integer FROM pg_prepared_statements WHERE statement LIKE '%% + 41'"
        )

    prepared.fetch(sql, [1])
    assert known() == [(1,)]

    assert prepared.fetch(sql, [1]) == [(42,)]
    assert known() == [(2,)]
