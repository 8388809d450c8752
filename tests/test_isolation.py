"""What one test commits, no other finds."""

from pathlib import Path

import pytest
from django.db import connection

from core.crypto import rotation
from habits import user_stats
from habits.models import Habit
from tests import initial_rows
from tests.factories.accounts import UserFactory
from tests.initial_rows import InitialRows


def lines(initial: InitialRows) -> dict[str, list[bytes]]:
    """The rows of each table; an update elsewhere may have moved them."""
    return {table: sorted(rows.splitlines()) for table, rows in initial.by_table.items()}


@pytest.mark.django_db(transaction=True)
def test_between_tests_everything_is_as_it_was_after_migrating():
    before = initial_rows.read()
    UserFactory()
    Habit.objects.all().delete()
    user_stats.refresh()
    changed = rotation.count_by_key()

    before.put_back()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM user_stats_summary")
        assert cursor.fetchone() == (0,)
    assert (changed != {}, rotation.count_by_key()) == (True, {})
    assert lines(initial_rows.read()) == lines(before)
    assert Habit.objects.exists()


def test_no_test_empties_what_another_process_uses():
    """Parallel processes share one Redis, each with its own database: `flushall` would end the sessions of the others."""
    word = "flush" + "all"
    found = [path.name for path in Path(__file__).parent.rglob("*.py") if f".{word}(" in path.read_text()]
    assert found == []
