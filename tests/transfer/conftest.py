import datetime as dt

import pytest

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    """Files of one test."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def sharing(person, shares_health):
    """The person, who agreed that health data may be kept, on a plan with room."""
    from tests.factories.rest import UserSubscriptionFactory

    UserSubscriptionFactory(
        user=person, current_period_start=NOW - dt.timedelta(days=1), current_period_end=NOW + dt.timedelta(days=9)
    )
    return person
