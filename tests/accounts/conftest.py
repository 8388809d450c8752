import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.test import Client

from tests.fakes import identity_providers
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def provider_server():
    with identity_providers.running() as server:
        yield server


@pytest.fixture
def providers(provider_server, settings, monkeypatch):
    """A fake server of all providers, switched on; its person has no account here yet."""
    server = provider_server
    server.__dict__.update(
        person=identity_providers.Person(), refuses=False, lifetime=3600, revoked=[], told_name=set()
    )
    settings.SOCIALACCOUNT_PROVIDERS = server.settings()
    server.point_at(monkeypatch)
    return server


@pytest.fixture
def through(providers):
    """`through(client, "kakao")` logs in with the provider and returns our callback's response."""
    return go_through


def go_through(browser: Client, provider: str, *, process: str = "login"):
    return come_back(browser, provider, leave(browser, provider, process=process))


def leave(browser: Client, provider: str, *, process: str = "login") -> requests.Response:
    """Presses the button, follows to the provider and returns the provider's response."""
    page = browser.post(f"/accounts/{provider}/login/", query_params={"process": process})
    assert page.status_code == 200, page
    return requests.get(page.context["url"], allow_redirects=False, timeout=PATIENCE)


def come_back(browser: Client, provider: str, sent_back: requests.Response, **changed: str):
    """Follows the provider's response back to us.

    `changed` are fields of Apple's form that the browser replaces.
    """
    if provider != "apple":
        url = urlsplit(sent_back.headers["Location"])
        return browser.get(url.path, dict(parse_qsl(url.query)))
    fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', sent_back.text)}
    # A POST from another site carries no cookie of ours.
    across = Client()
    answer = across.post("/accounts/apple/login/callback/", fields | changed)
    browser.cookies.update(across.cookies)
    url = urlsplit(answer.headers["Location"])
    return browser.get(url.path, dict(parse_qsl(url.query)))


@pytest.fixture
def agreement():
    """The sign-up form with only the required consents."""
    return {"name": "지우", "age": "on", "terms": "on", "privacy": "on", "timezone": "Asia/Seoul"}
