"""What a browser may cache of a person's pages, for the next user of the browser."""

import pytest

from accounts.models import User
from wellness.security_headers import pseudonym

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/today/", "/me/", "/insights/", "/notifications/", "/accounts/email/"])
def test_a_page_of_somebodys_is_kept_by_no_browser(signed_in, path):
    assert "no-store" in signed_in.get(path, follow=True).headers["Cache-Control"]


def test_a_page_for_everybody_may_be_kept(client):
    assert "no-store" not in client.get("/").headers.get("Cache-Control", "")


def test_signing_out_empties_the_browsers_cache(signed_in):
    assert signed_in.post("/accounts/logout/").headers["Clear-Site-Data"] == '"cache"'


def test_a_page_says_whose_it_is_without_naming_the_person(signed_in, person, client):
    said = signed_in.get("/today/").headers["Kept-For"]

    assert said == signed_in.get("/me/").headers["Kept-For"] == pseudonym(person)
    assert str(person.pk).replace("-", "")[:8] not in said
    assert pseudonym(User(pk=person.pk, sessions_epoch=person.sessions_epoch + 1)) != said


def test_a_page_for_everybody_is_nobodys(client):
    assert "Kept-For" not in client.get("/accounts/login/").headers
