"""Profile pictures: chosen, changed, removed; visible to their person alone."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from files import avatars, cleanup
from files.models import UploadedFile
from tests.files import pictures
from tests.files.conftest import NOW, stored_files

pytestmark = pytest.mark.django_db


def sent(data, name="../../me.jpg"):
    return {"photo": SimpleUploadedFile(name, data, content_type="image/jpeg")}


def shown(answer) -> list[str]:
    return re.findall(r'<img class="avatar" src="(.*?)"', answer.content.decode())


def test_a_letter_is_shown_until_a_picture_is_chosen(signed_in, person):
    before = signed_in.get("/me/")
    answer = signed_in.post("/me/photo/", sent(pictures.photo(900, 600)), follow=True)
    after = signed_in.get("/me/")

    person.refresh_from_db()
    file = UploadedFile.objects.get()
    assert f'<span class="avatar" aria-hidden="true">{person.name[0]}</span>' in before.content.decode()
    assert "사진을 바꿨어요." in answer.content.decode()
    assert person.avatar_url == file.url
    assert signed_in.get(shown(after)[0]).status_code == 200


def test_the_next_picture_takes_the_place_of_the_last(person, media_root):
    for width in (40, 50):
        avatars.choose(person, pictures.photo(width, 40), at=NOW)

    cleanup.sweep(NOW)

    (left,) = UploadedFile.objects.all()
    person.refresh_from_db()
    assert person.avatar_url == left.url
    assert stored_files(media_root) == [left.stored_filename]


def test_a_picture_is_taken_away_with_its_bytes(signed_in, person, media_root):
    avatars.choose(person, pictures.photo(), at=NOW)

    answer = signed_in.post("/me/photo/remove/", follow=True)
    cleanup.sweep(NOW)

    person.refresh_from_db()
    assert shown(answer) == []
    assert person.avatar_url is None
    assert stored_files(media_root) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "사진으로 읽을 수 없는 파일이에요"),
        (b"<svg/>", "사진으로 읽을 수 없는 파일이에요"),
        (pictures.png(50_000, 50_000), "2,500만 화소보다 큰 사진"),
        (b"x" * (8 * 1024 * 1024 + 1), "8MB보다 큰 사진"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(signed_in, person, media_root, data, words):
    answer = signed_in.post("/me/photo/", sent(data))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (UploadedFile.objects.count(), stored_files(media_root)) == (0, [])


def test_only_the_upload_takes_a_large_body_and_that_has_an_end(signed_in):
    asked = [("/me/photo/", 3), ("/me/profile/", 3), ("/me/photo/", 17)]

    answers = [signed_in.post(path, sent(b"x" * megabytes * 1024 * 1024)).status_code for path, megabytes in asked]

    assert answers == [422, 413, 413]


def test_a_strangers_picture_opens_for_nobody_else(client, person, stranger):
    avatars.choose(person, pictures.photo(), at=NOW)
    client.force_login(stranger)

    assert client.get(avatars.address(person, at=dt.datetime.now(dt.UTC))).status_code == 404
