"""Fixtures for every test: an empty cache, two people. tests/servers.py starts PostgreSQL and Redis."""

import pytest
from hypothesis import settings as hypothesis_settings

# The duration of an example depends on the machine's load more than on the code.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


OF_PLAYWRIGHT = {"page", "browser", "context", "playwright", "browser_name"}


def pytest_collection_modifyitems(items):
    """Refuses a fixture with a name of playwright's outside the journeys.

    Its session parameter would move the test before others, whose content its flush empties.
    """
    wrong = {
        item.nodeid for item in items if "journeys" not in item.path.parts and OF_PLAYWRIGHT & set(item.fixturenames)
    }
    if wrong:
        raise pytest.UsageError(f"name these fixtures otherwise than playwright does: {sorted(wrong)}")


@pytest.fixture(autouse=True)
def _fast_and_empty(settings):
    """Cheap password hashes, an empty cache, and fresh limits for each test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # The test client's host, so that links in mail lead back to it.
    settings.SITE_URL = "http://testserver"
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    from django.core.cache import cache

    from gamification import achievements

    cache.clear()
    achievements.forget_catalogue()


@pytest.fixture
def person(db):
    """지우: the person most tests are about."""
    from tests.factories.accounts import UserFactory

    return UserFactory()


@pytest.fixture
def shares_health(person):
    """The person has given the consent to health data."""
    person.privacy_settings = {"health": True}
    person.save()


@pytest.fixture
def stranger(db):
    """Another person, who must never see the data of the first."""
    from tests.factories.accounts import UserFactory

    return UserFactory()


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """A test's transaction lasts as long as the test, on a busy machine longer than any request."""
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    options["options"] += " -c idle_in_transaction_session_timeout=0"


@pytest.fixture(scope="session")
def _copied(django_db_modify_db_settings, django_db_blocker):
    """The test database is a copy of a migrated one."""
    from django.db import connection

    from tests import template_database

    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template_database.prepare(connection)


@pytest.fixture(scope="session")
def django_db_setup(_copied, django_db_setup, django_db_blocker):
    """Disables the trigger of the audit trail: tests with real transactions truncate all tables afterwards."""
    from django.db import connection
    from django.db.models.signals import post_migrate  # noqa: TID251 -- the only signal after a flush
    from django.test.utils import setup_databases, teardown_databases

    made = []
    with django_db_blocker.unblock():
        # pytest-django creates no database if all selected tests use `committed`.
        if "test" not in str(connection.settings_dict["NAME"]).split("_"):
            made = setup_databases(verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_stay_whole")
        _keep_in_flushes(connection, {"django_content_type", "auth_permission"})
        post_migrate.connect(_empty_materialized_views)
    yield
    post_migrate.disconnect(_empty_materialized_views)
    with django_db_blocker.unblock():
        # A thread or a process that a test has ended may not have hung up yet, and the database could not be dropped.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        teardown_databases(made, verbosity=0)


def _keep_in_flushes(connection, kept):
    """Leave tables out of Django's flush. Each flush creates their rows again, which takes longer than the flush."""
    names = connection.introspection.django_table_names
    connection.introspection.django_table_names = lambda **options: sorted({*names(**options)} - kept)


def _empty_materialized_views(app_config, **_):
    """Refresh the materialized views after a flush, which empties tables only.

    Otherwise the rows that one test's refresh copied there are found by the next.
    """
    from django.db import connection

    if app_config.label != "habits":
        return  # the signal comes once for each app
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(matviewname) FROM pg_matviews WHERE schemaname = 'public' AND ispopulated")
        for (view,) in cursor.fetchall():
            cursor.execute(f"REFRESH MATERIALIZED VIEW {view}")


@pytest.fixture
def content(transactional_db):
    """The content that migrations load, loaded again after another test has flushed it."""
    from importlib import import_module

    from django.apps import apps

    from habits.models import Habit

    if not Habit.objects.exists():
        for migration in (
            "habits.migrations.0003_catalogue",
            "billing.migrations.0002_plans",
            "gamification.migrations.0002_achievements",
            "coaching.migrations.0002_prompt_templates",
        ):
            import_module(migration).load(apps, None)


@pytest.fixture
def committed(content):
    """For tests with several connections, at most 16 besides their own: all see committed writes."""
    from django.db import connection

    pool = connection.settings_dict["OPTIONS"]["pool"]
    few = pool["max_size"]
    connection.close()
    connection.close_pool()
    pool["max_size"] = 17
    yield
    connection.close()
    connection.close_pool()
    pool["max_size"] = few
