import datetime as dt

import pytest

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    """A storage folder for one test."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def sharing(person, shares_health):
    """The person, with consent to health data and a paid plan."""
    from tests.factories.rest import UserSubscriptionFactory

    UserSubscriptionFactory(
        user=person, current_period_start=NOW - dt.timedelta(days=1), current_period_end=NOW + dt.timedelta(days=9)
    )
    return person
