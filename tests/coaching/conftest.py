import datetime as dt

import pytest

from coaching import provider
from coaching.models import AIPromptTemplate
from tests.fakes.model_server import ModelServer


@pytest.fixture
def templates(db):
    """The shipped templates, switched on."""
    assert AIPromptTemplate.objects.filter(is_active=True).exists()


@pytest.fixture
def model(settings):
    """A local model server that the coach calls."""
    with ModelServer() as server:
        settings.OPENAI_BASE_URL = server.url
        provider.circuit_breaker.record_success()
        yield server
    provider.circuit_breaker.record_success()


@pytest.fixture
def coached(person):
    """The person with the coach on, and three habits of a month."""
    from tests.coaching.people import give_a_month

    return give_a_month(person, now=dt.datetime.now(dt.UTC))
