"""Exports of habits: our import reads them unchanged, and Loop's rules accept them."""

import csv
import datetime as dt
import io
import json
import zipfile
from random import Random

import pytest

from files import storage
from habits import pauses
from habits.models import Habit, HabitCategory, HabitLog, HabitRest, Place, UserHabit, Weather
from habits.schedules import KINDS, Daily, MonthTotal, Rule, Timeline, WeekTotal
from habits.transfer import exporter, formats, loop_export
from habits.transfer.category_guess import CategoryGuess
from habits.transfer.importers.loop_csv import SKIP
from habits.transfer.parsed_file import ParsedHabit
from habits.transfer.upload_contents import Archive
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, HabitRestFactory, UserHabitFactory
from tests.factories.rest import UserSubscriptionFactory
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


@pytest.mark.parametrize("form", ["loop", "json"])
def test_totals_of_weeks_and_months_survive_export_and_import(sharing, form):
    rules = [Rule(WeekTotal(), 20, "쪽"), Rule(MonthTotal(), 600, "분"), Rule(MonthTotal(), 10, "잔", "at_most")]
    for number, rule in enumerate(rules):
        habit = HabitFactory(name=f"{number}", owner=sharing)
        user_habit = UserHabitFactory(
            user=sharing, habit=habit, sort_order=number, started_on=TODAY - 20 * DAY, started_at=NOW - 20 * DAY, **rule.columns()
        )  # fmt: skip
        for days_ago, count in ((9, 10), (8, 5), (1, 5)):
            done(user_habit, days_ago, count)
    other = new_person()

    imported(other, written(sharing, loop_export.write if form == "loop" else exporter.write_json), *["add"] * 3)

    assert [user_habit.rule for user_habit in other.habits.order_by("sort_order")] == rules
    assert history(other) == history(sharing)
    check_cached_streaks(other)


def test_loop_gets_an_amount_per_week_and_month(sharing):
    for number, rule in enumerate((Rule(WeekTotal(), 20, "쪽"), Rule(MonthTotal(), 10, "잔", "at_most"))):
        UserHabitFactory(user=sharing, sort_order=number, started_on=TODAY, started_at=NOW, **rule.columns())

    told = loop_rules.import_backup(opened(sharing).read(BACKUP))

    assert [(one.numeric, one.frequency, one.target, one.unit, one.at_most) for one in told] == [
        (True, (1, 7), 20.0, "쪽", False), (True, (1, 30), 10.0, "잔", True),
    ]  # fmt: skip


@pytest.mark.parametrize("write", [exporter.write_json, loop_export.write])
@pytest.mark.parametrize(("target", "direction", "amount", "streak"), [(8, "at_least", 3, 9), (2, "at_most", 5, 9)])
def test_a_rest_below_its_target_survives_export_and_import(sharing, write, target, direction, amount, streak):
    water = UserHabitFactory(
        user=sharing, habit=HabitFactory(name="물", owner=sharing), target_count=target, unit="잔", direction=direction,
        started_on=TODAY - 10 * DAY, started_at=NOW - 10 * DAY,
    )  # fmt: skip
    for days_ago in range(1, 11):
        done(water, days_ago, amount if days_ago == 5 else target)
    pauses.skip(sharing, water.pk, day=TODAY - 5 * DAY, at=NOW)
    water.refresh_from_db()
    other = new_person()

    imported(other, written(sharing, write), "add")

    assert (water.current_streak, other.habits.get().current_streak) == (streak, streak)
    check_cached_streaks(other)


def test_a_rest_on_a_day_that_reached_its_target_is_no_rest(sharing):
    run = UserHabitFactory(user=sharing, habit=HabitFactory(name="Run", owner=sharing), started_on=TODAY - 5 * DAY)
    done(run, 2)
    pauses.skip(sharing, run.pk, day=TODAY - 2 * DAY, at=NOW)

    habits = [
        formats.parse(written(sharing, write), today=TODAY, zone="UTC").habits[0]
        for write in (exporter.write_json, loop_export.write)
    ]

    assert [(set(one.days), one.rests) for one in habits] == [({TODAY - 2 * DAY}, set())] * 2


def test_a_rest_joins_a_day_here_that_is_below_the_target(sharing):
    water = UserHabitFactory(
        user=sharing, habit=HabitFactory(name="물 마시기", owner=sharing), target_count=8, unit="잔",
        started_on=TODAY - 9 * DAY, started_at=NOW - 9 * DAY,
    )  # fmt: skip
    done(water, 4, 3)

    imported(sharing, files.loop_zip(), "leave", "join", "leave")

    assert [rest.starts_on for rest in water.rests.all()] == [TODAY - 4 * DAY]


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


