"""Each format in each of its versions: the file's content is parsed completely, and problems are listed by line."""

import datetime as dt

import pytest

from habits.schedules import Daily, Interval, Weekdays, Weekly, WeekTotal, Window
from habits.transfer import formats
from habits.transfer.parsed_file import ImportRefused, ParsedFile, ProblemReason, RefusalReason
from tests.transfer import files
from tests.transfer.files import TODAY, ago, loop_day, loop_habit

SEOUL = "Asia/Seoul"


def read(data: bytes) -> ParsedFile:
    return formats.parse(data, today=TODAY, zone=SEOUL)


def days_ago(habit) -> dict[int, int]:
    return {(TODAY - day).days: done.amount for day, done in habit.days.items()}


def rested(habit) -> set[int]:
    return {(TODAY - day).days for day in habit.rests}


def lines(found) -> list[tuple]:
    return [(one.reason, one.part, one.line) for one in found.problems]


def test_loops_zip_tells_words_amounts_rests_and_notes():
    run, water, coffee = read(files.loop_zip()).habits

    assert (run.name, run.rule.schedule, run.description) == ("Run", Weekly(3), 'Did you run?\nSlowly, "gently"')
    assert (days_ago(run), rested(run)) == ({1: 1, 5: 1}, {3})
    assert run.days[TODAY - files.DAY].note == "rain,\nbut fun"
    assert (water.rule.target, water.rule.unit, days_ago(water), rested(water)) == (8, "잔", {1: 8, 2: 3}, {4})
    assert (coffee.rule.direction, coffee.rule.target, coffee.archived) == ("at_most", 2, True)
    assert (days_ago(coffee), coffee.first_on) == ({2: 4}, TODAY - 2 * files.DAY)


def test_loops_older_zip_tells_the_same_by_numbers():
    meditate, walk = read(files.old_loop_zip()).habits

    assert (days_ago(meditate), rested(meditate), meditate.rule.target) == ({1: 1, 5: 1}, {3}, 1)
    assert days_ago(walk) == {1: 5}


def test_a_zip_packed_again_with_its_folder_is_the_same():
    inner = files.zipped({"Loop Habits CSV/Habits.csv": f"{files.OLD_HEAD}\n001,A,,,1,1,#FF8F00\n"} | {
        "Loop Habits CSV/001 A/Checkmarks.csv": f"{ago(1)},2\n", "__MACOSX/._Habits.csv": "x",
    })  # fmt: skip

    assert days_ago(read(inner).habits[0]) == {1: 1}


def test_lines_that_cannot_be_read_are_named():
    broken = files.table(
        ["Date", "Value", "Notes"], ["yesterday", "YES_MANUAL", ""], [ago(1), "MAYBE", ""], [ago(-3), "YES_MANUAL", ""],
        [ago(4000), "YES_MANUAL", ""], ["lonely"], [ago(2), "NO", "ill"], [ago(3), "YES_MANUAL", ""],
    )  # fmt: skip
    part = "001 Run/Checkmarks.csv"

    found = read(files.loop_zip(**{part: broken}))

    assert days_ago(found.habits[0]) == {3: 1}
    assert lines(found) == [
        (ProblemReason.DAY, part, 2), (ProblemReason.AMOUNT, part, 3), (ProblemReason.SHAPE, part, 6), (ProblemReason.AHEAD, part, 4), (ProblemReason.TOO_OLD, part, 5),
        (ProblemReason.NOTE_ALONE, part, 7),
    ]  # fmt: skip


def test_loops_backup_tells_reminders_and_ids():
    habits = [
        loop_habit(1, "Run", uuid="abc", reminder_hour=7, reminder_min=5, reminder_days=0b0000101, color=19),
        loop_habit(2, "Read", type=1, target_value=2.5, unit="km", freq_den=7),
    ]
    days = [
        loop_day(1, 1, value=2, notes="good"), loop_day(1, 2, value=3), loop_day(1, 3, value=1), loop_day(1, 4, value=0),
        loop_day(2, 1, value=1500), loop_day(2, 2, value=3), loop_day(9, 1, value=2),
        {"habit": 1, "timestamp": "soon", "value": 2},
    ]  # fmt: skip

    found = read(files.loop_db(habits=habits, days=days))

    run, ran = found.habits
    assert (run.key, run.reminder_times, run.reminder_days, run.color) == ("uuid:abc", ["07:05"], [1, 6], "#aaaaaa")
    assert (days_ago(run), rested(run), run.days[TODAY - files.DAY].note) == ({1: 1}, {2}, "good")
    # 2.5 km in a week, in metres.
    assert (ran.rule.schedule, ran.rule.target, ran.rule.unit) == (WeekTotal(), 2500, "m")
    assert (days_ago(ran), rested(ran)) == ({1: 1500}, {2})
    assert {(ProblemReason.NO_HABIT, "Repetitions", 7), (ProblemReason.DAY, "Repetitions", 8)} == set(lines(found))


