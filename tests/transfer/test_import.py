"""Imports: everything is written once, or nothing, also when a worker dies."""

import datetime as dt
import io
import re

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from files import storage
from habits import checkins, corrections, enrollment, streak_cache
from habits.models import Habit, HabitImport, HabitLog, HabitRest
from habits.transfer import formats, import_jobs, import_writer
from habits.transfer.parsed_file import ImportRefused
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory
from tests.transfer import files
from tests.transfer.conftest import NOW
from tests.transfer.files import DAY, TODAY, ago, written
from wellness.privacy import account_deletion, erasure, retention

pytestmark = pytest.mark.django_db

RUN = {
    "id": "r",
    "name": "Run",
    "records": [{"day": ago(d), "done": True, "text": "비" * (d == 1)} for d in range(1, 6)],
}


def sent(person, data: bytes) -> HabitImport:
    return import_jobs.start(person, io.BytesIO(data), size=len(data), now=NOW)


def read(person, data: bytes) -> HabitImport:
    row = sent(person, data)
    import_jobs.run_waiting(lambda: NOW)
    row.refresh_from_db()
    return row


def test_a_waiting_file_tells_nothing(person, settings):
    row = sent(person, b"Run, with a knee that hurts")
    raw = (settings.MEDIA_ROOT / row.storage_path).read_bytes()

    assert b"knee" not in raw
    with storage.open_sealed(row.storage_path, row.file_key) as file:
        assert file.read() == b"Run, with a knee that hurts"


def test_a_waiting_file_that_was_cut_off_is_not_read(person, settings):
    row = sent(person, b"Run")
    path = settings.MEDIA_ROOT / row.storage_path
    path.write_bytes(path.read_bytes()[:-1])

    for attempt in range(import_jobs.QUEUE.max_attempts):
        import_jobs.run_waiting(lambda at=attempt: NOW + 2 * at * import_jobs.LEASE)

    row.refresh_from_db()
    assert row.state == "failed"


def agreed(row: HabitImport, *deeds: str) -> HabitImport:
    import_jobs.confirm(row.user, deeds or [one["do"] for one in row.preview], now=NOW)
    import_jobs.run_waiting(lambda: NOW)
    row.refresh_from_db()
    return row


def imported(person, data: bytes, *deeds: str) -> HabitImport:
    return agreed(read(person, data), *deeds)


def record(person) -> list[list]:
    """Everything that an import may change."""
    rows = HabitLog.objects.filter(user_habit__user=person).order_by("id")
    logs = [(log.pk, log.user_habit_id, log.local_date, log.completed_count, log.notes) for log in rows]
    rests = list(person.rests.order_by("id").values_list())
    columns = ["id", "status", "current_streak", "best_streak", "total_completions", "counted_on", "counted", "rules"]
    return [logs, rests, list(person.habits.order_by("id").values_list(*columns))]


def check_cached_streaks(person) -> None:
    """Checks that the cached columns equal the replay."""
    for user_habit in person.habits.with_habit():
        counts = streak_cache.counts_by_day(user_habit)
        again = streak_cache.replay(user_habit, today=TODAY, calendar=person.calendar, counts=counts)
        kept = (
            user_habit.current_streak,
            user_habit.best_streak,
            user_habit.total_completions,
            user_habit.streak_state,
        )
        assert kept == (again.streak.current, again.streak.best, again.streak.total, again.state.to_json())


def test_reading_shows_and_changes_nothing(sharing):
    row = read(sharing, files.loop_zip())

    assert (row.state, row.source, [one["do"] for one in row.preview]) == ("ready", "loop", ["add", "add", "away"])
    assert [(one["days"], one["rests"], one["notes"]) for one in row.preview] == [(2, 1, 1), (2, 1, 0), (1, 0, 0)]
    assert record(sharing) == [[], [], []]


def test_what_was_agreed_to_is_written_and_in_step(sharing):
    row = imported(sharing, files.loop_zip())

    run, water, coffee = sharing.habits.with_habit().order_by("sort_order")
    assert written(row) == {"added": 2, "away": 1, "days": 5, "rests": 2, "notes": 1}
    assert (run.name, run.habit.owner, str(run.rule.schedule), run.habit.category.name_en) == (
        "Run",
        sharing,
        "매주 3번",
        "exercise",
    )
    assert (water.rule.amount(), water.habit.category.name_en, coffee.status) == ("8잔", "health", "archived")
    note = run.logs.get(local_date=TODAY - DAY)
    assert (note.notes, note.completed_at.isoformat()) == ("rain,\nbut fun", "2026-11-21T03:00:00+00:00")
    assert list(water.logs.order_by("local_date").values_list("streak_count", flat=True)) == [0, 1]
    assert set(run.rests.values_list("kind", "starts_on", "ends_on")) == {("skip", TODAY - 3 * DAY, TODAY - 3 * DAY)}
    check_cached_streaks(sharing)