RULES = [
    ("daily", {}), ("weekly", {"times": 3}), ("custom", {"kind": "weekdays", "days": [1, 3, 5]}),
    ("custom", {"kind": "interval", "every": 2, "from": "2026-10-30"}), ("custom", {"kind": "window", "times": 2, "days": 9}),
    ("custom", {"kind": "weeks", "every": 2, "days": [2, 6], "from": "2026-10-26"}),
    ("custom", {"kind": "week_total"}), ("custom", {"kind": "month_total"}),
]  # fmt: skip


def random_rule(random) -> dict:
    frequency, schedule = random.choice(RULES)
    direction = random.choice(["at_least", "at_most"])
    return {
        "target_frequency": frequency, "schedule": schedule, "target_count": random.randint(1, 9),
        "unit": random.choice(["잔", None]), "direction": direction,
    }  # fmt: skip


def random_habit(person, random, number: int):
    """A habit with everything that the JSON holds."""
    begun = random.randint(0, 60)
    template = HabitFactory(
        name=f"습관 {number}", owner=person, description=random.choice([None, "천천히\n하기"]),
        color=random.choice([None, "#388E3C"]), icon=random.choice([None, "leaf"]),
    )  # fmt: skip
    rule, status = random_rule(random), random.choice(["active", "paused", "archived", "completed"])
    habit = UserHabitFactory(
        user=person, habit=template, **rule, sort_order=number, status=status, paused_at=NOW - 3 * DAY if status == "paused" else None,
        completed_at=NOW - 2 * DAY if status == "completed" else None, custom_name=random.choice([None, f"나의 습관 {number}"]),
        group_name=random.choice([None, "아침"]), anchor=random.choice([None, "양치 후"]), started_on=TODAY - begun * DAY,
        part_of_day=random.choice(["morning", "anytime"]), started_at=NOW - begun * DAY,
        reminder_times=random.choice([[], ["07:30", "21:00"]]), reminder_days=random.choice([[], [1, 6]]),
    )  # fmt: skip
    if random.random() < 0.5:
        earlier = UserHabitFactory.build(**random_rule(random)).rule
        habit.rules = earlier_and_now = Timeline(((dt.date.min, earlier), (TODAY - 9 * DAY, habit.rule))).to_json()
        assert len(earlier_and_now) == 2
        habit.save()
    for minute in range(random.randint(0, 40)):
        days_ago = random.randint(0, 60)
        HabitLogFactory(
            user_habit=habit, completed_count=random.randint(1, 9), target_count=random.randint(1, 9),
            completed_at=NOW - days_ago * DAY - dt.timedelta(minutes=minute), local_date=TODAY - days_ago * DAY,
            mood_score=random.choice([None, 8]), energy_level=random.choice([None, 3]), notes=random.choice([None, "비\n바람"]),
            location=random.choice([None, *Place.values]), weather=random.choice([None, *Weather.values]), local_hour=random.choice([None, 7]),
        )  # fmt: skip
    for _rest in range(random.randint(0, 4)):
        first, length = random.randint(-20, 60), random.randint(0, 9)
        last = random.choice([None, TODAY + (length - first) * DAY])
        HabitRestFactory(
            user=person, user_habit=random.choice([habit, None]), kind=random.choice(["pause", "skip"]),
            starts_on=TODAY - first * DAY, ends_on=last,
        )  # fmt: skip
    return habit


@pytest.mark.parametrize("seed", range(8))
def test_our_json_is_lossless(sharing, seed):
    random = Random(seed)  # noqa: S311 -- histories, no secrets
    for number in range(4):
        random_habit(sharing, random, number)
    other = new_person()
    UserSubscriptionFactory(user=other, current_period_start=NOW - DAY, current_period_end=NOW + DAY)
    data = written(sharing, exporter.write_json)

    imported(other, data)

    assert without_ids(written(other, exporter.write_json)) == without_ids(data)
    check_cached_streaks(other)


