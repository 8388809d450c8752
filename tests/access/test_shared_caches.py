"""What a cache between us and people may keep says nothing of one person, and signs nobody in."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from tests.access.routes import ROUTES
from tests.access.test_access import EVERYTHING
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_answers")]

START = dt.datetime(2026, 11, 2, 3, 0, tzinfo=dt.UTC)
# Longer than a device keeps its token.
PAUSE = dt.timedelta(minutes=11)


@pytest.fixture
def device(person) -> Client:
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    browser = Client()
    browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return browser


def without_arguments() -> list[str]:
    """The name of every page for everybody that needs no id."""
    # The name of one without a name is its address.
    named = {name for name, address, _pattern in EVERYTHING if name != address}
    pages = [(name, one) for name, one in ROUTES.items() if name in named and one.who == "everybody"]
    return [name for name, one in pages if one.post is None and not one.args and not one.thing]


def test_an_answer_with_a_cookie_is_in_no_shared_cache(time_machine, request):
    time_machine.move_to(START, tick=False)
    device: Client = request.getfixturevalue("device")
    brought, wrong = [], []
    for number, name in enumerate(without_arguments(), start=1):
        time_machine.move_to(START + number * PAUSE, tick=False)
        answer = device.get(reverse(name))
        brought += [name] * bool(answer.cookies)
        if "public" in answer.headers.get("Cache-Control", "") and (answer.cookies or "Kept-For" in answer.headers):
            wrong.append(name)

    assert "category-colors" in brought
    assert wrong == []


def test_the_styles_of_everybody_are_in_shared_caches_without_a_cookie(client):
    device = Client()
    device.force_login(UserFactory())

    for browser in (client, device):
        answer = browser.get("/categories.css")
        assert "public" in answer.headers["Cache-Control"]
        assert "Kept-For" not in answer.headers