def test_the_words_of_a_note_are_sealed(sharing):
    imported(sharing, files.beaver(RUN))

    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM habit_logs WHERE notes IS NOT NULL")
        assert "비" not in cursor.fetchone()[0]


def test_notes_wait_for_consent(person):
    row = imported(person, files.beaver(RUN))

    assert (row.result["withheld"], "notes" in written(row)) == (1, False)
    assert HabitLog.objects.filter(notes__isnull=False).count() == 0


def test_descriptions_wait_for_consent_and_come_when_it_has(person):
    data = files.old_loop_zip()
    described = sum(bool(one.description) for one in formats.parse(data, today=TODAY, zone="Asia/Seoul").habits)
    first = imported(person, data)
    before = Habit.objects.filter(owner=person, own_description__isnull=False).count()
    person.privacy_settings = {"health": True}
    person.save()

    later = imported(person, data)

    assert described
    assert (first.result["undescribed"], before) == (described, 0)
    assert sum(one["described"] for one in first.preview) == described
    assert later.result["described"] == described
    assert Habit.objects.filter(owner=person, own_description__isnull=False).count() == described
    assert written(imported(person, data)) == {}


def test_notes_come_when_consent_has(person):
    imported(person, files.beaver(RUN))
    person.privacy_settings = {"health": True}
    person.save()

    row = imported(person, files.beaver(RUN))

    assert (row.preview[0]["fresh"], written(row)) == (1, {"joined": 1, "notes": 1})
    assert [log.notes for log in HabitLog.objects.filter(notes__isnull=False)] == ["비"]
    assert written(imported(person, files.beaver(RUN))) == {}


@pytest.mark.parametrize(
    "data", [files.loop_zip(), files.old_loop_zip(), files.beaver(RUN), files.many_habits(habits=2, days=9)]
)
def test_the_same_file_again_changes_nothing(sharing, data):
    imported(sharing, data)
    before = record(sharing)

    row = imported(sharing, data)

    assert (written(row), [one["fresh"] for one in row.preview]) == ({}, [0] * len(row.preview))
    assert record(sharing) == before


def test_a_grown_file_adds_only_what_is_new(sharing):
    imported(sharing, files.beaver(RUN))
    grown = RUN | {"records": [{"day": ago(d), "done": True} for d in range(9)]}

    row = imported(sharing, files.beaver(grown, {"name": "New", "records": []}))

    assert written(row) == {"added": 1, "joined": 1, "days": 4}
    assert sharing.habits.count() == 2
    check_cached_streaks(sharing)


def test_what_the_person_has_changed_since_stays_so(sharing):
    imported(sharing, files.beaver(RUN))
    run = sharing.habits.get()
    first, second = run.logs.order_by("local_date")[:2]
    corrections.remove(sharing, run.pk, first.pk, now=NOW)
    run.custom_name = "달리기"
    run.save(update_fields=["custom_name"])

    row = imported(sharing, files.beaver(RUN))

    assert (written(row), run.logs.count(), second in run.logs.all()) == ({}, 4, True)


def test_more_habits_than_one_person_may_have_stay_behind(sharing, monkeypatch):
    monkeypatch.setattr(enrollment, "MOST_HABITS", 3)
    UserHabitFactory(user=sharing, status="archived")
    UserHabitFactory(user=sharing, habit=HabitFactory(name="Coffee"))

    row = read(sharing, files.loop_zip())
    before = record(sharing)
    all_of_them = agreed(row, "add", "away", "join")
    after = record(sharing)
    as_suggested = imported(sharing, files.loop_zip())

    assert [one["do"] for one in row.preview] == ["add", "leave", "join"]
    assert (all_of_them.state, all_of_them.reason, after) == ("refused", "full", before)
    assert (as_suggested.result["added"], as_suggested.result["joined"], sharing.habits.count()) == (1, 1, 3)


def test_a_habit_of_the_same_name_is_joined_and_keeps_its_own_days(sharing):
    mine = UserHabitFactory(
        user=sharing,
        habit=HabitFactory(name="run"),
        target_count=3,
        started_on=TODAY - 2 * DAY,
        started_at=NOW - 2 * DAY,
    )
    HabitLogFactory(user_habit=mine, completed_count=3, local_date=TODAY - DAY, completed_at=NOW - DAY)

    row = imported(sharing, files.beaver(RUN))

    assert (row.preview[0]["into"], written(row)) == ("run", {"joined": 1, "days": 4, "kept": 1})
    mine.refresh_from_db()
    # Days before it began here keep the other app's rule: once a day there, three times here.
    assert [mine.timeline.on(TODAY - days * DAY).target for days in (5, 2)] == [1, 3]
    assert (mine.total_completions, sharing.habits.count()) == (4, 1)
    check_cached_streaks(sharing)