def test_loops_oldest_backup_has_no_values():
    data = files.loop_db(version=12, habits=[loop_habit(1, "A", color=12)], days=[loop_day(1, 1), loop_day(1, 1)])

    [habit] = read(data).habits
    assert (days_ago(habit), habit.color) == ({1: 1}, "#aaaaaa")


def test_a_backup_that_was_closed_in_a_hurry_opens():
    data = bytearray(files.loop_db(habits=[loop_habit(1, "A")], days=[loop_day(1, 1, value=2)]))
    data[18:20] = b"\2\2"

    assert days_ago(read(bytes(data)).habits[0]) == {1: 1}


@pytest.mark.parametrize(
    ("times", "days", "schedule"),
    [(1, 1, Daily()), (7, 7, Daily()), (3, 7, Weekly(3)), (2, 3, Window(2, 3)), (10, 30, Window(10, 30)), (1, 90, Window(1, 60))],
)  # fmt: skip
def test_loops_frequency_is_the_nearest_schedule(times, days, schedule):
    habit = loop_habit(1, "A", freq_num=times, freq_den=days)

    assert read(files.loop_db(habits=[habit])).habits[0].rule.schedule == schedule


def test_habitbull_tells_amounts_in_either_order_of_dates():
    data = files.habitbull(
        "Push-ups,strong,Fitness,2026-11-01,30,hard", "Push-ups,strong,Fitness,11/05/2026,0,",
        "Push-ups,strong,Fitness,11/06/2026,-2,", "Read,,Learning,11/07/2026,1,", "Read,,Learning,13/13/2026,1,",
    )  # fmt: skip
    european = files.habitbull("Read,,,05/11/2026,1,", "Read,,,13/11/2026,1,")

    found = read(data)

    push, book = found.habits
    assert (push.name, push.group, push.days[dt.date(2026, 11, 1)]) == ("Push-ups", "Fitness", (30, "hard", None, None))
    assert (ProblemReason.AMOUNT, "", 4) in lines(found)
    assert set(read(european).habits[0].days) == {dt.date(2026, 11, 5), dt.date(2026, 11, 13)}
    # A day above twelve shows that days come first: so 11/07 is the 11th of July.
    assert (book.name, list(book.days)) == ("Read", [dt.date(2026, 7, 11)])


def test_habitica_tells_days_by_its_own_clock_and_leaves_averages():
    history = [
        {"date": files.milliseconds(200), "value": 3.2},
        # 01:00 in Seoul belongs to the day before: this user's day begins at four.
        {"date": files.milliseconds(3, hour=16), "value": 1, "isDue": True, "completed": True},
        {"date": files.milliseconds(1), "value": 2, "isDue": True, "completed": False},
        {"date": "never", "completed": True},
    ]
    daily = {
        "_id": "d", "text": "스트레칭 🧘", "frequency": "weekly", "everyX": 1, "repeat": {"m": True, "w": True, "su": False},
        "history": history, "checklist": [{"text": "neck"}], "tags": ["t"], "reminders": [{"time": "2026-11-01T22:30:00.000Z"}],
    }  # fmt: skip
    every = {
        "_id": "e",
        "text": "E",
        "frequency": "daily",
        "everyX": 3,
        "startDate": "2026-11-01T15:00:00Z",
        "history": [],
    }
    up = {"_id": "u", "text": "물", "up": True, "frequency": "weekly", "history": [
        {"date": files.milliseconds(2), "scoredUp": 2, "scoredDown": 1}, {"date": files.milliseconds(2), "scoredUp": 1, "scoredDown": 0},
    ]}  # fmt: skip
    down = {
        "_id": "n",
        "text": "담배",
        "up": False,
        "down": True,
        "history": [{"date": files.milliseconds(2), "scoredUp": 0, "scoredDown": 2}],
    }

    found = read(
        files.habitica(dailys=[daily, every, 7], habits=[up, down], todos=[{}], tags=[{"id": "t", "name": "몸"}])
    )

    stretch, third, water, smoke = found.habits
    assert (stretch.rule.schedule, stretch.description, stretch.group) == (Weekdays((1, 3)), "- neck", "몸")
    assert (days_ago(stretch), stretch.reminder_times) == ({3: 1}, ["07:30"])
    assert third.rule.schedule == Interval(3, dt.date(2026, 11, 1))
    assert (days_ago(water), water.rule.schedule) == ({2: 3}, Weekly(1))
    assert (days_ago(smoke), smoke.rule.direction, smoke.rule.target) == ({2: 2}, "at_most", 0)
    assert found.problem_counts == {
        ProblemReason.AVERAGED: 1,
        ProblemReason.DAY: 1,
        ProblemReason.SHAPE: 1,
        ProblemReason.DOWNS: 1,
        ProblemReason.NOT_HABITS: 1,
    }


