"""Photos of check-ins: up to four, private, deleted with what they belong to."""

import datetime as dt
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from uuid6 import uuid7

from billing import entitlements, plans
from files import avatars, cleanup, images, storage, thumbnails
from files.models import UploadedFile
from gamification.models import UserProgress
from habits import checkins, corrections, deletion, photos
from habits.check_in_details import Details, NotShared
from habits.models import HabitLog
from tests.at_once import at_once
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.files import pictures
from tests.waiting import PATIENCE
from wellness.privacy import erasure, export_zip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health")]

# Not of tests.clock: the database writes when a file was stored.
NOW = dt.datetime.now(dt.UTC)
# Decoding a photo starts a child process, which is slow.
SMALL = pictures.photo(8, 8)


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, custom_name="책 읽기")


@pytest.fixture
def log(habit):
    return HabitLogFactory(user_habit=habit, completed_at=NOW)


def add(log, number=1):
    return photos.add(log.user_habit.user, log.user_habit_id, log.pk, sent=[SMALL] * number, now=NOW)


def remove(log, file):
    return photos.remove(log.user_habit.user, log.user_habit_id, log.pk, file.pk, now=NOW)


def told(log) -> list[str]:
    return HabitLog.objects.get(pk=log.pk).image_urls


def counted(person) -> int:
    return UserProgress.objects.get(user=person).counters.get("noted.photo", 0)


def lying(media_root) -> int:
    return sum(path.is_file() for path in media_root.rglob("*"))


def url(log, tail=""):
    return f"/today/{log.user_habit_id}/logs/{log.pk}/photos/{tail}"


def files(*data):
    return {"photos": [SimpleUploadedFile("../../etc/passwd\0.php", one) for one in data]}


def test_a_fifth_photo_is_one_too_many(log, person):
    refusals = add(log, 5)

    assert [type(one) for one in refusals] == [photos.Enough]
    assert told(log) == [file.url for file in UploadedFile.objects.order_by("id")]
    assert len(told(log)) == 4


def test_of_very_many_files_only_one_too_many_is_decoded(log):
    refusals = photos.add(log.user_habit.user, log.user_habit_id, log.pk, sent=[b"no photo"] * 100, now=NOW)

    assert [type(refusal) for refusal in refusals] == [images.NotAPhoto] * (photos.MOST + 1) + [photos.Enough]


def test_a_photo_counts_once_toward_achievements_and_not_at_all_when_the_last_is_gone(log, person):
    add(log, 2)
    first, second = UploadedFile.objects.order_by("id")

    counts = [counted(person)]
    for file in (first, second, second):
        remove(log, file)
        counts.append(counted(person))

    assert counts == [1, 1, 0, 0]
    assert told(log) == []


def test_without_consent_to_health_data_no_photo_is_stored(log, person):
    person.privacy_settings = {}

    refusals = photos.add(person, log.user_habit_id, log.pk, sent=[SMALL], now=NOW)

    assert [type(one) for one in refusals] == [NotShared]
    assert UploadedFile.objects.count() == 0


def test_a_consent_withdrawn_while_a_photo_is_decoded_stores_none(log, person):
    person.__class__.objects.filter(pk=person.pk).update(privacy_settings={})

    refusals = add(log, 2)

    assert [type(one) for one in refusals] == [NotShared]
    assert UploadedFile.objects.count() == 0


def test_a_full_plan_stores_no_more_photos(log, person, monkeypatch):
    monkeypatch.setitem(entitlements.DEFAULTS, "photo_storage_mb", 0)
    monkeypatch.setattr(plans, "everything", dict)

    (refusal,) = add(log)

    assert isinstance(refusal, storage.NoRoom)
    assert told(log) == []


def test_the_plan_on_sale_limits_the_storage(person):
    limit = entitlements.limit(person, "photo_storage_mb", at=NOW)

    assert limit.most == 100


