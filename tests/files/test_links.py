"""Addresses of photos: valid for the signed-in owner for an hour or two; for all others the photo does not exist."""

import datetime as dt

import pytest
from uuid6 import uuid7

from files import links, storage, thumbnails
from files.models import UploadedFile
from tests.clock import NOW
from tests.files import pictures
from tests.files.conftest import store_photo

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.fixture
def address(stored_photo):
    return links.signed_address(stored_photo, "full", at=NOW)


def test_its_owner_sees_the_photo_and_nobody_keeps_it_for_others(signed_in, address):
    answer = signed_in.get(address)

    assert body(answer) == pictures.photo()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == 'inline; filename="20261122-030000.jpg"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private, max-age=")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_anothers_photo_is_as_unknown_as_one_that_never_was(client, stranger, stored_photo, address):
    client.force_login(stranger)
    unknown = UploadedFile(pk=uuid7(), user=stranger)
    asked = [
        address,
        f"/files/{stored_photo.pk}/",
        links.signed_address(unknown, "full", at=NOW),
        f"/files/{unknown.pk}/",
    ]

    answers = [client.get(one) for one in asked]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.content for answer in answers}) == 1


def test_an_address_for_another_person_opens_nothing_even_for_the_owner(signed_in, stranger, stored_photo):
    stored_photo.user = stranger

    assert signed_in.get(links.signed_address(stored_photo, "full", at=NOW)).status_code == 404


def test_who_is_signed_out_is_asked_to_sign_in(client, address):
    answer = client.get(address)

    assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/accounts/login/")


def test_an_address_is_the_same_for_an_hour_and_opens_for_less_than_two(stored_photo):
    start = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
    same = {links.signed_address(stored_photo, "full", at=start + minutes * HOUR / 60) for minutes in (0, 30, 59)}
    until, signature = same.copy().pop().rstrip("/").split("/")[-2:]

    opened = [
        links.open_photo(
            stored_photo.user,
            stored_photo.pk,
            size="full",
            until=int(until),
            signature=signature,
            at=start + later * HOUR,
        )
        is not None
        for later in (0, 1.9, 2.1)
    ]

    assert len(same) == 1
    assert opened == [True, True, False]


def test_an_address_that_was_touched_opens_nothing(signed_in, address):
    pk, size, until, seal = address.strip("/").split("/")[1:]
    touched = [
        f"/files/{pk}/small/{until}/{seal}/",
        f"/files/{pk}/{size}/{int(until) + 3600}/{seal}/",
        f"/files/{pk}/{size}/{until}/{seal[:-1]}_/",
        f"/files/{uuid7()}/{size}/{until}/{seal}/",
        f"/files/{pk}/{size}/{until}/x/",
    ]

    assert [signed_in.get(one).status_code for one in touched] == [404] * 5


def test_the_lasting_address_leads_to_the_one_for_now(signed_in, stored_photo, address):
    answer = signed_in.get(stored_photo.url)

    assert answer.url == address
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_photo_itself_is_shown_until_its_thumbnail_is_made(signed_in, person):
    file = store_photo(person, pictures.photo(900, 900))
    address = links.signed_address(file, "small", at=NOW)

    before = signed_in.get(address)
    thumbnails.make_waiting(lambda: NOW)
    after = signed_in.get(address)

    assert (before.headers["Cache-Control"], body(before)) == ("private, max-age=0", pictures.photo(900, 900))
    assert len(body(after)) < 5_000


def test_a_removed_photo_opens_no_more(signed_in, stored_photo, address):
    storage.remove(UploadedFile.objects.filter(pk=stored_photo.pk))

    assert signed_in.get(address).status_code == 404


def test_a_photo_whose_bytes_are_lost_is_none(signed_in, stored_photo, address):
    storage.erase_files([stored_photo])

    assert signed_in.get(address).status_code == 404