def test_the_same_habit_from_zip_and_backup_is_one(sharing):
    imported(sharing, files.old_loop_zip())
    days = [files.loop_day(1, days, value=2) for days in (1, 5, 6)]

    row = imported(sharing, files.loop_db(habits=[files.loop_habit(1, "Meditate", uuid="abc")], days=days))

    assert (written(row), sharing.habits.count()) == ({"joined": 1, "days": 1, "kept": 2}, 2)


def test_each_habit_goes_where_the_person_says(sharing):
    UserHabitFactory(user=sharing, habit=HabitFactory(name="습관 0"))

    row = imported(sharing, files.many_habits(habits=3, days=2), "add", "away", "leave")

    assert written(row) == {"added": 1, "away": 1, "days": 4}
    assert sorted(sharing.habits.values_list("status", flat=True)) == ["active", "active", "archived"]


def test_a_full_plan_puts_the_others_away(person):
    UserHabitFactory(user=person, habit=HabitFactory(name="물"))

    row = imported(person, files.many_habits(habits=4, days=2), *["add"] * 4)

    assert written(row) == {"added": 2, "away": 2, "days": 8, "crowded": 2}
    assert [one["do"] for one in row.preview] == ["add", "add", "away", "away"]
    assert person.habits.counted().count() == 3


def test_an_archived_habit_keeps_the_streak_it_had(sharing):
    imported(
        sharing,
        files.beaver(RUN | {"status": "archive", "records": [{"day": ago(d), "done": True} for d in range(60, 70)]}),
    )

    run = sharing.habits.get()
    assert (run.status, run.current_streak) == ("archived", 10)
    assert run.rests.get().starts_on == TODAY - 59 * DAY
    check_cached_streaks(sharing)


def test_checking_in_goes_on_from_there(sharing):
    imported(sharing, files.beaver(RUN))
    run = sharing.habits.get()

    outcome = checkins.check_in(sharing, run.pk, key=run.pk, at=NOW, now=NOW)

    assert outcome.standing.streak.current == 6
    check_cached_streaks(sharing)


def test_a_day_that_is_still_open_is_written_at_this_moment(sharing):
    early = NOW - dt.timedelta(hours=2)
    row = sent(sharing, files.beaver(RUN | {"records": [{"day": ago(0), "done": True}]}))
    import_jobs.run_waiting(lambda: early)
    row.refresh_from_db()
    import_jobs.confirm(sharing, ["add"], now=early)
    import_jobs.run_waiting(lambda: early)

    assert HabitLog.objects.get().completed_at == early


def test_reminders_come_along(sharing):
    habit = files.loop_habit(1, "Run", reminder_hour=7, reminder_min=30, reminder_days=0b0000100)

    imported(sharing, files.loop_db(habits=[habit]))

    run = sharing.habits.get()
    assert (run.reminder_times, run.reminder_days) == (["07:30"], [1])
    assert run.next_reminder_at is not None


def test_a_failure_in_the_middle_leaves_nothing(sharing, monkeypatch):
    row = read(sharing, files.many_habits(habits=3, days=9))
    before = record(sharing)

    def broken(_note, *, log_id):
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(import_writer, "sealed_note", broken)
        agreed(row)
    assert record(sharing) == before
    assert (Habit.objects.filter(owner=sharing).count(), HabitRest.objects.count()) == (0, 0)

    import_jobs.run_waiting(lambda: NOW + 2 * import_jobs.LEASE)
    row.refresh_from_db()
    assert (row.state, row.result["days"]) == ("done", 27)


def test_a_worker_that_died_loses_the_work_to_another(sharing):
    row = read(sharing, files.beaver(RUN))
    import_jobs.confirm(sharing, ["add"], now=NOW)
    dead = import_jobs.QUEUE.claim(NOW)

    assert import_jobs.run_waiting(lambda: NOW + import_jobs.LEASE / 2) == 0
    assert import_jobs.run_waiting(lambda: NOW + import_jobs.LEASE * 2) == 1
    # If the first worker continues, it writes nothing.
    assert import_jobs.QUEUE.attempt(dead, lambda row: import_jobs.perform(row, lambda: NOW), lambda: NOW) is False
    row.refresh_from_db()
    assert (row.state, HabitLog.objects.count()) == ("done", 5)


def test_what_fails_again_and_again_is_given_up(sharing):
    row = sent(sharing, files.beaver(RUN))
    for attempt in range(import_jobs.QUEUE.max_attempts):
        assert import_jobs.QUEUE.claim(NOW + 2 * attempt * import_jobs.LEASE)

    assert import_jobs.QUEUE.claim(NOW + DAY) is None
    row.refresh_from_db()
    assert (row.state, row.storage_path) == ("failed", None)