def test_an_invalid_photo_does_not_block_valid_ones(log, person):
    refusals = photos.add(person, log.user_habit_id, log.pk, sent=[b"<svg/>", SMALL], now=NOW)

    assert [type(one) for one in refusals] == [images.NotAPhoto]
    assert len(told(log)) == 1


@pytest.mark.parametrize("gone", ["undo", "remove", "habit"])
def test_photos_are_deleted_with_what_they_belong_to(habit, person, media_root, gone):
    log = HabitLogFactory(user_habit=habit, completed_at=NOW)
    add(log)

    if gone == "undo":
        checkins.undo(person, habit.pk, now=NOW)
    elif gone == "remove":
        corrections.remove(person, habit.pk, log.pk, now=NOW)
    else:
        deletion.delete_habit(person, habit.pk, at=timezone.now())
    before = lying(media_root)
    cleanup.sweep(NOW)

    assert (before, lying(media_root), UploadedFile.objects.count()) == (1, 0, 0)
    assert gone == "habit" or counted(person) == 0


def test_a_check_in_undone_meanwhile_leaves_no_photo(log, habit, person, media_root, monkeypatch):
    store = storage.store

    def slow(file, photo):
        store(file, photo)
        checkins.undo(person, habit.pk, now=NOW)

    monkeypatch.setattr(storage, "store", slow)

    with pytest.raises(HabitLog.DoesNotExist):
        add(log)
    cleanup.sweep(timezone.now() + 2 * cleanup.STALE)

    assert (lying(media_root), UploadedFile.objects.count()) == (0, 0)


def test_a_correction_leaves_the_photos(log, person):
    add(log)

    corrections.edit(
        person,
        log.user_habit_id,
        log.pk,
        count=2,
        clock=corrections.clock_of(person, log),
        details=Details(mood=8),
        now=NOW,
    )

    assert len(told(log)) == 1
    assert counted(person) == 1


# ── Pages ───────────────────────────────────────────────────────────────


def test_a_form_without_javascript_adds_and_removes(signed_in, log):
    added = signed_in.post(url(log), files(SMALL, SMALL), follow=True).content.decode()
    thumbnails = re.findall(r'<img src="(.*?)" alt="(.*?)"', added)
    removed = signed_in.post(url(log, f"{UploadedFile.objects.first().pk}/remove/"), follow=True).content.decode()

    assert len(thumbnails) == 2
    assert thumbnails[1][1].startswith("책 읽기, ")
    assert thumbnails[1][1].endswith("의 사진 2")
    assert [signed_in.get(address).status_code for address, _text in thumbnails] == [404, 200]
    assert len(re.findall("<img ", removed)) == 1


def test_htmx_gets_only_the_photos_and_the_refusals(signed_in, log):
    answer = signed_in.post(url(log), files(SMALL, b"<svg/>", b"", b"%PDF"), headers={"HX-Request": "true"})
    text = answer.content.decode()

    assert answer.status_code == 422
    assert text.lstrip().startswith('<section id="photos"')
    assert text.count("사진으로 읽을 수 없는 파일이에요") == 1
    assert text.count("<img ") == 1


def test_a_refusal_is_shown_without_javascript_too(signed_in, log, person):
    said = signed_in.post(url(log), files(b"<svg/>"), follow=True).content.decode()
    nothing = signed_in.post(url(log), follow=True)

    assert "사진으로 읽을 수 없는 파일이에요" in said
    assert nothing.status_code == 200


def test_the_day_shows_its_photos(signed_in, log, person):
    add(log)

    page = signed_in.get(f"/today/{log.user_habit_id}/days/{log.local_date}/").content.decode()

    assert page.count('<a class="photo"') == 1


