"""Fixtures for every test: an empty cache, two people. tests/servers.py starts PostgreSQL and Redis."""

import pytest
import time_machine
from django.core.signals import setting_changed
from hypothesis import settings as hypothesis_settings

from tests import clock

# The duration of an example depends on the machine's load more than on the code.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


def _forget_keys(*, setting: str, **_: object) -> None:
    """The ring follows its settings, also back: what a test leaves behind would seal what no other process opens."""
    if setting in ("PII_KEYS", "PII_INDEX_KEY"):
        from core.crypto import keyring

        keyring.current.cache_clear()


setting_changed.connect(_forget_keys)

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
    # Else each new client reads and describes all static files before its first request.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # The test client's host, so that links in mail lead back to it.
    settings.SITE_URL = "http://testserver"
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    from django.core.cache import cache

    from gamification import achievements

    cache.clear()
    achievements.forget_catalogue()


@pytest.fixture(autouse=True)
def _clock_of_rows(request):
    """The clock begins at `clock.NOW` for tests whose module makes its rows then."""
    instants = (getattr(request.module, name, None) for name in ("NOW", "NOON"))
    if not any(instant in (clock.NOW, clock.NOON) for instant in instants):
        yield
        return
    with time_machine.travel(clock.NOW, tick=True):
        yield


@pytest.fixture
def redis_answers():
    """The circuit breaker is closed, before the test and for the next one."""
    from core.redis import circuit_breaker

    circuit_breaker.record_success()
    yield
    circuit_breaker.record_success()


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
    """A transaction lasts as long as its test, on a busy machine longer than any request.

    So does the wait for its locks.
    """
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    # Behind a pooler there are none.
    if "options" in options:
        options["options"] += " -c idle_in_transaction_session_timeout=0 -c lock_timeout=120s"


@pytest.fixture(scope="session")
def _copied(django_db_modify_db_settings, django_db_blocker):
    """The test database is a copy of a migrated one."""
    from django.db import connection

    from tests import template_database

    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template_database.prepare(connection)


@pytest.fixture(scope="session")
def django_db_setup(_copied, django_db_setup, django_db_blocker):
    """After tests with real transactions the database holds what it held after migrating."""
    from django.db import connection
    from django.test import TransactionTestCase
    from django.test.utils import setup_databases, teardown_databases

    from tests import initial_rows

    made = []
    with django_db_blocker.unblock():
        # pytest-django creates no database if all selected tests use `committed`.
        if "test" not in str(connection.settings_dict["NAME"]).split("_"):
            made = setup_databases(verbosity=0, interactive=False)
        initial = initial_rows.read()
    flush = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda _case: initial.put_back()
    yield
    TransactionTestCase._fixture_teardown = flush
    with django_db_blocker.unblock():
        # A thread or a process that a test has ended may not have hung up yet, and the database could not be dropped.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        teardown_databases(made, verbosity=0)


@pytest.fixture
def content(transactional_db):
    """Committed writes beside the content that migrations load."""


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
