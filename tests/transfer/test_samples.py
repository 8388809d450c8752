"""Sample files of public bug reports: what arrives of them."""

import datetime as dt
import unicodedata
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from habits import ordering
from habits.models import Habit
from habits.schedules import Interval, Weekly, Window
from habits.schedules.alternate_weeks import AlternateWeeks
from habits.transfer import formats, import_jobs
from habits.transfer.parsed_file import ImportRefused, ParsedFile, ParsedHabit, ProblemReason
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.transfer import files
from tests.transfer.files import written
from tests.transfer.test_import import check_cached_streaks, imported, record

SAMPLES = Path(__file__).parent / "samples"
TODAY = dt.date(2026, 11, 28)


def read(name: str, **more) -> ParsedFile:
    return formats.parse((SAMPLES / name).read_bytes(), today=TODAY, zone="Asia/Seoul", **more)


def days(habit: ParsedHabit) -> dict[str, int]:
    return {day.isoformat(): done.amount for day, done in habit.days.items()}


def test_names_that_differ_in_their_encoding_are_one_habit():
    [habit] = read("beaver-nfd-twins.json").habits

    assert (habit.name, len(habit.name), sorted(days(habit))) == ("운동", 2, ["2026-11-25", "2026-11-26"])


@pytest.mark.django_db
def test_a_name_in_nfd_joins_the_habit_here(sharing):
    UserHabitFactory(user=sharing, habit=HabitFactory(name="물 마시기", owner=sharing))
    name = unicodedata.normalize("NFD", "물 마시기")

    row = imported(sharing, files.beaver({"id": "w", "name": name, "tags": [name], "records": []}))

    assert row.preview[0]["into"] == "물 마시기"


@pytest.mark.django_db
def test_forms_and_the_search_take_names_in_nfc(signed_in, person):
    HabitFactory(name="물 마시기")
    name = unicodedata.normalize("NFD", "물 마시기")
    choice = {"frequency": "daily", "name": name, "anchor": name, "group_name": name, "part_of_day": "anytime"}
    category = Habit.objects.get(name="물 마시기").category_id

    found = signed_in.get(reverse("habits:catalogue"), {"q": name}).content.decode()
    answer = signed_in.post(reverse("habits:add-own"), choice | {"category": category, "target_count": 1})
    mine = person.habits.get()
    signed_in.post(reverse("habits:order"), {"order": f'[["{name}", ["{mine.pk}"]]]'})

    assert "물 마시기" in found
    assert answer.status_code == 302
    assert (mine.name, mine.anchor, mine.group_name) == ("물 마시기",) * 3
    assert [group for group, _habits in ordering.groups_of(person)] == ["물 마시기", ""]


@pytest.mark.parametrize("name", ["note-date2", "description-date"])
def test_dates_in_other_columns_do_not_turn_those_of_the_days(name):
    found = read(f"habitbull-{name}.csv")

    assert list(days(found.habits[0])) == ["2025-11-05", "2025-11-06", "2025-11-07"]
    assert (found.day_first, found.problems) == (False, [])


def test_a_row_that_can_only_be_month_first_is_kept():
    assert list(days(read("habitbull-note-date.csv").habits[0]))[-1] == "2025-11-13"


def test_the_person_decides_the_order_of_dates():
    [run] = read("habitbull-note-date2.csv", day_first=True).habits

    assert list(days(run)) == ["2025-05-11", "2025-06-11", "2025-07-11"]


def test_days_without_an_entry_are_counted_and_are_no_problems():
    found = read("habitbull-us.csv")

    assert (found.problem_counts["no_entry"], found.problems, len(found.habits[0].days)) == (2, [], 3)


HABITBULL = "HabitName,HabitDescription,HabitCategory,CalendarDate,Value,CommentText\n"