def test_a_page_without_photos_asks_for_none(signed_in, log, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as asked:
        signed_in.get(f"/today/{log.user_habit_id}/logs/{log.pk}/")

    assert [query for query in asked.captured_queries if "uploaded_files" in query["sql"]] == []


def test_without_consent_no_form_is_shown_and_existing_photos_stay(signed_in, log, person):
    add(log)
    person.privacy_settings = {}
    person.save()

    page = signed_in.get(f"/today/{log.user_habit_id}/logs/{log.pk}/").content.decode()

    assert 'type="file"' not in page
    assert page.count('<a class="photo"') == 1


def test_anothers_check_in_is_404_like_an_unknown_one(client, stranger, log, habit):
    add(log)
    client.force_login(stranger)
    photo = UploadedFile.objects.get()
    unknown = HabitLog(pk=uuid7(), user_habit=habit)
    asked = [url(log), url(unknown), url(log, f"{photo.pk}/remove/"), url(unknown, f"{uuid7()}/remove/")]

    answers = [client.post(one, files(SMALL) if one.endswith("photos/") else None) for one in asked]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.content for answer in answers}) == 1
    assert list(UploadedFile.objects.shown()) == [photo]


def test_a_photo_of_another_check_in_is_not_removed_through_this_one(signed_in, log, habit):
    add(log)
    other = HabitLogFactory(user_habit=habit, completed_at=NOW)

    signed_in.post(url(other, f"{UploadedFile.objects.get().pk}/remove/"))

    assert UploadedFile.objects.shown().count() == 1


# ── Export and deletion ────────────────────────────────────────────


def test_the_export_holds_the_photos(log, person, tmp_path):
    add(log, 2)
    storage.reserve(person.pk, SMALL, context=UploadedFile.Context.HABIT_LOG, at=NOW)

    with (tmp_path / "all.zip").open("wb") as file:
        export_zip.write(file, person.pk, now=NOW)

    with zipfile.ZipFile(tmp_path / "all.zip") as whole:
        taken = {name: whole.read(name) for name in whole.namelist() if name.startswith("photos/")}
        rows = whole.read("csv/habit_logs.csv").decode()
    shown = UploadedFile.objects.shown()
    assert taken.keys() == {f"photos/{file.pk}.jpg" for file in shown}
    assert all(data.startswith(b"\xff\xd8") for data in taken.values())
    assert all(file.url in rows for file in shown)


def test_deleting_the_account_removes_photos_and_thumbnails_from_the_storage(log, person, media_root):
    add(log)
    avatars.choose(person, SMALL, at=NOW)
    thumbnails.make_waiting(lambda: NOW)
    before = lying(media_root)

    erasure.erase(person.pk, at=NOW)

    person.refresh_from_db()
    assert (before, lying(media_root)) == (4, 0)
    assert UploadedFile.objects.count() == 0
    assert person.avatar_url is None


def test_an_erasure_that_died_after_the_bytes_is_finished_by_the_next(log, person, media_root, monkeypatch):
    add(log)
    with monkeypatch.context() as dying:
        dying.setattr(erasure, "_empty_columns", lambda *_args, **_kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erasure.erase(person.pk, at=NOW)
    between = (lying(media_root), UploadedFile.objects.count())

    erasure.erase(person.pk, at=NOW)

    assert between == (0, 1)
    assert UploadedFile.objects.count() == 0


@pytest.mark.slow
def test_eight_concurrent_uploads_leave_four_and_respect_the_plan(committed, person, habit, monkeypatch):
    # On a busy machine the last of eight waits longer than a person would.
    monkeypatch.setattr(images, "_MAX_WAIT", PATIENCE)
    logs = [HabitLogFactory(user_habit=habit, completed_at=NOW) for _ in range(2)]
    sent = at_once(8, lambda _number: add(logs[0]))
    room = 7 * UploadedFile.objects.first().file_size
    monkeypatch.setattr(photos, "most_bytes", lambda *_args, **_kwargs: room)

    beyond = at_once(8, lambda _number: add(logs[1]))

    assert sorted(map(str, sent)) == ["[Enough()]"] * 4 + ["[]"] * 4
    assert sum("NoRoom" in str(answer) for answer in beyond) == 5
    assert [len(told(log)) for log in logs] == [4, 3]
