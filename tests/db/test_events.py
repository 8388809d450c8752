"""Holds the SQL of `core.events`, which knows no model, to the table that analytics owns."""

import datetime as dt
import re

import pytest
from django.db import connection

from analytics.models import AppEvent
from core import events
from tests.factories.accounts import UserFactory

COLUMNS = {field.column: field for field in AppEvent._meta.local_fields}
# Column types and the casts that fit them, where the two differ.
FITTING = {"varchar(100)": "text", "timestamp with time zone": "timestamptz"}


def written() -> tuple[str, list[str], list[str]]:
    """The INSERT's table, columns and casts."""
    table, columns = re.search(r"INSERT INTO (\w+) \(([^)]*)\)", events.INSERT).groups()
    return table, columns.split(", "), re.findall(r"%\(\w+\)s::(\w+)", events.INSERT)


def test_the_statement_names_the_table_and_its_columns():
    table, columns, casts = written()

    assert table == AppEvent._meta.db_table
    assert set(columns) <= set(COLUMNS)
    types = [COLUMNS[column].db_type(connection) for column in columns]
    assert [FITTING.get(kind, kind) for kind in types] == casts


def test_the_statement_leaves_out_only_columns_that_have_a_value_without_it():
    _table, columns, _casts = written()

    left_out = [field for column, field in COLUMNS.items() if column not in columns]
    assert [field.column for field in left_out if not (field.null or field.has_db_default())] == []


def test_each_type_fits_its_column():
    assert {name for name in events.TYPES if len(name) > COLUMNS["event_type"].max_length} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("event_type", sorted(events.TYPES))
def test_an_event_is_read_back_as_it_was_recorded(event_type):
    person, at = UserFactory(), dt.datetime(2026, 11, 3, 9, 30, tzinfo=dt.UTC)

    events.record(event_type, user_id=person.pk, at=at, streak=3, source=None)

    event = AppEvent.objects.get()
    assert (event.user, event.event_type, event.occurred_at) == (person, event_type, at)
    assert event.event_data == {"streak": 3, "source": None}


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match="habit_sneeze"):
        events.record("habit_sneeze", user_id=None, at=dt.datetime(2026, 11, 3, tzinfo=dt.UTC))
