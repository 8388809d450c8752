"""Migrations match the models and can be applied and reversed."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core.db import partitions


@pytest.mark.django_db
def test_no_model_has_changed_since_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_partitions_reach_three_months_ahead_and_a_default_catches_the_rest():
    today = dt.datetime.now(dt.UTC).date()
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits")
        have = {name for (name,) in cursor.fetchall()}

    for table in ("habit_logs", "app_events"):
        asked = {month.table(table) for month in partitions.around(today, ahead=3)}
        assert asked | {f"{table}_default"} <= have


@pytest.mark.slow
@pytest.mark.django_db
def test_migrations_lead_back_to_nothing():
    """They have been applied from nothing: they created this database. The test's rollback restores what they reverse."""
    before = tables()
    executor = MigrationExecutor(connection)

    executor.migrate([(app, None) for app in executor.loader.migrated_apps])

    assert {"users", "habit_logs", "user_stats_summary"} <= before
    assert tables() == {"django_migrations"}


def tables() -> set[str]:
    """Materialized views and partitions too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = ANY('{r,p,m}')"
        )
        return {name for (name,) in cursor.fetchall()}
