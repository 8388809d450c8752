"""Malformed requests are answered with an error page before any work is done."""

from http import HTTPStatus

import pytest
from django.test import Client, RequestFactory
from uuid6 import uuid7

from habits.models import HabitLog
from tests.factories.habits import HabitFactory, UserHabitFactory
from wellness import wsgi

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024
TEXT = "text/html; charset=utf-8"


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person)


def says(answer, status: HTTPStatus, sentence: str) -> bool:
    return (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        TEXT,
    ) and sentence in answer.content.decode()


@pytest.mark.parametrize("address", ["/today/%00/", "/%00", "/habits/?q=%00", "/accounts/login/?next=/%00"])
def test_a_nul_in_the_address_is_turned_away(client, address):
    assert says(client.get(address), HTTPStatus.BAD_REQUEST, "주소에 쓸 수 없는 글자가 있어요.")


@pytest.mark.parametrize("who", ["client", "signed_in"])
@pytest.mark.parametrize("address", ["/accounts/login/", "/habits/own/", "/today/", "/nowhere/"])
def test_ten_megabytes_are_turned_away(request, who, address):
    answer = request.getfixturevalue(who).post(address, {"note": "가" * (10 * MEGABYTE // 3)})

    assert says(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "너무 커서 받지 못했어요")


@pytest.mark.parametrize("length", ["many", "-1", "1.5"])
def test_a_body_whose_length_is_no_number_is_turned_away(signed_in, habit, length):
    path = f"/today/{habit.pk}/check-in/"

    answer = signed_in.post(path, {"key": uuid7(), "count": "1"}, CONTENT_LENGTH=length)

    assert says(answer, HTTPStatus.BAD_REQUEST, "읽을 수 없는 요청이에요")
    assert HabitLog.objects.count() == 0


def test_a_form_of_a_thousand_fields_is_turned_away(signed_in, habit):
    answer = signed_in.post(f"/today/{habit.pk}/check-in/", {f"field{number}": "1" for number in range(1000)})

    assert says(answer, HTTPStatus.BAD_REQUEST, "읽을 수 없는 요청이에요")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"key": ', "application/json"),
        (b'{"key": "\xff"}', "application/json"),
        (b"key=\xff\xfe&count=%FF", "application/x-www-form-urlencoded"),
        (b"key=1&count=1", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"key=1", "application/x-www-form-urlencoded; charset=klingon"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"nonsense", "nonsense"),
        (b"\0" * 1000, "application/octet-stream"),
    ],
)
def test_a_body_that_cannot_be_read_changes_nothing(signed_in, habit, body, kind):
    answer = signed_in.generic("POST", f"/today/{habit.pk}/check-in/", body, content_type=kind)

    assert answer.status_code in (HTTPStatus.FOUND, HTTPStatus.BAD_REQUEST)
    assert HabitLog.objects.count() == 0


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "zlib", "idna", "klingon"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_encoding_that_makes_no_text_of_bytes_is_turned_away(db, method, charset):
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud800 +2AA-\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    environ = (
        RequestFactory().generic(method, "/accounts/login/?next=%5Cud800", body, content_type="text/plain").environ
    )
    said = []

    list(wsgi.application(environ | {"CONTENT_TYPE": kind}, lambda status, _headers: said.append(status)))

    assert said == ["400 Bad Request"]


@pytest.mark.parametrize("address", ["/%ff%fe/", "/today/한글/", "/today/1/", "/habits/00000000/add/", "/x" * 4000])
def test_an_address_that_leads_nowhere_says_so(signed_in, address):
    assert says(signed_in.get(address), HTTPStatus.NOT_FOUND, "여기에는 아무것도 없어요")


def test_long_words_find_nothing_and_break_nothing(signed_in):
    answers = [signed_in.get("/habits/", {"q": words}) for words in ("가" * 5000, "%_\\' \"", "가 " * 50)]

    assert [answer.status_code for answer in answers] == [HTTPStatus.OK] * 3


@pytest.mark.parametrize("cookie", ["session", "csrf"])
def test_a_spoiled_cookie_is_none(client, cookie):
    client.cookies[cookie] = "\xff" * 500

    assert client.get("/accounts/login/").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/today/{}/check-in/", "POST"),
        ("get", "/today/{}/undo/", "POST"),
        ("get", "/today/{}/archived/", "POST"),
        ("put", "/today/{}/check-in/", "POST"),
        ("post", "/today/", "GET, HEAD"),
        ("post", "/today/{}/", "GET, HEAD"),
        ("delete", "/today/{}/", "GET, HEAD"),
        ("post", "/habits/", "GET, HEAD"),
        ("delete", "/habits/own/", "GET, HEAD, POST"),
        ("post", "/", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(signed_in, habit, method, path, allowed):
    answer = getattr(signed_in, method)(path.format(habit.pk))

    assert (answer.status_code, answer.headers["Allow"]) == (HTTPStatus.METHOD_NOT_ALLOWED, allowed)


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/today/{}/"), ("get", "/today/{}/?all"), ("post", "/today/{}/archived/"), ("post", "/today/{}/paused/")],
)
def test_anothers_habit_is_as_unknown_as_one_that_never_was(signed_in, stranger, method, path):
    theirs = UserHabitFactory(user=stranger)

    answers = [getattr(signed_in, method)(path.format(pk)) for pk in (theirs.pk, uuid7())]

    assert [answer.status_code for answer in answers] == [HTTPStatus.NOT_FOUND] * 2
    assert answers[0].content == answers[1].content
    theirs.refresh_from_db()
    assert theirs.status == "active"


def test_anothers_own_habit_cannot_be_chosen(signed_in, stranger):
    own = HabitFactory(owner=stranger)

    answers = [signed_in.get(f"/habits/{pk}/add/") for pk in (own.pk, uuid7())]

    assert [answer.status_code for answer in answers] == [HTTPStatus.NOT_FOUND] * 2
    assert answers[0].content == answers[1].content


def test_a_form_that_no_page_of_ours_made_is_turned_away(person, habit):
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.force_login(person)

    answer = elsewhere.post(f"/today/{habit.pk}/check-in/", {"key": uuid7(), "count": "1"})

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert HabitLog.objects.count() == 0


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a" * 300])
def test_another_host_name_is_turned_away(client, host):
    assert client.get("/", headers={"host": host}).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("address", ["/%00", "/nowhere/"])
def test_a_reader_of_english_is_turned_away_in_english(client, address):
    page = client.get(address, headers={"accept-language": "en"}).content.decode()

    assert '<html lang="en"' in page


@pytest.mark.parametrize("who", ["client", "signed_in"])
@pytest.mark.parametrize("named", ["http://[", "http://a]b/", "http://[::1/today/"])
@pytest.mark.parametrize("encoded", ["", "true"])
def test_a_page_that_htmx_names_by_no_address_is_turned_away(request, habit, who, named, encoded):
    browser, path = request.getfixturevalue(who), f"/today/{habit.pk}/total/"
    headers = {"HX-Request": "true", "HX-Current-URL": named, "HX-Current-URL-URI-AutoEncoded": encoded}
    answers = [
        browser.get("/today/", headers=headers),
        browser.post(path, {"key": uuid7(), "total": 3}, headers=headers),
    ]

    assert all(says(answer, HTTPStatus.BAD_REQUEST, "읽을 수 없는 요청이에요") for answer in answers)
    assert HabitLog.objects.count() == 0
