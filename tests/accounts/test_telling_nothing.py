"""Responses do not reveal whether an account exists.

Compared are text, status, cookies, mail, statements, hashes and calls.
"""

import functools
import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from devtools.seeding.demo import PASSWORD as ANOTHER
from tests.accounts.test_signing_up import FORM
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.rest import EmailAddressFactory
from tests.operations import count_calls
from wellness.privacy import account_deletion, erasure

pytestmark = pytest.mark.django_db


class CountingHasher(MD5PasswordHasher):
    """Counts the hashes: hashing a password is nearly all of a login's time."""

    hashed = 0

    def encode(self, password, salt):
        type(self).hashed += 1
        return super().encode(password, salt)


@pytest.fixture
def known(settings, tmp_path) -> dict[str, str]:
    """Addresses of accounts in every state, and one without an account."""
    settings.DELETION_LEDGER = tmp_path / "ledger.jsonl"
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    people = {
        name: EmailAddressFactory(user=UserFactory(email=f"{name}@example.com")).user
        for name in ("proven", "closed", "leaving", "erased", "passwordless")
    }
    EmailAddressFactory(user=UserFactory(email="asker@example.com"))
    claimed = UserFactory(email="claimed@example.com", is_verified=False)
    EmailAddressFactory(user=claimed, verified=False)
    User.objects.filter(pk=people["closed"].pk).update(is_active=False)
    User.objects.filter(pk=people["passwordless"].pk).update(password=None)
    now = people["proven"].created_at
    account_deletion.request_deletion(people["leaving"], at=now)
    account_deletion.request_deletion(people["erased"], at=now)
    erasure.erase(people["erased"].pk, at=now)
    return {name: f"{name}@example.com" for name in ("nobody", *people, "claimed")}


def sign_in(browser: Client, address: str):
    return browser.post("/accounts/login/", {"login": address, "password": ANOTHER})


def sign_up(browser: Client, address: str):
    return browser.post("/accounts/signup/", FORM | {"email": address})


def reset(browser: Client, address: str):
    return browser.post("/accounts/password/reset/", {"email": address})


def change_address(browser: Client, address: str):
    browser.force_login(User.objects.get(email="asker@example.com"))
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser.post("/accounts/email/", {"action_add": "", "email": address})


def told(attempt, address: str) -> dict[str, object]:
    """Everything visible from outside in a response and in the page it redirects to."""
    cache.clear()
    mail.outbox.clear()
    CountingHasher.hashed = 0
    browser = Client()
    answer = attempt(browser, address)
    page = answer if answer.status_code == 200 else browser.get(answer.headers["Location"])
    text = page.content.decode().replace(address, "…")
    return {
        "status": answer.status_code,
        "leads to": answer.headers.get("Location", "").replace(address, "…"),
        "headers": sorted(set(answer.headers) - {"Content-Length"}),
        "cookies": sorted(browser.cookies),
        "text": re.sub(r'[A-Za-z0-9]{64}|nonce="[^"]*"', "", text),
        "letters": len(mail.outbox),
        "passwords hashed": CountingHasher.hashed,
    }


@pytest.mark.parametrize("attempt", [sign_in, sign_up, reset, change_address])
def test_an_address_with_an_account_is_told_as_one_without(known, attempt):
    expected = told(attempt, known["nobody"])

    for state in known.keys() - {"nobody"}:
        assert told(attempt, known[state]) == expected, state
    assert expected["letters"] == {sign_in: 0}.get(attempt, 1)


def test_signing_up_again_asks_the_database_as_much_as_the_first_time(known):
    asked = {}
    for name in ("nobody", "proven"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            told(sign_up, known[name])
        asked[name] = len(queries)

    assert abs(asked["nobody"] - asked["proven"]) <= 0.25 * asked["nobody"], asked


@pytest.mark.parametrize("attempt", [sign_in, sign_up])
def test_it_takes_as_many_steps_whether_there_is_an_account_or_not(known, attempt):
    """The hash of a password, most of the time, is counted above."""
    calls = {}
    for name in ("nobody", "proven"):
        told(attempt, known[name])  # what only the first request does
        cache.clear()
        calls[name] = count_calls(functools.partial(attempt, Client(), known[name]))

    assert 0.75 < calls["proven"] / calls["nobody"] < 1.33, calls
