import datetime as dt
import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamification import criteria
from gamification.criteria import (
    CriteriaError,
    CriterionTally,
    Progress,
    count,
    parse,
    progress_ratio,
    satisfied,
    uncount,
)
from tests.operations import count_calls

SUNDAY = dt.date(2026, 11, 22)


def check_in(**facts) -> Progress:
    return Progress(**{"completed": True, "day": SUNDAY, "hour": 7, "category": "health", **facts})


def counted(*acts: Progress) -> dict[str, int]:
    counters: dict[str, int] = {}
    for act in acts:
        counters = count(counters, act)
    return counters


@pytest.mark.parametrize(
    ("asked", "there", "not_there"),
    [
        ({"kind": "streak_days", "need": 7}, Progress(streak=7), Progress(streak=6)),
        (
            {"kind": "streak_weeks", "need": 4},
            Progress(streak=4, streak_unit="weeks"),
            Progress(streak=40, streak_unit="days"),
        ),
        ({"kind": "rested", "need": 1}, Progress(streak=5, rested=1), Progress(streak=0, rested=1)),
        ({"kind": "protected", "need": 1}, Progress(streak=5, protected=1), Progress(streak=5)),
        ({"kind": "habit_total", "need": 10}, Progress(habit_total=10), Progress(total=10)),
        ({"kind": "total", "need": 10}, Progress(total=10), Progress(habit_total=10)),
        ({"kind": "habits", "need": 3}, Progress(active_habits=3), Progress(active_habits=2)),
        ({"kind": "level", "need": 5}, Progress(level=5), Progress(level=4)),
        ({"kind": "comeback", "away": 14}, check_in(days_away=14), check_in(days_away=13)),
        ({"kind": "comeback", "away": 14}, check_in(days_away=99), Progress(days_away=99)),
        ({"kind": "date", "month": 11, "day": 22}, check_in(), check_in(day=dt.date(2026, 11, 23))),
        ({"kind": "days", "need": 2}, Progress(counters={"days": 2}), Progress(counters={"days": 1})),
        ({"kind": "perfect_days", "need": 1}, Progress(counters={"perfect": 1}), Progress(counters={"days": 9})),
        (
            {"kind": "hours", "start": 4, "end": 6, "need": 3},
            Progress(counters={"hour.4": 1, "hour.5": 2}),
            Progress(counters={"hour.3": 9, "hour.5": 2, "hour.6": 9}),
        ),
        (
            {"kind": "hours", "start": 23, "end": 2, "need": 3},
            Progress(counters={"hour.23": 1, "hour.0": 1, "hour.1": 1}),
            Progress(counters={"hour.2": 9, "hour.22": 9}),
        ),
        (
            {"kind": "weekdays", "days": [6, 7], "need": 2},
            Progress(counters={"weekday.6": 1, "weekday.7": 1}),
            Progress(counters={"weekday.5": 9, "weekday.7": 1}),
        ),
        (
            {"kind": "category", "category": "health", "need": 2},
            Progress(counters={"category.health": 2}),
            Progress(counters={"category.learning": 2}),
        ),
        (
            {"kind": "categories", "need": 2, "times": 5},
            Progress(counters={"category.health": 5, "category.learning": 6}),
            Progress(counters={"category.health": 5, "category.learning": 4, "hour.7": 9}),
        ),
        (
            {"kind": "noted", "what": "mood", "need": 2},
            Progress(counters={"noted.mood": 2}),
            Progress(counters={"noted.energy": 2}),
        ),
        (
            {"kind": "weather", "weather": "rain", "need": 1},
            Progress(counters={"weather.rain": 1}),
            Progress(counters={"weather.snow": 1}),
        ),
        (
            {"kind": "seasons", "need": 2, "days": 3},
            Progress(counters={"month.12": 1, "month.2": 2, "month.3": 3}),
            Progress(counters={"month.12": 1, "month.2": 1, "month.3": 3}),
        ),
    ],
)
def test_each_kind_knows_when_it_is_reached(asked, there, not_there):
    criterion = parse(asked)

    assert satisfied(criterion, there)
    assert not satisfied(criterion, not_there)


def test_every_kind_has_been_tried_above():
    tried = {case[0]["kind"] for case in test_each_kind_knows_when_it_is_reached.pytestmark[0].args[1]}

    assert tried == set(criteria.json_schema()["discriminator"]["mapping"])


def test_an_hour_window_with_equal_ends_is_the_whole_day():
    criterion = parse({"kind": "hours", "start": 5, "end": 5, "need": 24})

    assert satisfied(criterion, Progress(counters={f"hour.{hour}": 1 for hour in range(24)}))


def test_a_tally_never_shows_more_than_is_asked():
    criterion = parse({"kind": "total", "need": 50})

    assert criterion.tally(Progress(total=32)) == CriterionTally(32, 50)
    assert criterion.tally(Progress(total=80)) == CriterionTally(50, 50)
    assert progress_ratio(criterion, Progress(total=25)) == 0.5
    assert progress_ratio(criterion, Progress(total=80)) == 1.0


