"""What a browser keeps of somebody's pages, for whoever sits in front of it next."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/today/", "/me/", "/insights/", "/notifications/", "/accounts/email/"])
def test_a_page_of_somebodys_is_kept_by_no_browser(signed_in, path):
    assert "no-store" in signed_in.get(path, follow=True).headers["Cache-Control"]


def test_a_page_for_everybody_may_be_kept(client):
    assert "no-store" not in client.get("/").headers.get("Cache-Control", "")


def test_signing_out_empties_the_browsers_cache(signed_in):
    assert signed_in.post("/accounts/logout/").headers["Clear-Site-Data"] == '"cache"'
