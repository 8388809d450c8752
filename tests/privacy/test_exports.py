"""Exports: complete, for the person alone, built once, kept for a week."""

import csv
import datetime as dt
import io
import json
import zipfile
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse

from core.crypto import rotation
from core.crypto.sealing import Unreadable
from core.db.work import Superseded
from tests.factories.accounts import PASSWORD
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import CoachingMessageFactory, UploadedFileFactory
from tests.privacy.conftest import NOW
from tests.privacy.sealed_people import NEW, use_keys
from wellness.privacy import export_zip, exports
from wellness.privacy.classification import rows_of
from wellness.privacy.models import DataExport

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def opened(person) -> zipfile.ZipFile:
    file = io.BytesIO()
    export_zip.write(file, person.pk, now=NOW)
    return zipfile.ZipFile(file)


def rows(file: zipfile.ZipFile, table: str) -> list[dict]:
    return json.loads(file.read(f"json/{table}.json"))


def built(person) -> DataExport:
    export = exports.request(person)
    exports.build_waiting(lambda: NOW)
    export.refresh_from_db()
    return export


@pytest.fixture
def proven(signed_in):
    """Signed in, with the password just confirmed."""
    signed_in.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return signed_in


def test_every_row_that_is_the_persons_is_in_it(full_life):
    file = opened(full_life)

    assert {table: len(rows(file, table)) for table in export_zip.tables()} == {
        table: rows_of(table, full_life.pk).count() for table in export_zip.tables()
    }
    assert len(rows(file, "habit_logs")) == 1


def test_sealed_words_are_readable_in_it(full_life):
    file = opened(full_life)

    assert (rows(file, "users")[0]["email"], rows(file, "users")[0]["name"]) == (full_life.email, full_life.name)
    assert rows(file, "habit_logs")[0]["notes"] == "오늘은 맑음"
    assert rows(file, "account_emailaddress")[0]["email"] == full_life.email


def test_csv_holds_the_same_rows_as_json(full_life):
    file = opened(full_life)
    sheet = csv.DictReader(io.StringIO(file.read("csv/habit_logs.csv").decode("utf-8-sig")))

    [row], [same] = list(sheet), rows(file, "habit_logs")
    assert row.keys() == same.keys()
    assert (row["id"], row["notes"], row["image_urls"]) == (same["id"], same["notes"], '["/files/1"]')


def test_texts_are_no_formulas_for_a_spreadsheet(full_life):
    sheet = csv.DictReader(io.StringIO(opened(full_life).read("csv/habits.csv").decode("utf-8-sig")))

    assert [row["own_name"] for row in sheet] == ["'=둘만 아는 습관"]


def test_photos_are_in_it(full_life):
    file = opened(full_life)

    [photo] = [name for name in file.namelist() if name.startswith("photos/")]
    assert file.read(photo) == b"a photo"


def test_a_photo_that_is_lost_stops_nothing(person):
    photo = UploadedFileFactory(user=person, storage_path="photos/nowhere.webp")

    assert f"photos/{photo.pk}.missing.txt" in opened(person).namelist()


def test_it_holds_nothing_of_other_people_and_no_secret(full_life, stranger):
    UserHabitFactory(user=stranger, custom_name="남의 습관")
    file = opened(full_life)
    raw = b"".join(file.read(name) for name in file.namelist())

    assert stranger.email.encode() not in raw
    assert "남의 습관".encode() not in raw
    assert full_life.password.encode() not in raw


def test_progress_counts_rows_up_to_all_of_them(person):
    HabitLogFactory.create_batch(export_zip.STEP + 1, user_habit=UserHabitFactory(user=person))
    told = []

    written = export_zip.write(io.BytesIO(), person.pk, now=NOW, report=told.append)

    assert export_zip.STEP in told
    assert told == sorted(told)
    assert written == told[-1] == export_zip.count(person.pk)


def test_asking_twice_is_one_export(person):
    assert exports.request(person) == exports.request(person)


def test_a_new_one_takes_the_place_of_the_last(full_life):
    first = built(full_life)

    second = built(full_life)

    assert list(DataExport.objects.filter(user=full_life)) == [second]
    assert not default_storage.exists(first.storage_path)


def test_a_worker_that_died_loses_the_work_to_another(full_life):
    exports.request(full_life)
    dead = exports.QUEUE.claim(NOW)

    assert exports.build_waiting(lambda: NOW + exports.LEASE / 2) == 0
    assert exports.build_waiting(lambda: NOW + exports.LEASE * 2) == 1
    with pytest.raises(Superseded):
        exports.report_progress(dead, 3, now=NOW)


def test_what_fails_again_and_again_is_given_up(person):
    export = exports.request(person)
    for attempt in range(exports.QUEUE.max_attempts):
        assert exports.QUEUE.claim(NOW + attempt * 2 * exports.LEASE)

    assert exports.QUEUE.claim(NOW + DAY) is None
    export.refresh_from_db()
    assert export.state == "failed"


def test_a_person_who_left_meanwhile_leaves_no_file(full_life, settings):
    exports.request(full_life)
    claimed = exports.QUEUE.claim(NOW)
    claimed_row = DataExport.objects.filter(pk=claimed.pk)

    claimed_row.delete()

    assert exports.QUEUE.attempt(claimed, lambda row: exports.build(row, lambda: NOW), lambda: NOW) is False
    assert not (settings.MEDIA_ROOT / "exports").exists()