def test_a_completed_check_in_moves_its_counters():
    act = check_in(first_of_day=True, perfect_day=True, noted=frozenset({"mood"}), weather="rain")

    assert count({"days": 4}, act) == {
        "noted.mood": 1,
        "weather.rain": 1,
        "weekday.7": 1,
        "category.health": 1,
        "hour.7": 1,
        "days": 5,
        "month.11": 1,
        "perfect": 1,
    }


def test_one_glass_of_eight_moves_only_what_was_noted():
    assert count({}, Progress(day=SUNDAY, hour=7, noted=frozenset({"energy"}))) == {"noted.energy": 1}


def test_a_back_dated_check_in_has_no_hour():
    assert not [name for name in count({}, check_in(hour=None)) if name.startswith("hour.")]


def test_a_day_with_two_habits_is_one_day():
    assert counted(check_in(first_of_day=True), check_in(category="learning"))["days"] == 1


def test_counting_leaves_the_given_counters_alone():
    counters = {"days": 1}

    count(counters, check_in(first_of_day=True))
    uncount(counters, check_in(first_of_day=True))

    assert counters == {"days": 1}


acts = st.builds(
    Progress,
    completed=st.booleans(),
    day=st.dates(),
    hour=st.none() | st.integers(0, 23),
    category=st.sampled_from(["health", "learning"]),
    first_of_day=st.booleans(),
    perfect_day=st.booleans(),
    noted=st.frozensets(st.sampled_from(["mood", "energy", "note", "photo"])),
    weather=st.sampled_from(["", "rain", "snow"]),
)


@given(st.lists(acts, max_size=8), acts)
def test_undo_is_the_inverse_of_a_check_in(before, act):
    counters = counted(*before)

    assert uncount(count(counters, act), act) == counters


@given(acts)
def test_counters_never_fall_below_nothing(act):
    assert uncount({}, act) == {}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, "kind"),
        ([], "kind"),
        ({}, "kind"),
        ({"kind": "luck", "need": 1}, "kind"),
        ({"kind": "total"}, "need"),
        ({"kind": "total", "need": 0}, "need"),
        ({"kind": "total", "need": "3"}, "need"),
        ({"kind": "total", "need": True}, "need"),
        ({"kind": "total", "need": 3, "times": 3}, "times"),
        ({"kind": "total", "need": 3, "hidden": "yes"}, "hidden"),
        ({"kind": "streak_days", "need": 100_000}, "need"),
        ({"kind": "hours", "start": 24, "end": 2, "need": 1}, "start"),
        ({"kind": "weekdays", "days": [], "need": 1}, "days"),
        ({"kind": "weekdays", "days": [0], "need": 1}, "days.0"),
        ({"kind": "noted", "what": "weight", "need": 1}, "what"),
        ({"kind": "comeback", "away": 3, "need": 2}, "need"),
        ({"kind": "category", "category": "", "need": 1}, "category"),
    ],
)
def test_wrong_criteria_name_the_parameter(value, where):
    with pytest.raises(CriteriaError) as refused:
        parse(value)

    assert list(refused.value.problems) == [where]


def test_wrong_criteria_are_told_in_korean():
    with pytest.raises(CriteriaError) as refused:
        parse({"kind": "total", "need": 0, "times": 2})

    assert str(refused.value) == "need: 1 이상이어야 해요.; times: 이 조건에는 없는 이름이에요."


def test_a_criterion_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        parse({"kind": "total", "need": 3}).need = 4


KINDS = [
    {"kind": "streak_days", "need": 7}, {"kind": "habit_total", "need": 10}, {"kind": "total", "need": 99},
    {"kind": "days", "need": 50}, {"kind": "perfect_days", "need": 7}, {"kind": "comeback", "away": 14},
    {"kind": "hours", "start": 23, "end": 2, "need": 10}, {"kind": "weekdays", "days": [6, 7], "need": 30},
    {"kind": "category", "category": "health", "need": 50}, {"kind": "noted", "what": "mood", "need": 30},
]  # fmt: skip


def test_judging_takes_a_few_calls_however_much_is_counted():
    """A check-in judges every achievement that is still open, so the number of counters must not matter."""
    few = check_in(counters={f"hour.{hour}": 3 for hour in range(24)} | {"weekday.7": 4, "days": 9})
    many = check_in(counters=few.counters | {f"noted.{number}": number for number in range(5000)})

    def calls(progress: Progress) -> dict[str, int]:
        return {kind["kind"]: count_calls(functools.partial(satisfied, parsed, progress)) for kind, parsed in judged}

    judged = [(kind, parse(kind)) for kind in KINDS]
    calls(few)  # what only the first call does
    assert calls(many) == calls(few)
    assert max(calls(few).values()) <= 30, calls(few)