def test_a_hostile_file_is_refused_and_gone(sharing):
    row = read(sharing, b"PK\x03\x04nonsense")

    assert (row.state, row.reason, row.storage_path) == ("refused", "broken", None)
    assert record(sharing) == [[], [], []]


@pytest.mark.parametrize("size", [0, 21 * 1024 * 1024])
def test_a_file_of_an_impossible_size_is_not_even_kept(sharing, size):
    with pytest.raises(ImportRefused):
        import_jobs.start(sharing, io.BytesIO(b"x"), size=size, now=NOW)

    assert HabitImport.objects.count() == 0


def test_the_file_is_gone_when_it_is_done(sharing, settings):
    row = imported(sharing, files.beaver(RUN))

    assert row.storage_path is None
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_another_file_takes_the_place_of_the_last(sharing):
    first = read(sharing, files.beaver(RUN))

    second = read(sharing, files.old_loop_zip())

    assert list(HabitImport.objects.all()) == [second]
    assert not default_storage.exists(first.storage_path)


def test_no_file_comes_between_while_one_is_written(sharing):
    row = read(sharing, files.beaver(RUN))
    import_jobs.confirm(sharing, ["add"], now=NOW)

    with pytest.raises(import_jobs.ImportInProgress):
        sent(sharing, files.old_loop_zip())

    import_jobs.discard(sharing, now=NOW)
    assert HabitImport.objects.get() == row


def test_nothing_is_imported_after_a_deletion_request(sharing):
    row = read(sharing, files.beaver(RUN))
    import_jobs.confirm(sharing, ["add"], now=NOW)
    sharing.is_active = False
    sharing.save()

    import_jobs.run_waiting(lambda: NOW)

    row.refresh_from_db()
    assert (row.state, HabitLog.objects.count()) == ("failed", 0)


def test_a_deletion_request_deletes_the_file(sharing, settings):
    settings.DELETION_LEDGER = settings.MEDIA_ROOT / "deletions.jsonl"
    read(sharing, files.beaver(RUN))

    account_deletion.request_deletion(sharing, at=NOW)

    assert HabitImport.objects.count() == 0
    assert not list(settings.MEDIA_ROOT.glob("imports/*"))


def test_an_erased_person_leaves_no_file(sharing, settings):
    settings.DELETION_LEDGER = settings.MEDIA_ROOT / "deletions.jsonl"
    read(sharing, files.beaver(RUN))

    erasure.erase(sharing.pk, at=NOW)

    assert HabitImport.objects.count() == 0
    assert not list(settings.MEDIA_ROOT.glob("imports/*"))


def test_what_waits_too_long_is_cleared_away(sharing, settings):
    row = read(sharing, files.beaver(RUN))
    HabitImport.objects.filter(pk=row.pk).update(expires_at=dt.datetime.now(dt.UTC) - DAY)

    retention.run()

    assert HabitImport.objects.count() == 0
    assert not list(settings.MEDIA_ROOT.glob("imports/*"))


def test_nothing_waits_longer_than_a_day(sharing):
    read(sharing, files.beaver(RUN))

    assert import_jobs.latest(sharing, now=NOW + dt.timedelta(hours=23))
    assert import_jobs.latest(sharing, now=NOW + dt.timedelta(hours=25)) is None
    assert import_jobs.confirm(sharing, ["add"], now=NOW + dt.timedelta(hours=25)) is False


def test_progress_is_told_while_it_is_written(sharing, monkeypatch):
    told = []
    monkeypatch.setattr(import_jobs, "report_progress", lambda _row, done: told.append(done))
    row = imported(sharing, files.many_habits(habits=2, days=600))

    assert told == [500, 1000, 1200]
    assert row.total == 1200


def test_an_import_of_ten_times_the_days_takes_hardly_more_statements(sharing, stranger):
    """Partitions apart, of which there is one for each month. tests/faults/fault_imports.py imports ten years."""
    statements = {}
    for person, days in ((sharing, 60), (stranger, 600)):
        with CaptureQueriesContext(connection) as captured:
            row = imported(person, files.many_habits(habits=3, days=days))
        asked = [str(query["sql"]) for query in captured]
        ours = [sql for sql in asked if re.search('"(user_habits|habit_logs|habit_rests|habits)"', sql)]
        ours = [sql for sql in ours if "PARTITION" not in sql.upper() and not sql.startswith("LOCK")]
        statements[row.result["days"]] = len(ours)

    assert statements.keys() == {180, 1800}
    assert statements[1800] < 2 * statements[180], statements
