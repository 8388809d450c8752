"""What a request without a login leaves in Redis: a few kB, for an hour at most, a limited number for each address."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from billing import entitlements
from core import redis
from core.crypto import session_store
from tests.access.routes import ROUTES
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

HUGE = "9" * 100_000
# Measured: an empty session with its key takes 200 to 400 bytes.
MOST = 2 * session_store.ANONYMOUS_SIZE
APPLE = "/accounts/apple/login/callback/"
# Every field that a view may keep, so that each view finds its own.
FIELDS = {
    "name": "지우", "email": "big@example.org", "login": "big@example.org", "password": PASSWORD, "age": "on",
    "password1": PASSWORD, "terms": "on", "privacy": "on", "timezone": "Asia/Seoul", "code": "1", "state": "1",
    "user": "{}", "id_token": "1", "process": "login", "next": "/today/",
}  # fmt: skip
SWOLLEN = [
    FIELDS | {"next": "/" + HUGE},
    FIELDS | {"user": HUGE, "id_token": HUGE},
    FIELDS | {"code": HUGE, "state": HUGE},
    FIELDS | {"login": HUGE, "email": HUGE, "name": HUGE[:900]},
]


def addresses() -> list[str]:
    found = {"/nothing/here/"}
    for name, route in ROUTES.items():
        # SignedInMiddleware answers all others before their view; tests/access checks that.
        if route.who != "everybody":
            continue
        try:
            found.add(reverse(name, kwargs=route.args) if "/" not in name else f"/{name}")
        except NoReverseMatch:
            continue  # closed addresses without a name of their own
    return sorted(found - {"/mailbox/"})


@pytest.fixture
def kept():
    """`kept()` gives the memory and the life of each key that is new since the last call."""
    store = redis.client()
    known = set(store.keys("*"))

    def new() -> list[tuple[int, int]]:
        fresh = set(store.keys("*")) - known
        known.update(fresh)
        return [(store.memory_usage(key) or 0, store.ttl(key)) for key in fresh]

    return new


def refused_or(browser: Client, way: str, *args, **more) -> None:
    browser.raise_request_exception = False
    getattr(browser, way)(*args, **more)


@pytest.mark.parametrize("how", ["off", "on"])
def test_no_address_keeps_much_or_for_long_for_nobody(how, request, kept):
    if how == "on":
        request.getfixturevalue("providers")
    # One entry with the limits of plans, the same for everybody.
    entitlements.free_limit("max_habits")
    kept()
    found = {}
    for address in addresses():
        for form in SWOLLEN:
            refused_or(Client(), "post", address, form)
        short = {name: value[:4_000] for name, value in SWOLLEN[0].items()}
        for headers in ({}, {"x-requested-with": "XMLHttpRequest"}):
            refused_or(Client(), "get", address, short, headers=headers)
        if keys := kept():
            found[address] = (max(size for size, _life in keys), max(keys, key=lambda key: key[1])[1], keys)

    assert found, "sign-in keeps its limits at least"
    big = {address: size for address, (size, _longest, _keys) in found.items() if size > MOST}
    endless = {address: keys for address, (_size, _longest, keys) in found.items() if any(life < 0 for _, life in keys)}
    sessions = session_store.ANONYMOUS_AGE
    long = {address: longest for address, (_size, longest, _keys) in found.items() if longest > sessions}
    assert (big, endless, long) == ({}, {}, {})


def test_apples_address_is_closed_while_apple_is_off(client, kept):
    assert client.post(APPLE, {"state": "x", "id_token": HUGE}).status_code == 404
    assert client.get(APPLE + "finish/").status_code == 404
    assert not [size for size, _life in kept() if size > 1_000]


@pytest.mark.parametrize("name", ["id_token", "user", "code", "state"])
def test_apples_answer_is_small(client, providers, kept, name):
    assert client.post(APPLE, {"state": "x", "id_token": "y"} | {name: HUGE}).status_code == 400
    assert not [size for size, _life in kept() if size > 1_000]


def test_apples_answer_is_kept_for_minutes_under_a_closed_cookie(client, providers, settings):
    settings.HTTPS, settings.APPLE_COOKIE_NAME = True, "__Host-apple"
    answer = client.post(APPLE, {"state": "x", "id_token": "y"})

    [(name, cookie)] = answer.cookies.items()
    assert (name, cookie["httponly"], cookie["secure"], cookie["path"]) == ("__Host-apple", True, True, "/")
    assert cookie["samesite"] == "Lax"
    assert session_store.SessionStore(cookie.value).get("id_token") == "y"
    assert 0 < redis.client().ttl(session_store._place(cookie.value)) <= 600


def test_an_address_posts_few_answers_of_apple(client, providers):
    codes = [client.post(APPLE, {"state": "x", "id_token": "y"}).status_code for _ in range(31)]

    assert codes == [302] * 30 + [429]


def test_an_address_starts_a_limited_number_of_sessions(settings, agreement):
    settings.ACCOUNT_RATE_LIMITS = False
    left = "/accounts/signup/"
    codes = []
    for number in range(61):
        form = agreement | {"email": f"p{number}@example.org", "password1": PASSWORD}
        codes.append(Client().post(left, form).status_code)

    assert codes == [302] * 60 + [429]


def test_a_session_of_somebody_keeps_its_full_life(signed_in):
    key = session_store._place(signed_in.session.session_key)
    assert redis.client().ttl(key) > session_store.ANONYMOUS_AGE
