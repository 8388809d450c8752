"""Statements that are prepared once for each connection."""

import pytest

from wellness.db import prepared

pytestmark = pytest.mark.django_db


def rows(sql: str) -> list:
    return prepared.fetch(sql, [])


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