def test_beaver_tells_periods_notes_and_skips():
    habit = {
        "id": "x", "name": "걷기", "tags": ["바깥"], "period": {"period_type": "W", "period_count": 1, "target_count": 3},
        "records": [
            {"day": ago(1), "done": True, "text": "비"}, {"day": ago(2), "done": True, "text": "#skip"}, {"day": ago(3), "done": False},
            {"day": "2026-02-30", "done": True}, {"day": ago(4), "done": "yes"}, 5,
        ],
    }  # fmt: skip

    found = read(files.beaver(habit, {"name": "gone", "status": "soft_delete", "records": []}))

    [walk] = found.habits
    assert (walk.rule.schedule, days_ago(walk), rested(walk), walk.group) == (Weekly(3), {1: 1}, {2, 4}, "바깥")
    assert lines(found) == [
        (ProblemReason.DAY, "habits[1].records", 4),
        (ProblemReason.SHAPE, "habits[1].records", 5),
        (ProblemReason.SHAPE, "habits[1].records", 6),
    ]


def test_habittrove_counts_completions_by_its_own_zone():
    habit = {
        "id": "x", "name": "물", "frequency": "RRULE:FREQ=WEEKLY;BYDAY=MO,WE", "targetCompletions": 2,
        "completions": ["2026-11-20T16:00:00.000Z", "2026-11-20T23:00:00.000Z", "2026-11-20T10:00:00Z", "soon"],
    }  # fmt: skip

    found = read(files.habittrove(habit, {"id": "t", "name": "once", "isTask": True, "completions": []}))

    [water] = found.habits
    assert (water.rule.schedule, water.rule.target) == (Weekdays((1, 3)), 2)
    assert {day.isoformat(): done.amount for day, done in water.days.items()} == {"2026-11-21": 2, "2026-11-20": 1}
    assert found.problem_counts == {ProblemReason.DAY: 1, ProblemReason.NOT_HABITS: 1}


