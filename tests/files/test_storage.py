"""Storage: no file without a row and no row without a file after an interruption; thumbnails by any worker."""

import datetime as dt
import os
import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from files import cleanup, storage, thumbnails
from files.models import UploadedFile
from tests.factories.rest import UploadedFileFactory
from tests.files import pictures
from tests.files.conftest import NOW, store_photo, stored_files

pytestmark = pytest.mark.django_db

LATER = NOW + dt.timedelta(hours=1)


def begun(person, data=b"a photo"):
    file = storage.reserve(person.pk, data, context=UploadedFile.Context.HABIT_LOG, at=NOW)
    UploadedFile.objects.filter(pk=file.pk).update(created_at=NOW)
    return file


def swept() -> None:
    cleanup.sweep(LATER)


def old(path: str) -> None:
    """Dates the file two days back."""
    then = NOW.timestamp() - 2 * 24 * 60 * 60
    os.utime(default_storage.path(path), (then, then))


def test_a_kept_photo_says_what_it_is_and_not_what_it_was_called(stored_photo, media_root):
    assert stored_files(media_root) == [stored_photo.stored_filename]
    assert (stored_photo.mime_type, stored_photo.storage_provider) == ("image/jpeg", "local")
    assert stored_photo.file_size == len(pictures.photo())
    assert stored_photo.url == f"/files/{stored_photo.pk}/"
    assert stored_photo.original_filename == "20261122-030000.jpg"


def test_nobody_else_on_the_machine_reads_the_bytes(stored_photo):
    path = Path(default_storage.path(stored_photo.storage_path))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("stored", [False, True])
def test_an_upload_that_never_ended_is_swept_away(person, media_root, stored):
    file = begun(person)
    if stored:
        storage.store(file, b"a photo")

    cleanup.sweep(NOW)
    under_way = UploadedFile.objects.count()
    swept()

    assert under_way == 1
    assert UploadedFile.objects.count() == 0
    assert stored_files(media_root) == []


def test_an_upload_that_was_swept_away_meanwhile_leaves_nothing(person, media_root):
    file = begun(person)
    swept()
    storage.store(file, b"a photo")

    with pytest.raises(storage.Interrupted):
        storage.publish(file, at=LATER)

    assert stored_files(media_root) == []


def test_what_is_removed_goes_with_its_thumbnail(stored_photo, media_root):
    thumbnails.make_waiting(lambda: NOW)
    both = stored_files(media_root)

    storage.remove(UploadedFile.objects.filter(pk=stored_photo.pk))
    swept()

    assert both == [stored_photo.stored_filename, Path(stored_photo.thumbnail_path).name]
    assert UploadedFile.objects.count() == 0
    assert stored_files(media_root) == []


def test_a_sweep_that_died_between_bytes_and_row_is_ended_by_the_next(stored_photo, media_root):
    storage.remove(UploadedFile.objects.filter(pk=stored_photo.pk))
    storage.erase_files([stored_photo])

    swept()

    assert UploadedFile.objects.count() == 0


def test_a_storage_that_refuses_one_photo_keeps_its_row_and_lets_the_others_go(person, media_root):
    stuck, other = store_photo(person), store_photo(person)
    storage.remove(UploadedFile.objects.all())
    folder = Path(default_storage.path(stuck.storage_path))
    folder.unlink()
    folder.mkdir()
    (folder / "something").touch()

    swept()

    assert list(UploadedFile.objects.all()) == [stuck]
    assert other.stored_filename not in stored_files(media_root)


def test_photos_of_nobody_are_swept_away(stored_photo, media_root):
    UploadedFile.objects.update(user=None)

    swept()

    assert stored_files(media_root) == []


def test_bytes_that_no_row_knows_are_swept_away_after_a_day(stored_photo, media_root):
    young, lost, strange = ["photos/ab/0190.jpg", f"photos/ab/{stored_photo.pk.hex[::-1]}.jpg", "photos/ab/strange"]
    for path in (young, lost, strange):
        default_storage.save(path, ContentFile(b"?"))
    for path in (lost, strange, stored_photo.storage_path):
        old(path)

    deleted = cleanup.sweep_storage(dt.datetime.now(dt.UTC))

    assert deleted == 2
    assert stored_files(media_root) == sorted([stored_photo.stored_filename, "0190.jpg"])


def test_where_most_bytes_are_unknown_the_database_is_anothers(stored_photo, media_root, monkeypatch):
    monkeypatch.setattr(cleanup, "CHECKED_FROM", 2)
    paths = [f"photos/ab/{number}.jpg" for number in range(3)]
    for path in paths:
        default_storage.save(path, ContentFile(b"?"))
        old(path)

    assert cleanup.sweep_storage(dt.datetime.now(dt.UTC)) == 0
    assert len(stored_files(media_root)) == 4


def test_a_storage_that_is_still_empty_needs_no_sweeping():
    assert cleanup.sweep_storage(NOW) == 0


def test_a_thumbnail_is_small_and_made_once(person, media_root):
    file = store_photo(person, pictures.photo(1600, 1200))

    made = [thumbnails.make_waiting(lambda: NOW), thumbnails.make_waiting(lambda: NOW)]

    file.refresh_from_db()
    assert made == [1, 0]
    assert (file.is_processed, file.thumbnail_url) == (True, f"/files/{file.pk}/small/")
    assert default_storage.size(file.thumbnail_path) < 10_000


def test_a_worker_that_died_loses_its_thumbnail_to_another(stored_photo):
    UploadedFile.objects.update(attempts=1, lease_ends_at=NOW + thumbnails.LEASE)

    held = thumbnails.make_waiting(lambda: NOW)
    freed = thumbnails.make_waiting(lambda: LATER)

    assert (held, freed) == (0, 1)


def test_a_photo_that_cannot_be_read_is_given_up_after_three_tries_and_others_are_not(person):
    bad, good = store_photo(person, b"no photo"), store_photo(person)

    made = [thumbnails.make_waiting(lambda hours=hours: NOW + hours * dt.timedelta(hours=1)) for hours in range(5)]

    bad.refresh_from_db()
    good.refresh_from_db()
    assert made == [1, 0, 0, 0, 0]
    assert (bad.is_processed, bad.attempts, bad.thumbnail_url) == (True, 3, None)
    assert good.thumbnail_url


def test_a_full_plan_takes_no_more_and_counts_what_is_under_way(person):
    begun(person, b"x" * 60)
    UploadedFileFactory(user=person, upload_context="habit_log", file_size=30, is_deleted=True)
    UploadedFileFactory(user=person, upload_context="avatar", file_size=30)

    storage.reserve(person.pk, b"x" * 40, context=UploadedFile.Context.HABIT_LOG, at=NOW, limit=100)
    with pytest.raises(storage.NoRoom):
        storage.reserve(person.pk, b"x", context=UploadedFile.Context.HABIT_LOG, at=NOW, limit=100)


def test_the_sweep_finds_its_work_by_index(person):
    storage.reserve(person.pk, b"x", context=UploadedFile.Context.HABIT_LOG, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")

    plan = UploadedFile.objects.filter(cleanup.erasable(LATER)).order_by("created_at").explain()

    assert "idx_uploaded_files_at_work" in plan
