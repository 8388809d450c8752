"""Holds the SQL of `core.events`, which knows no model, to the table that analytics owns."""

import datetime as dt
import re
from uuid import UUID

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
    return table, re.split(r",\s+", columns), re.findall(r"%\(\w+\)s::(\w+)", events.INSERT)


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


ID = "0190a7f4-3c6e-7a11-9b0a-5c1d2e3f4a5b"
VALUES = {events.ID: ID, events.CODE: "loop_sqlite", events.NUMBER: 3}
REFUSED = {
    events.ID: ["아침 물 마시기", "0190A7F4-3C6E-7A11-9B0A-5C1D2E3F4A5B", 7, None],
    events.CODE: ["지우의 하루", "two words", "", "x" * 101, 3, None],
    events.NUMBER: ["3", -1, 2.5, True, None],
}
AT = dt.datetime(2026, 11, 3, 9, 30, tzinfo=dt.UTC)


def data_of(event_type: str) -> dict:
    return {name: VALUES[kind] for name, kind in events.TYPES[event_type].data.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("event_type", sorted(events.TYPES))
def test_an_event_is_read_back_as_it_was_recorded(event_type):
    person, data = UserFactory(), data_of(event_type)

    events.record(event_type, user_id=person.pk, at=AT, **data)

    event = AppEvent.objects.get()
    assert (event.user, event.event_type, event.occurred_at, event.event_data) == (person, event_type, AT, data)
    assert (event.session_id, event.screen_name, event.user_agent, event.ip_address) == (None, None, None, None)


@pytest.mark.django_db
def test_an_event_of_a_request_says_where_it_came_from():
    source = events.EventSource(UUID(ID), "habits:today", "Mozilla/5.0 " + "x" * 400, "203.0.113.0")
    token = events.source.set(lambda: source)
    try:
        events.record("app_open", user_id=None, at=AT)
    finally:
        events.source.reset(token)

    event = AppEvent.objects.get()
    assert (event.session_id, event.screen_name, event.ip_address) == (UUID(ID), "habits:today", "203.0.113.0")
    assert event.user_agent == source.agent[: events.MAX_AGENT]


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match="habit_sneeze"):
        events.values("habit_sneeze", user_id=None, at=AT)


@pytest.mark.parametrize("event_type", sorted(events.TYPES))
def test_what_a_type_does_not_declare_is_refused(event_type):
    declared = data_of(event_type)

    for data in [declared | {"note": 3}, *({k: v for k, v in declared.items() if k != name} for name in declared)]:
        with pytest.raises(ValueError, match="declared is"):
            events.values(event_type, user_id=None, at=AT, **data)
    for name, kind in events.TYPES[event_type].data.items():
        for value in REFUSED[kind]:
            with pytest.raises(ValueError, match=f"{name} is not"):
                events.values(event_type, user_id=None, at=AT, **declared | {name: value})