# Each column of a habit, and what holds it in the JSON; or why nothing does.
COLUMNS = {
    UserHabit: {
        "custom_name": "name", "habit": "description", "status": "status", "paused_at": "paused_at", "completed_at": "completed_at",
        "group_name": "group", "anchor": "anchor", "part_of_day": "part_of_day", "started_on": "started_on", "rules": "rules",
        "target_frequency": "rules", "schedule": "rules", "target_count": "rules", "unit": "rules", "direction": "rules",
        "reminder_times": "reminder_times", "reminder_days": "reminder_days",
    },
    Habit: {"name": "name", "own_name": "name", "own_description": "description", "description": "description", "category": "category", "icon": "icon", "color": "color"},
    HabitLog: {
        "completed_count": "amount", "target_count": "target", "completed_at": "at", "local_date": "day", "local_hour": "hour",
        "mood_score": "mood", "energy_level": "energy", "location": "place", "weather": "weather", "notes": "note",
    },
    HabitRest: {"kind": "kind", "starts_on": "first", "ends_on": "last"},
}  # fmt: skip
NOT_IN_JSON = {
    UserHabit: {
        "id user": "ids", "sort_order": "the order of the file", "created_at updated_at": "of the row", "empty_custom_name": "always empty",
        "notes": "no page writes it", "current_streak best_streak total_completions streak_state streak_through month_states closed_version first_logged_on counted counted_on": "computed",
        "is_kept is_read_only": "of the plan",
        "started_at": "the first day", "next_reminder_at next_rollover_at origin origin_index": "of this account",
    },
    Habit: {
        "id owner": "ids", "created_at updated_at": "of the row", "translations difficulty_level estimated_time_minutes instructions tips is_featured is_active sort_order": "of the catalogue",
        "default_frequency default_target_count default_schedule default_unit default_direction default_part_of_day": "those of the habit",
    },
    HabitLog: {"id user_habit": "ids", "created_at": "of the row", "streak_count": "computed", "image_urls": "photos are in the export of everything"},
    HabitRest: {"id user": "ids", "created_at": "of the row", "user_habit": "a rest of all habits is written with each"},
}  # fmt: skip


@pytest.mark.parametrize("model", COLUMNS)
def test_our_json_decides_on_every_column(model):
    left_out = {name for names in NOT_IN_JSON[model] for name in names.split()}

    assert left_out.isdisjoint(COLUMNS[model])
    assert {field.name for field in model._meta.concrete_fields} == left_out | COLUMNS[model].keys()


def test_our_json_holds_every_column_with_more_than_one_value(sharing):
    for seed in range(5):
        random_habit(sharing, Random(seed), seed)  # noqa: S311 -- histories, no secrets

    habits = json.loads(written(sharing, exporter.write_json))["habits"]

    parts = {
        UserHabit: habits, Habit: habits, HabitLog: [one for habit in habits for one in habit["check_ins"]],
        HabitRest: [one for habit in habits for one in habit["rests"]],
    }  # fmt: skip
    values = {
        model: {key: {str(one.get(key)) for one in parts[model]} for key in columns.values()}
        for model, columns in COLUMNS.items()
    }
    assert [(model, key) for model, keys in values.items() for key, seen in keys.items() if len(seen) < 2] == [
        (Habit, "category")
    ]


@pytest.mark.parametrize("schedule", RULES)
def test_every_kind_of_schedule_survives_our_json(sharing, schedule):
    frequency, details = schedule
    UserHabitFactory(
        user=sharing,
        habit=HabitFactory(name="A", owner=sharing),
        target_frequency=frequency,
        schedule=details,
        target_count=5,
        unit="잔",
    )
    other = new_person()

    imported(other, written(sharing, exporter.write_json))

    assert other.habits.get().rule == sharing.habits.get().rule


def test_the_schedules_tried_are_all_there_are():
    assert {(frequency, details.get("kind")) for frequency, details in RULES} == {
        (kind.frequency, kind.kind) for kind in KINDS.values()
    }


def without_ids(data: bytes) -> dict:
    content = json.loads(data)
    for habit in content["habits"]:
        del habit["id"]
    return content


def test_csv_is_one_row_for_each_check_in(recorded):
    rows = list(csv.DictReader(io.StringIO(written(recorded, exporter.write_csv).decode("utf-8-sig"), newline="")))

    assert len(rows) == 8
    assert [(row["habit"], row["date"], row["amount"], row["mood"], row["note"]) for row in rows if row["note"]] == [
        ("달리기", "2026-11-19", "1", "8", '비\n그리고 "바람"')
    ]


def test_in_csv_the_day_reached_its_target(person):
    water = UserHabitFactory(user=person, habit=HabitFactory(name="물", owner=person), target_count=8, unit="잔")
    for _tap in range(8):
        done(water, 2)
    done(water, 1, 3)

    rows = list(csv.DictReader(io.StringIO(written(person, exporter.write_csv).decode("utf-8-sig"), newline="")))

    assert [row["reached"] for row in rows] == ["1"] * 8 + ["0"]