@pytest.mark.parametrize("date", ["2026-03-07", "2026. 3. 7.", "2026.3.7", "2026/3/7", "3/7/2026", "7.3.2026"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_saved_by_excel_are_read(date, encoding, delimiter):
    text = f"{HABITBULL}물 마시기,,건강,{date},3,좋아요\n".replace(",", delimiter)

    [habit] = formats.parse(text.encode(encoding), today=TODAY, zone="Asia/Seoul").habits

    assert (habit.name, days(habit)) == ("물 마시기", {"2026-03-07": 3})


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("date", ["2026. 3. 7.", "3/7/2026"])
def test_a_loop_zip_saved_by_excel_is_read(date, delimiter):
    habits = f"{files.NEW_HEAD}\n1,물,YES_NO,,,1,1,#388E3C,,,,FALSE\n"
    parts = {"Habits.csv": habits, "001/Checkmarks.csv": f"Date,Value,Notes\n{date},YES_MANUAL,\n"}
    data = files.zipped({name: text.replace(",", delimiter).encode("cp949") for name, text in parts.items()})

    found = formats.parse(data, today=TODAY, zone="Asia/Seoul")

    assert [(one.name, days(one)) for one in found.habits] == [("물", {"2026-03-07": 1})]
    assert found.day_first is (False if "/" in date else None)


@pytest.mark.django_db
def test_days_after_the_file_are_not_kept(sharing):
    smoke = {"_id": "n", "text": "담배", "up": False, "down": True, "history": []}
    smoke["history"] = [{"date": files.milliseconds(n), "scoredUp": 0, "scoredDown": n % 2} for n in range(10, 20)]

    imported(sharing, files.habitica(habits=[smoke]), "add")

    habit = sharing.habits.get()
    rests = [
        (one.kind, (files.TODAY - one.starts_on).days, (files.TODAY - one.ends_on).days) for one in habit.rests.all()
    ]
    assert (rests, habit.current_streak) == ([("pause", 9, 1)], 1)


def pressed(days) -> dict[str, list]:
    """A history of Habitica: pressed on each second day."""
    return {"history": [{"date": files.milliseconds(n), "scoredUp": 0, "scoredDown": n % 2} for n in days]}


@pytest.mark.django_db
def test_a_later_file_explains_the_days_after_the_first(sharing):
    smoke = {"_id": "n", "text": "담배", "up": False, "down": True}

    imported(sharing, files.habitica(habits=[smoke | pressed(range(10, 20))]), "add")
    first = record(sharing)
    same = imported(sharing, files.habitica(habits=[smoke | pressed(range(10, 20))]))
    second = record(sharing)
    longer = imported(sharing, files.habitica(habits=[smoke | pressed(range(4, 20, 2))]))
    shorter = sharing.rests.get()
    whole = imported(sharing, files.habitica(habits=[smoke | pressed(range(0, 20, 2))]))

    assert (first == second, written(same)) == (True, {})
    assert (longer.preview[0]["fresh"], written(longer)) == (6, {"joined": 1})
    assert ((files.TODAY - shorter.starts_on).days, (files.TODAY - shorter.ends_on).days) == (3, 1)
    assert (written(whole), sharing.rests.count(), sharing.habits.get().current_streak) == ({"joined": 1}, 0, 10)
    check_cached_streaks(sharing)


@pytest.mark.django_db
def test_a_pause_that_the_person_has_ended_is_not_begun_again(sharing):
    smoke = {"_id": "n", "text": "담배", "up": False, "down": True}
    smoke["history"] = [{"date": files.milliseconds(9), "scoredUp": 0, "scoredDown": 1}]
    imported(sharing, files.habitica(habits=[smoke]), "add")
    sharing.rests.get().delete()

    row = imported(sharing, files.habitica(habits=[smoke]))

    assert (written(row), sharing.rests.count()) == ({}, 0)


@pytest.mark.django_db
def test_a_later_file_moves_the_pause_of_an_archived_habit(sharing):
    run = {
        "id": "r",
        "name": "Run",
        "status": "archive",
        "records": [{"day": files.ago(n), "done": True} for n in range(20, 25)],
    }
    imported(sharing, files.beaver(run))
    run["records"] = [{"day": files.ago(n), "done": True} for n in range(10, 25)]

    imported(sharing, files.beaver(run))

    habit = sharing.habits.get()
    assert ((files.TODAY - habit.rests.get().starts_on).days, habit.current_streak) == (9, 15)
    check_cached_streaks(sharing)


def test_differences_between_the_sheets_of_a_file_are_told():
    found = read("loop-root-disagrees.zip")

    assert (sorted(days(found.habits[0])), found.problem_counts) == (["2026-11-23", "2026-11-26"], {"disagrees": 3})
    assert found.habits[0].changes == {ProblemReason.DISAGREES}


def test_differences_between_loops_tables_and_its_backup_are_told():
    tables = {
        "Habits.csv": f"{files.OLD_HEAD}\n001,Run,,,1,1,#FF8F00\n",
        "001 Run/Checkmarks.csv": f"{files.ago(1)},2\n{files.ago(2)},0\n{files.ago(3)},2\n",
    }
    backup = files.loop_db(habits=[files.loop_habit(1, "Run")], days=[files.loop_day(1, n, value=2) for n in (1, 2)])

    found = formats.parse(files.zipped(tables | {"Loop.db": backup}), today=files.TODAY, zone="UTC")

    assert ([len(one.days) for one in found.habits], found.problem_counts) == ([2], {"disagrees": 2})


@pytest.mark.django_db
def test_the_preview_names_the_habits_that_change(signed_in):
    mixed = {
        "_id": "a",
        "text": "대청소",
        "frequency": "weekly",
        "everyX": 2,
        "repeat": {"m": True, "su": True},
        "startDate": "2026-11-03T00:00:00Z",
        "history": [],
    }
    daily = {"_id": "b", "text": "양치", "frequency": "daily", "everyX": 1, "history": []}
    file = SimpleUploadedFile("file", files.habitica(dailys=[mixed, daily]))
    signed_in.post(reverse("habits:import"), {"file": file})
    import_jobs.run_waiting(lambda: dt.datetime.now(dt.UTC))

    shown = signed_in.get(reverse("habits:import"))

    assert [one["changes"] for one in shown.context["habits"]] == [["주기를 가장 비슷한 것으로 바꿔요"], []]
    assert shown.content.decode().count("주기를 가장 비슷한 것으로 바꿔요") == 2


def test_loops_entries_are_read():
    floss, coffee = read("loop-entry.zip").habits
    [mixed] = read("loop-entry-mixed.zip").habits

    assert (days(floss), [day.day for day in floss.rests]) == ({"2026-11-23": 1}, [26])
    assert days(coffee) == {"2026-11-26": 30, "2026-11-24": 12}
    assert sorted(days(mixed)) == ["2026-11-25", "2026-11-26", "2026-11-27"]


def test_a_line_that_cannot_be_read_is_no_miss():
    parts = {"001 Run/Checkmarks.csv": "Date,Value,Notes\n2026-11-27,YES_MANUAL,\n2026-11-26,MAYBE,\n"}

    run = formats.parse(files.loop_zip(**parts), today=TODAY, zone="UTC").habits[0]

    assert (days(run), [day.day for day in run.rests]) == ({"2026-11-27": 1}, [26])


def test_a_habit_without_a_readable_line_is_left_out():
    rows = f"{HABITBULL}Run,,,someday,1,\n"

    with pytest.raises(ImportRefused) as refused:
        formats.parse(rows.encode(), today=TODAY, zone="UTC")
    some = formats.parse(f"{rows}Read,,,2026-11-01,1,\n".encode(), today=TODAY, zone="UTC")

    assert refused.value.reason == "unreadable"
    assert [one.name for one in some.habits] == ["Read"]


@pytest.mark.django_db
def test_the_preview_shows_the_order_of_dates_and_changes_it(signed_in, person):
    now = dt.datetime.now(dt.UTC)
    file = SimpleUploadedFile("file", (SAMPLES / "habitbull-note-date2.csv").read_bytes())
    signed_in.post(reverse("habits:import"), {"file": file})
    import_jobs.run_waiting(lambda: now)
    shown = signed_in.get(reverse("habits:import")).content.decode()
    signed_in.post(reverse("habits:import-dates"), {"order": "day"})
    import_jobs.run_waiting(lambda: now)
    again = signed_in.get(reverse("habits:import")).content.decode()
    signed_in.post(reverse("habits:confirm-import"), {"do-0": "add"})
    import_jobs.run_waiting(lambda: now)

    assert "날짜를 월/일/년 순서로 읽었어요." in shown
    assert "날짜를 일/월/년 순서로 읽었어요." in again
    assert [log.local_date.month for log in person.habits.get().logs.order_by("local_date")] == [5, 6, 7]


def test_habittroves_words_are_schedules():
    found = read("habittrove-first-release.json")

    assert [one.rule.schedule for one in found.habits] == [Weekly(1), Window(1, 30), Weekly(1)]
    assert found.problem_counts == {"schedule": 1}
    assert (
        formats.parse(
            files.habittrove({"name": "A", "frequency": "daily", "completions": []}), today=TODAY, zone="UTC"
        ).problem_counts
        == {}
    )


@pytest.mark.parametrize(
    ("rule", "schedule"),
    [
        ("DTSTART:20261031T150000Z\nRRULE:FREQ=DAILY;INTERVAL=2", Interval(2, dt.date(2026, 11, 1))),
        ("DTSTART;TZID=Asia/Seoul:20261102T090000\nRRULE:FREQ=DAILY;INTERVAL=3", Interval(3, dt.date(2026, 11, 2))),
        (
            "DTSTART:20261104T000000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
            AlternateWeeks(2, (1, 5), dt.date(2026, 11, 2)),
        ),
    ],
)
def test_habittroves_rules_begin_with_their_first_day(rule, schedule):
    found = formats.parse(
        files.habittrove({"name": "A", "frequency": rule, "completions": []}), today=TODAY, zone="UTC"
    )

    assert (found.habits[0].rule.schedule, found.problem_counts) == (schedule, {})


def test_a_day_that_habitica_did_not_ask_for_is_no_miss():
    [stretch] = read("habitica.json").habits
    done = {"isDue": True, "completed": True}
    history = [{"date": files.milliseconds(3)} | done, {"date": files.milliseconds(1)} | done]
    history.insert(1, {"date": files.milliseconds(1, hour=0), "isDue": False, "completed": False})
    task = {"_id": "a", "text": "A", "frequency": "daily", "everyX": 1, "history": history}
    [newer] = formats.parse(files.habitica(dailys=[task], preferences={}), today=TODAY, zone="UTC").habits

    assert (sorted(days(stretch)), stretch.rests) == (["2026-11-18", "2026-11-20"], {dt.date(2026, 11, 19)})
    assert newer.rests == {files.TODAY - 2 * files.DAY}


@pytest.mark.parametrize(
    ("repeat", "days_of_week", "monday"),
    [({"m": True, "f": True}, (1, 5), 2), ({"su": True}, (7,), 26)],
)
def test_habiticas_every_second_week_is_the_same_weeks(repeat, days_of_week, monday):
    task = {
        "_id": "a",
        "text": "A",
        "frequency": "weekly",
        "everyX": 2,
        "repeat": repeat,
        "startDate": "2026-11-03T00:00:00Z",
        "history": [],
    }

    found = formats.parse(files.habitica(dailys=[task]), today=TODAY, zone="UTC")

    anchor = dt.date(2026, 11, monday) if monday == 2 else dt.date(2026, 10, monday)
    assert (found.habits[0].rule.schedule, found.problem_counts) == (AlternateWeeks(2, days_of_week, anchor), {})
