"""What a request's line in the log keeps to itself."""

import pytest
from django.test import RequestFactory

from wellness import logs


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
    assert logs.spelled(RequestFactory().get(asked)) == f"GET {logged}"