@pytest.mark.parametrize(
    ("rule", "schedule"),
    [("FREQ=DAILY", Daily()), ("FREQ=DAILY;INTERVAL=2", Interval(2, TODAY)), ("DTSTART:20250101T000000Z\nRRULE:FREQ=DAILY", Daily()),
     ("FREQ=MONTHLY;BYMONTHDAY=1,15", Window(2, 30)), ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", Window(1, 14)), ("invalid", Daily())],
)  # fmt: skip
def test_habittroves_recurrence_is_the_nearest_schedule(rule, schedule):
    data = files.habittrove({"id": "x", "name": "A", "frequency": rule, "completions": []})

    assert read(data).habits[0].rule.schedule == schedule


UNREADABLE = {
    "beaver": files.beaver({"name": "A", "records": [
        {"day": ago(1), "done": True}, {"day": ago(2), "done": "yes"}, {"day": "soon", "done": True}, 5,
    ]}),
    "our JSON": files.our_json(check_ins=[
        {"day": ago(1), "amount": 1}, {"day": ago(2), "amount": "x"}, {"day": "soon", "amount": 1}, 5,
    ]),
    "Loop's backup": files.loop_db(habits=[loop_habit(1, "A")], days=[
        loop_day(1, 1, value=2), loop_day(1, 2, value="x"), {"habit": 1, "timestamp": "soon", "value": 2}, {"habit": 1, "timestamp": -5, "value": 2},
    ]),
    "Loop's zip": files.zipped({"Habits.csv": f"{files.OLD_HEAD}\n001,A,,,1,1,#FF8F00\n", "001 A/Checkmarks.csv": f"{ago(1)},2\n{ago(2)},x\nsoon,2\n5\n"}),
    "HabitBull": files.habitbull(f"A,,,{ago(1)},1,", f"A,,,{ago(2)},x,", "A,,,soon,1,", "A,,,5,1,"),
    "our CSV": files.our_csv(f"A,{ago(1)},,1,1", f"A,{ago(2)},,x,1", "A,soon,,1,1", "A,5,,1,1"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_row_that_cannot_be_read_is_listed_and_its_day_is_no_miss(name):
    found = read(UNREADABLE[name])

    assert (days_ago(found.habits[0]), rested(found.habits[0])) == ({1: 1}, {2})
    assert len(found.problems) == sum(found.problem_counts[why] for why in {one.reason for one in found.problems}) == 3


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_habit_of_which_nothing_can_be_read_is_not_begun(name):
    data = UNREADABLE[name]
    if name == "Loop's zip":
        data = files.zipped(
            {"Habits.csv": f"{files.OLD_HEAD}\n001,A,,,1,1,#FF8F00\n", "001 A/Checkmarks.csv": "soon,2\n"}
        )
    elif name == "Loop's backup":
        data = files.loop_db(habits=[loop_habit(1, "A")], days=[{"habit": 1, "timestamp": "soon", "value": 2}])
    else:
        data = data.replace(ago(1).encode(), b"soon").replace(ago(2).encode(), b"soon")

    with pytest.raises(ImportRefused) as refused:
        read(data)

    assert refused.value.reason == RefusalReason.UNREADABLE


def test_an_amount_out_of_range_is_unreadable_in_every_format():
    found = read(
        files.loop_db(
            habits=[loop_habit(1, "A", type=1)], days=[loop_day(1, 1, value=10**9 * 5), loop_day(1, 2, value=-7)]
        )
    )

    assert (days_ago(found.habits[0]), rested(found.habits[0])) == ({}, {1, 2})


TWICE = {
    "beaver": files.beaver({"name": "A", "records": [{"day": ago(1), "done": False}, {"day": ago(1), "done": True}, {"day": ago(1), "done": True}]}),
    "HabitBull": files.habitbull(f"A,,,{ago(1)},0,", f"A,,,{ago(1)},1,", f"A,,,{ago(1)},1,"),
    "Loop's backup": files.loop_db(habits=[loop_habit(1, "A")], days=[loop_day(1, 1, value=0), loop_day(1, 1, value=2)]),
}  # fmt: skip


@pytest.mark.parametrize("name", TWICE)
def test_a_day_that_is_said_in_two_ways_is_told_and_the_later_counts(name):
    found = read(TWICE[name])

    assert (days_ago(found.habits[0]), found.problem_counts[ProblemReason.DISAGREES] > 0) == ({1: 1}, True)


def test_a_table_of_all_that_cannot_be_matched_is_not_compared():
    for text in ("Date,물,마시기,Run,Coffee\n", 'Date,"Run" fast,물,Coffee,\n'):
        found = read(files.loop_zip(**{"Checkmarks.csv": text + f"{ago(1)},0,0,0,\n"}))

        assert ProblemReason.DISAGREES not in found.problem_counts


def test_days_without_an_entry_are_counted_in_loop_too():
    found = read(files.loop_zip())

    # One UNKNOWN; YES_AUTO is Loop's own.
    assert (found.problem_counts, found.problems) == ({ProblemReason.NO_ENTRY: 1}, [])


def test_names_and_notes_lose_what_is_no_text():
    name, note = "\u202e걷\u0000기\n👨‍👩‍👧 \ud800", "a\u0000b\r\nc" + "x" * 3000

    found = read(files.beaver({"name": name, "records": [{"day": ago(1), "done": True, "text": note}]}))

    assert found.habits[0].name == "걷 기 👨‍👩‍👧"
    assert found.habits[0].days[TODAY - files.DAY].note.startswith("ab\ncx")
    assert found.problem_counts == {ProblemReason.NOTE_CUT: 1}


def test_two_habits_of_one_name_stay_two():
    found = read(files.beaver({"name": "A", "records": []}, {"name": "A", "records": []}, {"name": " ", "records": []}))

    assert [habit.key for habit in found.habits] == ["A", "A#2"]
    assert lines(found) == [(ProblemReason.NAME, "habits[3]", 0)]


@pytest.mark.parametrize("data", [b"", b"  ", files.beaver(), files.habitica(), files.habitbull(), files.loop_db()])
def test_a_file_without_habits_is_none(data):
    with pytest.raises(ImportRefused) as refused:
        read(data)

    assert refused.value.reason == RefusalReason.EMPTY
