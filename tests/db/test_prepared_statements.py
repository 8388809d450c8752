"""Statements that are prepared once for each connection."""

import pytest

from core.db import prepared_statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(transactional_db):
    """A temporary table."""
    rows("CREATE TEMPORARY TABLE kept AS SELECT 41::smallint AS answer")
    yield "kept"
    rows("DROP TABLE kept")


def rows(sql: str) -> list:
    return prepared_statements.fetch(sql, [])


def test_a_statement_is_prepared_at_its_first_run_and_known_at_its_second():
    sql = "SELECT %s::integer + 41"

    def known() -> list:
        return rows(
            "SELECT sum(generic_plans + custom_plans)::integer FROM pg_prepared_statements WHERE statement LIKE '%% + 41'"
        )

    prepared_statements.fetch(sql, [1])
    assert known() == [(1,)]

    assert prepared_statements.fetch(sql, [1]) == [(42,)]
    assert known() == [(2,)]


def test_a_statement_is_prepared_anew_once_a_migration_changed_its_columns(table):
    sql = f"SELECT answer FROM {table}"
    assert rows(sql) == [(41,)]

    # Inside DO, so that psycopg does not notice and drop its prepared statements: migrations use another connection.
    rows(f"DO $$ BEGIN ALTER TABLE {table} ALTER answer TYPE integer; END $$")

    assert [rows(sql), rows(sql)] == [[(41,)], [(41,)]]