def csv_history(person, *, category: HabitCategory) -> None:
    """A history of which CSV can hold everything but the rests."""
    water = UserHabitFactory(
        user=person,
        habit=HabitFactory(name="물", owner=person, category=category),
        target_count=8,
        unit="잔",
        sort_order=1,
    )
    coffee = UserHabitFactory(
        user=person,
        habit=HabitFactory(name="'=커피", owner=person, category=category),
        target_count=2,
        direction="at_most",
        sort_order=2,
    )
    water.set_rule(Rule(Daily(), 5, "컵"), day=TODAY - 2 * DAY)
    water.save()
    for number in range(4):
        done(
            water,
            4 - number,
            5 + number,
            target_count=8 if number < 2 else 5,
            notes=["비\n바람", "=1", "'-1", ""][number] or None,
            mood_score=number or None,
        )
    later = {"completed_at": NOW - DAY + dt.timedelta(minutes=5), "local_date": TODAY - DAY}
    HabitLogFactory(
        user_habit=water, completed_count=2, target_count=5, energy_level=3, location="home", weather="snow", **later
    )
    for days_ago, count in ((1, 1), (2, 3), (3, 2)):
        done(coffee, days_ago, count, target_count=2)
    night = person.calendar.at(TODAY - 3 * DAY, dt.time(2, 30))
    HabitLogFactory(user_habit=coffee, completed_at=night, local_date=TODAY - 3 * DAY, target_count=2)


@pytest.mark.parametrize("as_excel_saves_it", [False, True])
def test_our_csv_survives_export_and_import(sharing, content, as_excel_saves_it):
    sharing.day_start = 4
    sharing.save()
    csv_history(sharing, category=HabitCategory.objects.get(name_en="exercise"))
    data = given = written(sharing, exporter.write_csv)
    if as_excel_saves_it:
        given = data.decode("utf-8-sig").replace(",", ";").encode("cp949")
    other = UserFactory(privacy_settings={"health": True}, day_start=4)

    imported(other, given, "add", "add")

    assert written(other, exporter.write_csv) == data
    assert history(other) == history(sharing)
    assert [habit.timeline for habit in other.habits.order_by("sort_order")] == [
        habit.timeline for habit in sharing.habits.order_by("sort_order")
    ]
    check_cached_streaks(other)


def test_our_csv_changes_nothing_where_it_comes_from(recorded):
    before = record(recorded)

    row = imported(recorded, written(recorded, exporter.write_csv))

    assert (row.source, [one["do"] for one in row.preview]) == ("wellness_csv", ["join"] * 3)
    assert record(recorded) == before


def test_a_category_is_found_by_either_name(content):
    categories = list(HabitCategory.objects.all())
    guess = CategoryGuess(categories)

    for one in categories:
        assert [guess.of(ParsedHabit("k", "n", category=name)) for name in (one.name, one.name_en)] == [one, one]


def test_texts_are_no_formulas_for_a_spreadsheet(person):
    done(UserHabitFactory(user=person, habit=HabitFactory(name="=1+1", owner=person)), 1, notes="@SUM(A1)")

    [row] = csv.DictReader(io.StringIO(written(person, exporter.write_csv).decode("utf-8-sig")))

    assert (row["habit"], row["note"]) == ("'=1+1", "'@SUM(A1)")


@pytest.mark.parametrize("name", ['=HYPERLINK("http://evil")', "＝HYPERLINK(1)"])
def test_no_file_of_loops_export_has_a_formula(person, name):
    catalogued = HabitFactory(name=name, description="+1", owner=person)
    done(UserHabitFactory(user=person, habit=catalogued, unit="@잔", target_count=8), 1, notes="-1+1")
    archive = zipfile.ZipFile(io.BytesIO(written(person, loop_export.write)))

    sheets = [file for file in archive.namelist() if file.endswith(".csv")]
    cells = [cell for file in sheets for row in csv.reader(io.StringIO(archive.read(file).decode())) for cell in row]
    assert "'" + name in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝"))]


def test_an_export_holds_nothing_of_other_people(recorded, stranger):
    done(UserHabitFactory(user=stranger, custom_name="남의 습관"), 1, notes="비밀")

    for write in (exporter.write_csv, exporter.write_json):
        assert "남의 습관".encode() not in written(recorded, write)
    assert len(loop_rules.import_backup(opened(recorded).read(BACKUP))) == 3


@pytest.mark.parametrize(("kind", "begins"), [("csv", b"\xef\xbb\xbfhabit,"), ("json", b'{"format"'), ("loop", b"PK")])
def test_a_worker_builds_each_kind(recorded, kind, begins):
    export = exports.request(recorded, kind)
    exports.build_waiting(lambda: NOW)
    export.refresh_from_db()

    assert (export.state, export.total) == ("done", 8)
    assert storage.open_sealed(export.storage_path, export.file_key).read().startswith(begins)


def test_a_person_without_habits_gets_an_empty_export(person):
    assert loop_rules.import_backup(opened(person).read(BACKUP)) == []
    assert json.loads(written(person, exporter.write_json))["habits"] == []


def test_our_zip_passes_our_own_checks(recorded):
    archive = Archive(written(recorded, loop_export.write))

    assert formats.parse(archive.read(BACKUP), today=TODAY, zone="UTC").problem_counts == {}