def test_only_the_password_starts_an_export(signed_in):
    answer = signed_in.post(reverse("export"))

    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert DataExport.objects.count() == 0


def test_the_page_shows_a_bar_and_then_the_way_to_the_file(proven, full_life):
    proven.post(reverse("export"))
    export = DataExport.objects.get()
    waiting = proven.get(reverse("export"), headers={"HX-Request": "true"}).content.decode()

    exports.build_waiting(lambda: dt.datetime.now(dt.UTC))
    done = proven.get(reverse("export")).content.decode()

    assert 'hx-trigger="every 1s"' in waiting
    assert "<progress" in waiting
    assert reverse("download-export", args=[export.pk]) in done
    assert "every 1s" not in done


def test_the_file_is_its_persons_alone(proven, full_life, stranger, client):
    proven.post(reverse("export"))
    exports.build_waiting(lambda: dt.datetime.now(dt.UTC))
    address = reverse("download-export", args=[DataExport.objects.get().pk])
    nobodys = reverse("download-export", args=[uuid4()])

    own = proven.get(address)
    content = b"".join(own.streaming_content)
    client.logout()
    client.force_login(stranger)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    assert (own.status_code, content[:2]) == (200, b"PK")
    assert client.get(address).status_code == client.get(nobodys).status_code == 404


def test_a_download_needs_the_password_as_the_request_does(signed_in, full_life):
    export = built(full_life)
    DataExport.objects.update(expires_at="2100-01-01T00:00Z")
    address = reverse("download-export", args=[export.pk])

    without = signed_in.get(address)
    signed_in.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    with_it = signed_in.get(address)

    assert without.headers["Location"].startswith(f"{reverse('account_reauthenticate')}?next=")
    assert with_it.status_code == 200
    assert int(with_it.headers["Content-Length"]) == len(b"".join(with_it.streaming_content))


@pytest.mark.parametrize("kind", DataExport.Kind.values)
def test_the_stored_bytes_tell_nothing_and_open_to_what_was_written(full_life, settings, kind):
    user_habit = UserHabitFactory(user=full_life, custom_name="둘만 아는 이름")
    HabitLogFactory(user_habit=user_habit, notes="무릎이 아파요")
    export = exports.request(full_life, kind)
    exports.build_waiting(lambda: NOW)
    export.refresh_from_db()
    raw = (settings.MEDIA_ROOT / export.storage_path).read_bytes()

    with exports.open_file(export) as file:
        plain = file.read()

    words = [
        full_life.email,
        full_life.name,
        "둘만 아는 이름",
        "무릎이 아파요",
        "Checkmarks.csv",
        "users.json",
        "PK\x03\x04",
    ]
    assert [word for word in words if word.encode() in raw] == []
    assert export.file_size == len(plain)
    if kind in (DataExport.Kind.EVERYTHING, DataExport.Kind.LOOP):
        assert zipfile.ZipFile(io.BytesIO(plain)).testzip() is None
        assert len(raw) < len(plain) + 1024
    else:
        assert "둘만 아는 이름".encode() in plain


def test_another_rows_key_opens_no_export(full_life, stranger):
    export, other = built(full_life), built(stranger)
    export.file_key = other.file_key

    with pytest.raises(Unreadable), exports.open_file(export) as file:
        file.read()


def test_an_export_that_was_cut_off_fails_loudly(proven, full_life, settings):
    export = built(full_life)
    DataExport.objects.update(expires_at="2100-01-01T00:00Z")
    path = settings.MEDIA_ROOT / export.storage_path
    path.write_bytes(path.read_bytes()[:-20])

    answer = proven.get(reverse("download-export", args=[export.pk]))

    with pytest.raises(Unreadable):
        b"".join(answer.streaming_content)


def test_the_key_of_a_file_moves_with_a_rotation(full_life, settings):
    export = built(full_life)
    use_keys(settings, NEW, *settings.PII_KEYS)
    rotation.rotate()
    use_keys(settings, NEW)

    with exports.open_file(DataExport.objects.get(pk=export.pk)) as file:
        assert file.read(2) == b"PK"


def test_the_link_ends_after_a_week(full_life):
    export = built(full_life)

    assert exports.finished(full_life, export.pk, now=NOW + exports.KEPT_FOR - DAY) == export
    assert exports.finished(full_life, export.pk, now=NOW + exports.KEPT_FOR) is None


def test_an_operator_writes_the_same_archive(full_life, tmp_path):
    call_command("export_user", str(full_life.pk), str(tmp_path / "all.zip"))

    assert rows(zipfile.ZipFile(tmp_path / "all.zip"), "users")[0]["email"] == full_life.email
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_user", str(full_life.pk), str(tmp_path / "all.zip"))


@pytest.mark.parametrize(("model", "mark"), [("small-model", "AI가 생성"), ("rules", "AI 없이 작성")])
def test_messages_of_a_model_carry_the_mark(person, model, mark):
    CoachingMessageFactory(user=person, ai_model=model)
    assert [row["mark"] for row in rows(opened(person), "coaching_messages")] == [mark]
