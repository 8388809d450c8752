"""Exports of habits: our import reads them unchanged, and Loop's rules accept them."""

import csv
import datetime as dt
import io
import json
import zipfile

import pytest

from habits import pauses
from habits.models import HabitLog, HabitRest
from habits.transfer import exporter, formats, loop_export
from habits.transfer.importers.loop_csv import SKIP
from habits.transfer.upload_contents import Archive
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, HabitRestFactory, UserHabitFactory
from tests.transfer import files, loop_rules
from tests.transfer.conftest import NOW
from tests.transfer.files import DAY, TODAY
from tests.transfer.test_import import check_cached_streaks, imported, record
from wellness.privacy import exports

pytestmark = pytest.mark.django_db

BACKUP = f"Loop Habits Backup {TODAY}.db"


def written(person, write) -> bytes:
    file = io.BytesIO()
    write(file, exporter.collect(person.pk, now=NOW))
    return file.getvalue()


def opened(person) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(written(person, loop_export.write)))


def done(user_habit, days_ago: int, count=1, **more):
    at = NOW - days_ago * DAY
    return HabitLogFactory(
        user_habit=user_habit, completed_count=count, completed_at=at, local_date=TODAY - days_ago * DAY, **more
    )


@pytest.fixture
def recorded(sharing):
    """A person with habits of every kind, notes, rests, and two check-ins on one day."""
    begun = {"user": sharing, "started_on": TODAY - 20 * DAY, "started_at": NOW - 20 * DAY}
    run = UserHabitFactory(
        **begun, habit=HabitFactory(name="달리기", owner=sharing, description="천천히", color="#388E3C"), sort_order=1,
        target_frequency="weekly", schedule={"times": 3}, reminder_times=["07:30"], reminder_days=[1, 6],
    )  # fmt: skip
    water = UserHabitFactory(
        **begun, habit=HabitFactory(name="Water, cold", owner=sharing), sort_order=2, target_count=8, unit="잔"
    )
    coffee = UserHabitFactory(
        **begun,
        habit=HabitFactory(name="커피", owner=sharing),
        sort_order=3,
        target_count=2,
        unit="잔",
        direction="at_most",
    )
    for days_ago in (1, 3, 8, 12):
        done(
            run, days_ago, notes='비\n그리고 "바람"' if days_ago == 3 else None, mood_score=8 if days_ago == 3 else None
        )
    done(water, 2, 3)
    done(water, 2, 5)
    done(water, 4, 2)
    done(coffee, 5, 4)
    pauses.skip(sharing, run.pk, day=TODAY - 2 * DAY, at=NOW)
    HabitRestFactory(
        user=sharing, user_habit=water, kind=HabitRest.Kind.PAUSE, starts_on=TODAY - 9 * DAY, ends_on=TODAY - 7 * DAY
    )
    return sharing


def new_person():
    return UserFactory(privacy_settings={"health": True})


def history(person) -> list:
    """Names, days, amounts, notes and rested days, independent of the rows that hold them."""
    story = []
    for user_habit in person.habits.with_habit().order_by("sort_order"):
        days: dict[dt.date, list] = {}
        for log in user_habit.logs.order_by("completed_at"):
            days.setdefault(log.local_date, [0, ""])
            days[log.local_date][0] += log.completed_count
            days[log.local_date][1] += log.notes or ""
        rests = {
            rest.starts_on + n * DAY
            for rest in user_habit.rests.all()
            if rest.ends_on
            for n in range((rest.ends_on - rest.starts_on).days + 1)
        }
        story.append((user_habit.name, user_habit.target_count, user_habit.unit, user_habit.direction, days, rests))
    return story


