"""The request log: what a line contains, and what it leaves out."""

import pytest
from django.db import connection
from django.test import RequestFactory

from wellness import request_log


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


def test_a_request_has_its_line_although_the_database_cannot_say_whose_it_is(signed_in, caplog):
    signed_in.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO nowhere")

    answer = signed_in.get("/today/", headers={"x-request-id": "asked-by-a-proxy"})

    [line] = [one.msg for one in caplog.records if one.name == "wellness.request_log"]
    assert (answer.status_code, line["code"], line["request_id"]) == (500, 500, "asked-by-a-proxy")
    # The database was queried once, and the response passed all middleware.
    assert [one.name for one in caplog.records if one.exc_info] == ["django.request"]
    assert "Permissions-Policy" in answer.headers


def test_a_request_has_a_line_with_whose_it_is(signed_in, person, caplog):
    signed_in.get("/me/")

    [line] = [one.msg for one in caplog.records if one.name == "wellness.request_log"]
    assert (line["code"], line["user_id"]) == (200, str(person.pk))
