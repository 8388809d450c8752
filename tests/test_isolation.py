"""What one test commits, no other finds."""

import pytest
from django.core.management import call_command
from django.db import connection

from core.crypto import rotation
from habits import user_stats
from tests.factories.accounts import UserFactory


@pytest.mark.django_db(transaction=True)
def test_the_flush_between_tests_empties_materialized_views_too():
    UserFactory()
    user_stats.refresh()
    before = rotation.count_by_key()

    call_command("flush", interactive=False, verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM user_stats_summary")
        assert cursor.fetchone() == (0,)
    assert (before != {}, rotation.count_by_key()) == (True, {})
