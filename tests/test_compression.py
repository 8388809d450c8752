"""Texts are compressed on the wire, except where another site may have put a guess beside a secret."""

import gzip

import pytest

from tests.clock import NOW
from tests.history import give_history

OURS = {"Accept-Encoding": "gzip, deflate, br", "Sec-Fetch-Site": "same-origin"}

# In kB of 1,024 bytes, compressed, for ten habits and more than a year of history.
AT_MOST = {"/today/": 8, "/insights/": 12}


@pytest.mark.django_db
@pytest.mark.usefixtures("shares_health")
def test_pages_are_small_on_the_wire(signed_in, person):
    give_history(person, habits=10, days=400, now=NOW)

    for path, most in AT_MOST.items():
        answer = signed_in.get(path, headers=OURS)

        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) == len(answer.content) <= most * 1024, path
        assert "</html>" in gzip.decompress(answer.content).decode()


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything", None])
def test_what_another_site_asked_for_is_not_compressed(signed_in, site):
    headers = {**OURS, "Sec-Fetch-Site": site} if site else {"Accept-Encoding": "gzip"}

    answer = signed_in.get("/habits/", headers=headers)

    assert "Content-Encoding" not in answer.headers
    assert {"Accept-Encoding", "Sec-Fetch-Site"} <= set(answer.headers["Vary"].split(", "))


@pytest.mark.django_db
def test_short_answers_stay_as_they_are(signed_in):
    for path in ("/manifest.webmanifest", "/notifications/bell/"):
        answer = signed_in.get(path, headers=OURS | {"HX-Request": "true"})

        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