def test_loop_accepts_our_backup(recorded):
    backup = opened(recorded).read(BACKUP)

    run, water, coffee = loop_rules.import_backup(backup)

    assert (run.name, run.frequency, run.color, run.numeric, run.reminder) == (
        "달리기",
        (3, 7),
        7,
        False,
        (7, 30, 0b0000101),
    )
    values = {at // 86_400_000: value for at, (value, _note) in run.entries.items()}
    today = (TODAY - dt.date(1970, 1, 1)).days
    assert values == {today - 1: 2, today - 3: 2, today - 8: 2, today - 12: 2, today - 2: SKIP}
    assert (water.target, water.unit, water.at_most, water.frequency) == (8.0, "잔", False, (1, 1))
    assert sorted(value for value, _note in water.entries.values()) == [SKIP, SKIP, SKIP, 2000, 8000]
    # Days without a check-in meet "at most"; Loop needs a value for them.
    assert (coffee.at_most, len(coffee.entries), sum(value for value, _note in coffee.entries.values())) == (
        True,
        20,
        4000,
    )


def test_the_csv_files_are_those_of_loops_own_export(recorded):
    archive = opened(recorded)

    assert [name for name in archive.namelist() if name.endswith(".csv")] == [
        "Habits.csv", "001/Scores.csv", "001/Checkmarks.csv", "002 Water cold/Scores.csv", "002 Water cold/Checkmarks.csv",
        "003/Scores.csv", "003/Checkmarks.csv", "Scores.csv", "Checkmarks.csv",
    ]  # fmt: skip
    assert archive.read("Habits.csv").decode().splitlines()[:3] == [
        files.NEW_HEAD, "001,달리기,YES_NO,,천천히,3,7,#388E3C,,,,false",
        '002,"Water, cold",NUMERICAL,,,1,1,#D32F2F,잔,AT_LEAST,8.0,false',
    ]  # fmt: skip
    (_name, run), (_, water), _coffee = loop_rules.read_csv(archive)
    assert run[(TODAY - 3 * DAY).isoformat()] == (2, '비\n그리고 "바람"')
    assert water[(TODAY - 2 * DAY).isoformat()] == (8000, "")
    assert archive.read("Checkmarks.csv").decode().splitlines()[1] == "2026-11-22,UNKNOWN,UNKNOWN,UNKNOWN,"


@pytest.mark.parametrize("with_backup", [True, False])
def test_a_loop_export_imported_again_is_the_same_history(recorded, with_backup):
    archive = opened(recorded)
    parts = {name: archive.read(name) for name in archive.namelist() if with_backup or not name.endswith(".db")}
    other = new_person()

    imported(other, files.zipped(parts), *["add"] * 3)

    assert history(other) == history(recorded)
    check_cached_streaks(other)


def test_importing_an_own_export_changes_nothing(recorded):
    before = record(recorded)

    for data in (written(recorded, loop_export.write), written(recorded, exporter.write_json)):
        imported(recorded, data)

    assert record(recorded) == before
    assert HabitLog.objects.count() == 8


def test_a_loop_backup_survives_import_and_export(sharing):
    habits = [
        files.loop_habit(1, "Run", uuid="aaa", freq_num=3, freq_den=7, color=7, question="", reminder_hour=7, reminder_min=0, reminder_days=127),
        files.loop_habit(2, "Swim", uuid="bbb", type=1, target_value=5.0, unit="km", freq_den=7, color=19, question=""),
        files.loop_habit(3, "Coffee", uuid="ccc", type=1, target_type=1, target_value=2.0, unit="cups", archived=1, question=""),
    ]  # fmt: skip
    days = [
        files.loop_day(1, days, value=value, notes="n" if value == 2 else "")
        for days, value in ((1, 2), (2, 3), (3, 0), (9, 2))
    ]
    days += [files.loop_day(2, days, value=value, notes="") for days, value in ((1, 2000), (3, 4000))]
    days += [files.loop_day(3, days, value=value, notes="") for days, value in ((1, 0), (2, 3000), (3, 0))]
    given = files.loop_db(habits=habits, days=days)

    imported(sharing, given, "add", "add", "away")
    back = loop_rules.import_backup(opened(sharing).read(BACKUP))

    told = [
        (one.uuid, one.name, one.frequency, one.color, one.numeric, one.at_most, one.target, one.unit, one.reminder)
        for one in back
    ]
    asked = loop_rules.import_backup(given)
    assert told == [
        (one.uuid, one.name, one.frequency, one.color, one.numeric, one.at_most, one.target, one.unit, one.reminder)
        for one in asked
    ]
    assert [one.archived for one in back] == [False, False, True]
    assert [one.meaning for one in back] == [one.meaning for one in asked]


def test_loops_zip_survives_import_and_export_to_the_byte(sharing):
    imported(sharing, files.loop_zip())
    back = opened(sharing)

    yes = f'{files.ago(1)},YES_MANUAL,"rain,\nbut fun"\n{files.ago(3)},SKIP,\n{files.ago(5)},YES_MANUAL,\n'
    assert back.read("001 Run/Checkmarks.csv").decode() == f"Date,Value,Notes\n{yes}"
    water = back.read("002/Checkmarks.csv").decode()
    assert water == files.table(
        ["Date", "Value", "Notes"], [files.ago(1), "8000", ""], [files.ago(2), "3000", ""], [files.ago(4), "SKIP", ""]
    )


def test_json_survives_export_and_import(recorded):
    data = written(recorded, exporter.write_json)
    other = new_person()

    imported(other, data, *["add"] * 3)

    assert history(other) == history(recorded)
    run = other.habits.with_habit().order_by("sort_order").first()
    assert (run.reminder_times, run.habit.text("description"), str(run.rule.schedule)) == (
        ["07:30"],
        "천천히",
        "매주 3번",
    )
    assert run.logs.get(local_date=TODAY - 3 * DAY).mood_score == 8
    assert json.loads(data)["format"] == "wellness-habits"
    check_cached_streaks(other)


def test_csv_is_one_row_for_each_check_in(recorded):
    rows = list(csv.DictReader(io.StringIO(written(recorded, exporter.write_csv).decode("utf-8-sig"), newline="")))

    assert len(rows) == 8
    assert [(row["habit"], row["date"], row["amount"], row["mood"], row["note"]) for row in rows if row["note"]] == [
        ("달리기", "2026-11-19", "1", "8", '비\n그리고 "바람"')
    ]


def test_texts_are_no_formulas_for_a_spreadsheet(person):
    done(UserHabitFactory(user=person, habit=HabitFactory(name="=1+1", owner=person)), 1, notes="@SUM(A1)")

    [row] = csv.DictReader(io.StringIO(written(person, exporter.write_csv).decode("utf-8-sig")))

    assert (row["habit"], row["note"]) == ("'=1+1", "'@SUM(A1)")


def test_an_export_holds_nothing_of_other_people(recorded, stranger):
    done(UserHabitFactory(user=stranger, custom_name="남의 습관"), 1, notes="비밀")

    for write in (exporter.write_csv, exporter.write_json):
        assert "남의 습관".encode() not in written(recorded, write)
    assert len(loop_rules.import_backup(opened(recorded).read(BACKUP))) == 3


@pytest.mark.parametrize(("kind", "begins"), [("csv", b"\xef\xbb\xbfhabit,"), ("json", b'{"format"'), ("loop", b"PK")])
def test_a_worker_builds_each_kind(recorded, kind, begins):
    from django.core.files.storage import default_storage

    export = exports.request(recorded, kind)
    exports.build_waiting(lambda: NOW)
    export.refresh_from_db()

    assert (export.state, export.total) == ("done", 8)
    assert default_storage.open(export.storage_path).read().startswith(begins)


def test_a_person_without_habits_gets_an_empty_export(person):
    assert loop_rules.import_backup(opened(person).read(BACKUP)) == []
    assert json.loads(written(person, exporter.write_json))["habits"] == []


def test_our_zip_passes_our_own_checks(recorded):
    archive = Archive(written(recorded, loop_export.write))

    assert formats.parse(archive.read(BACKUP), today=TODAY, zone="UTC").problem_counts == {}
