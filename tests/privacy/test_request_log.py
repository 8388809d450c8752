"""The request log: what a line contains, and what it leaves out."""

import logging
import re

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from tests.access.test_access import EVERYTHING
from wellness import request_log

GIVEN = "0123456789abcdef0123456789abcdef"
TYPED = ["hong@example.com", "홍길동", "hong-gildong", "010-1234-5678"]


@pytest.mark.parametrize(
    ("asked", "logged"),
    [
        ("/admin/accounts/user/?q=jiwoo@example.com", "/admin/accounts/user/"),
        ("/today/01a2038c-2ab6-7db4-aeb7-2881ad6df623/", "/today/01a2038c-2ab6-7db4-aeb7-2881ad6df623/"),
        ("/accounts/confirm-email/MQ:1vMxyz:GUQ-k/", "/accounts/confirm-email/…/"),
        (
            "/accounts/password/reset/key/3w5e11264sgsf-d2l4x7-9f86d081884c7d659a2feaa0c55ad015/",
            "/accounts/password/reset/key/…/",
        ),
    ],
)
def test_a_line_names_the_page_and_no_key(asked, logged):
    assert request_log.describe(RequestFactory().get(asked)) == f"GET {logged}"


def test_a_request_has_its_line_although_the_database_cannot_say_whose_it_is(signed_in, caplog, settings):
    settings.TRUSTED_PROXIES = 1
    signed_in.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO nowhere")

    answer = signed_in.get("/today/", headers={"x-request-id": GIVEN})

    [line] = [one.msg for one in caplog.records if one.name == "wellness.request_log"]
    assert (answer.status_code, line["code"], line["request_id"]) == (500, 500, GIVEN)
    # The database was queried once, and the response passed all middleware.
    assert [one.name for one in caplog.records if one.exc_info] == ["django.request"]
    assert "Permissions-Policy" in answer.headers


def test_a_request_has_a_line_with_whose_it_is(signed_in, person, caplog):
    signed_in.get("/me/")

    [line] = [one.msg for one in caplog.records if one.name == "wellness.request_log"]
    assert (line["code"], line["user_id"]) == (200, str(person.pk))


def lines(caplog) -> str:
    """What the console would show of the records, after the filter of its handler."""
    console = next(one for one in logging.getLogger().handlers if one.get_name() == "console")
    kept = [one for one in caplog.records if console.filter(one)]
    return "\n".join(console.format(one) for one in kept)


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("address", ["/nothing/{}/", "/unsubscribe/{}/x/", "/admin/accounts/user/{}/change/"])
def test_no_line_has_what_was_typed_into_an_address(client, caplog, typed, address):
    client.get(address.format(typed))

    assert typed not in lines(caplog)
    assert "request_finished" in lines(caplog)


def test_no_page_logs_the_text_in_its_address():
    """Every route that takes a text, with a name in its place."""
    found = [address for _name, address, pattern in EVERYTHING if set(pattern.pattern.converters) and "<" in address]
    assert found
    for address in found:
        path = "/" + re.sub(r"<(?:(?:slug|str|path):)?\w+>", "hong-gildong", address)
        if "<" not in path:
            assert "hong" not in request_log.describe(RequestFactory().get(path)), path


@pytest.mark.parametrize(
    ("header", "value"),
    [("host", "hong.gildong"), ("origin", "https://hong.gildong"), ("referer", "https://hong.gildong/?q=hong")],
)
def test_no_line_has_what_was_typed_into_a_header(caplog, header, value):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    code = browser.post("/accounts/login/", headers={header: value}, secure=True).status_code

    assert code in (400, 403)
    assert "hong" not in lines(caplog)


def test_no_line_has_a_method_that_was_made_up():
    assert request_log.describe(RequestFactory().generic("HONG", "/today/")) == "? /today/"


@pytest.mark.parametrize(
    ("proxies", "peer", "given", "is_taken"),
    [
        (0, "127.0.0.1", GIVEN, False),
        (1, "203.0.113.9", GIVEN, False),
        (1, "127.0.0.1", GIVEN, True),
        (1, "127.0.0.1", "01a2038c-2ab6-7db4-aeb7-2881ad6df623", True),
        (1, "127.0.0.1", "1-67891233-abcdef012345678912345678", True),
        (1, "127.0.0.1", "hong.gildong", False),
        (1, "127.0.0.1", "010-1234-5678", False),
    ],
)
def test_a_request_id_is_taken_from_our_proxies_alone(client, caplog, settings, proxies, peer, given, is_taken):
    settings.TRUSTED_PROXIES = proxies
    client.get("/favicon.ico", headers={"x-request-id": given}, REMOTE_ADDR=peer)

    [line] = [one.msg for one in caplog.records if one.name == "wellness.request_log"]
    assert (line["request_id"] == given) == is_taken
