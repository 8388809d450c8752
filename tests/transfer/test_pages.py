"""The import page: each step shows what it must, to its person alone."""

import datetime as dt
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from habits.models import HabitImport, HabitLog
from habits.pages import imports
from habits.transfer import import_jobs
from habits.transfer.parsed_file import CHANGED, LEFT_OUT, ProblemReason, RefusalReason
from habits.transfer.upload_contents import MAX_BYTES
from tests.factories.accounts import PASSWORD
from tests.factories.habits import HabitImportFactory
from tests.transfer import files

pytestmark = pytest.mark.django_db

HERE = reverse("habits:import")
HTMX = {"HX-Request": "true"}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(autouse=True)
def now_is_today(monkeypatch):
    """Dates sample files just before today."""
    monkeypatch.setattr(files, "TODAY", now().date() - files.DAY)


def upload(client, data: bytes):
    return client.post(HERE, {"file": SimpleUploadedFile("file", data)})


def shown(client, **headers) -> str:
    return client.get(HERE, headers=headers).content.decode()


def test_a_file_goes_from_the_upload_to_the_result(signed_in, person):
    assert upload(signed_in, files.loop_zip()).headers["Location"] == HERE
    reading = shown(signed_in, **HTMX)
    import_jobs.run_waiting(now)
    preview = shown(signed_in)
    signed_in.post(reverse("habits:confirm-import"), {"do-0": "add", "do-1": "leave", "do-2": "leave"})
    writing = shown(signed_in, **HTMX)
    import_jobs.run_waiting(now)
    result = shown(signed_in)

    assert 'hx-trigger="every 1s"' in reading
    assert "읽고 있어요" in reading
    assert "<html" not in reading
    assert "Loop Habit Tracker에서 이만큼 찾았어요" in preview
    assert "물 마시기" in preview
    assert "기록 1개의 메모·기분·기운·장소는 건강 정보에" in preview
    assert 'hx-trigger="every 1s"' in writing
    assert "새 습관 1개를 시작했어요." in result
    assert "every 1s" not in result
    assert person.habits.get().logs.count() == 2


def test_what_cannot_be_read_is_listed_by_line(signed_in):
    upload(signed_in, files.habitbull("Run,,,someday,1,", "Run,,,2026-11-01,1,"))
    import_jobs.run_waiting(now)

    listed = shown(signed_in)

    assert "2번째 줄" in listed
    assert "날짜를 읽을 수 없어요" in listed


def test_a_refused_file_says_why_and_that_nothing_changed(signed_in):
    upload(signed_in, b"hello")
    import_jobs.run_waiting(now)

    said = shown(signed_in)

    assert "알아보지 못한 파일이에요" in said
    assert "아무것도 바뀌지 않았어요" in said


@pytest.mark.parametrize("data", [b"", b"x" * (MAX_BYTES + 1)])
def test_no_file_or_one_too_big_is_answered_at_once(signed_in, data):
    answer = upload(signed_in, data)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "아무것도 바뀌지 않았어요" in answer.content.decode()
    assert HabitImport.objects.count() == 0


def test_a_form_without_a_file_asks_for_one(signed_in):
    answer = signed_in.post(HERE)

    assert (answer.status_code, "파일을 골라 주세요." in answer.content.decode()) == (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        True,
    )


@pytest.mark.parametrize("who", ["client", "signed_in"])
def test_two_hundred_megabytes_are_turned_away_unread(request, who):
    client = request.getfixturevalue(who)

    answer = client.post(
        HERE, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(200 * 1024 * 1024)
    )

    assert (answer.status_code, "너무 커서 받지 못했어요" in answer.content.decode()) == (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        True,
    )


def test_only_this_page_takes_files(signed_in):
    answer = signed_in.post(reverse("habits:confirm-import"), {"file": SimpleUploadedFile("f", b"x" * 2_000_000)})

    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_discarded_import_leaves_no_file(signed_in):
    upload(signed_in, files.loop_zip())

    signed_in.post(reverse("habits:forget-import"))

    assert HabitImport.objects.count() == 0
    assert "파일 고르기" in shown(signed_in)


def test_anothers_file_is_not_shown_and_not_agreed_to(signed_in, stranger):
    theirs = HabitImportFactory(user=stranger, state="ready", preview=[{"name": "남의 습관"}])

    signed_in.post(reverse("habits:confirm-import"), {"do-0": "add"})
    signed_in.post(reverse("habits:forget-import"))

    assert "남의 습관" not in shown(signed_in)
    theirs.refresh_from_db()
    assert theirs.state == "ready"


def test_a_choice_that_is_not_offered_is_none(signed_in, person):
    upload(signed_in, files.loop_zip())
    import_jobs.run_waiting(now)

    signed_in.post(reverse("habits:confirm-import"), {"do-0": "join"})

    assert (person.imports.get().state, HabitLog.objects.count()) == ("ready", 0)


def test_what_failed_says_so(signed_in, person):
    HabitImportFactory(user=person, state="failed")

    assert "가져오지 못했어요" in shown(signed_in)


def test_each_reason_has_its_words():
    assert imports.REFUSALS.keys() == set(RefusalReason)
    assert imports.PROBLEMS.keys() == set(ProblemReason) - LEFT_OUT
    assert imports.PROBLEMS.keys() > CHANGED


@pytest.mark.parametrize("address", ["habits:catalogue", "habits:today", "accounts:me"])
def test_the_way_in_is_where_one_looks_for_it(signed_in, address):
    assert f'href="{HERE}"' in signed_in.get(reverse(address)).content.decode()


@pytest.mark.parametrize("kind", ["everything", "csv", "json", "loop", "nonsense"])
def test_the_way_out_offers_each_kind(signed_in, person, kind):
    signed_in.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    signed_in.post(reverse("export"), {"kind": kind})

    assert person.exports.get().kind == (kind if kind != "nonsense" else "everything")


def test_the_kind_survives_the_question_for_the_password(signed_in, person):
    asked = signed_in.post(reverse("export"), {"kind": "loop"}).headers["Location"]

    signed_in.post(asked, {"password": PASSWORD}, follow=True)

    assert person.exports.get().kind == "loop"
