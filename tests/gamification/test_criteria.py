import datetime as dt
import functools

import pytest
from pydantic import TypeAdapter

from gamification import criteria
from gamification.counters import DayCounters
from gamification.criteria import CriteriaError, CriterionTally, Progress, parse, satisfied
from gamification.lunar_dates import lunar_day
from tests.operations import count_calls

KINDS = set(TypeAdapter(criteria.AnyCriterion).json_schema()["$defs"]["AnyCriterion"]["discriminator"]["mapping"])
SUNDAY = dt.date(2026, 11, 22)


def check_in(**facts) -> Progress:
    return Progress(**{"completed": True, "day": SUNDAY, **facts})


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
        ({"kind": "habit_total", "need": 10}, Progress(habit_total=10), Progress(habit_total=9)),
        ({"kind": "total", "need": 10}, Progress(counters={"times": 10}), Progress(habit_total=10)),
        (
            {"kind": "habits_done", "need": 2, "times": 3},
            Progress(counters={"habit.a": 3, "habit.b": 4}),
            Progress(counters={"habit.a": 3, "habit.b": 2}),
        ),
        (
            {"kind": "perfect_weeks", "need": 2},
            Progress(counters={"perfect_weeks": 2}),
            Progress(counters={"perfect": 14}),
        ),
        ({"kind": "lunar", "feast": "chuseok"}, check_in(day=dt.date(2026, 9, 25)), check_in(day=dt.date(2026, 9, 24))),
        ({"kind": "lunar", "feast": "seollal"}, check_in(day=dt.date(2027, 2, 7)), Progress(day=dt.date(2027, 2, 7))),
        ({"kind": "reactions", "need": 3}, Progress(reactions=3), Progress(reactions=2)),
        (
            {"kind": "all", "of": [{"kind": "streak_days", "need": 7}, {"kind": "total", "need": 9}]},
            Progress(streak=7, counters={"times": 9}),
            Progress(streak=6, counters={"times": 9}),
        ),
        (
            {"kind": "any", "of": [{"kind": "streak_days", "need": 7}, {"kind": "total", "need": 9}]},
            Progress(streak=6, counters={"times": 9}),
            Progress(streak=6, counters={"times": 8}),
        ),
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

    assert tried == KINDS


def test_an_hour_window_with_equal_ends_is_the_whole_day():
    criterion = parse({"kind": "hours", "start": 5, "end": 5, "need": 24})

    assert satisfied(criterion, Progress(counters={f"hour.{hour}": 1 for hour in range(24)}))


def test_a_tally_never_shows_more_than_is_asked():
    criterion = parse({"kind": "total", "need": 50})

    assert criterion.tally(Progress(counters={"times": 32})) == CriterionTally(32, 50)
    assert criterion.tally(Progress(counters={"times": 80})) == CriterionTally(50, 50)


def test_a_completion_counts_its_habit_category_hour_and_day():
    counters = DayCounters(SUNDAY, {})

    counters.check_in({"mood"}, "rain")
    counters.completion(habit="a", category="health", hour=7)
    counters.check_in(set(), "")
    counters.completion(habit="b", category="health", hour=None)
    counters.perfect(True)

    assert counters.counters == {
        "logs": 2,
        "noted.mood": 1,
        "weather.rain": 1,
        "times": 2,
        "habit.a": 1,
        "habit.b": 1,
        "weekday.7": 2,
        "category.health": 2,
        "hour.7": 1,
        "days": 1,
        "month.11": 1,
        "perfect": 1,
    }


def test_a_day_is_perfect_once_or_not_at_all():
    counters = DayCounters(SUNDAY, {})

    counters.perfect(True)
    counters.perfect(True)
    counters.perfect(False)

    assert counters.counters == {}


@pytest.mark.parametrize("kind", criteria.EXAMPLES)
def test_each_kind_watches_a_fact_that_an_act_can_raise(kind):
    watched = parse(dict(criteria.EXAMPLES[kind])).watched
    counters = DayCounters(SUNDAY, {})
    counters.check_in({"mood", "energy", "note", "photo"}, "rain")
    for hour in range(24):
        counters.completion(habit="a", category="health", hour=hour)
    gains = counters.counters | {"perfect": 1, "perfect_weeks": 1, "level": 1}

    assert watched & criteria.raised_by(gains, completed=True, reacted=True)


def test_there_is_an_example_of_every_kind():
    assert {example["kind"] for example in criteria.EXAMPLES.values()} == set(criteria.EXAMPLES)
    assert set(criteria.EXAMPLES) == KINDS


def test_feasts_are_those_of_the_published_calendar():
    """Korea Astronomy and Space Science Institute, holidays of these years."""
    seollal = [
        dt.date(2024, 2, 10),
        dt.date(2025, 1, 29),
        dt.date(2026, 2, 17),
        dt.date(2027, 2, 7),
        dt.date(2028, 1, 27),
    ]
    chuseok = [
        dt.date(2024, 9, 17),
        dt.date(2025, 10, 6),
        dt.date(2026, 9, 25),
        dt.date(2027, 9, 15),
        dt.date(2028, 10, 3),
    ]

    assert {lunar_day(day) for day in seollal} == {(1, 1)}
    assert {lunar_day(day) for day in chuseok} == {(8, 15)}
    # The sixth month of 2025 came twice: its second time is no feast.
    assert lunar_day(dt.date(2025, 8, 1)) is None


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


def test_judging_takes_a_few_calls_however_much_is_counted():
    """A check-in judges every achievement that is still open, so the number of counters must not matter."""
    few = check_in(counters={f"hour.{hour}": 3 for hour in range(24)} | {"weekday.7": 4, "days": 9})
    many = check_in(counters=few.counters | {f"noted.{number}": number for number in range(5000)})

    def calls(progress: Progress) -> dict[str, int]:
        return {kind["kind"]: count_calls(functools.partial(satisfied, parsed, progress)) for kind, parsed in judged}

    judged = [(kind, parse(dict(kind))) for kind in criteria.EXAMPLES.values()]
    # What only the first call does: the calendar of feasts, and the counters by prefix, once for each act.
    calls(few), calls(many)
    assert calls(many) == calls(few)
    assert max(calls(few).values()) <= 45, calls(few)


def test_the_counters_are_searched_once_however_many_achievements_ask():
    progress = check_in(counters={f"habit.{number}": number for number in range(500)})
    asked = [parse({"kind": "habits_done", "need": 20, "times": times}) for times in range(1, 41)]

    first, *others = [count_calls(functools.partial(satisfied, one, progress)) for one in asked]

    # Looking each of 500 names through would be 500 more calls.
    assert max(others) <= first - 500
