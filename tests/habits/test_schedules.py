import json
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from habits.schedules import Daily, Interval, Rule, RuleError, Timeline, Weekdays, Weekly, Window, parse

MONDAY = date(2026, 1, 5)
EIGHT_GLASSES = Rule(Daily(), 8, "잔")

schedules = st.one_of(
    st.just(Daily()),
    st.builds(Weekly, st.integers(1, 7)),
    st.builds(Weekdays, st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days)))),
    st.builds(Interval, st.integers(2, 365), st.dates()),
    st.tuples(st.integers(1, 60), st.integers(1, 60)).map(lambda pair: Window(min(pair), max(pair))),
)
rules = st.builds(
    Rule,
    schedules,
    st.integers(1, 1_000_000),
    st.sampled_from(["", "잔", "km"]),
    st.sampled_from(["at_least", "at_most"]),
)
timelines = st.dictionaries(st.dates(), rules, min_size=1, max_size=4).map(
    lambda entries: Timeline(tuple(sorted(entries.items(), key=lambda entry: entry[0])))
)


@given(rules)
@settings(deadline=None)
def test_a_rule_survives_its_columns(rule):
    stored = json.loads(json.dumps(rule.schedule.to_json()))

    assert parse(rule.frequency, stored, target=rule.target, unit=rule.unit, direction=rule.direction) == rule


@given(timelines)
@settings(deadline=None)
def test_a_timeline_survives_its_json(timeline):
    assert Timeline.from_json(json.loads(json.dumps(timeline.to_json()))) == timeline


@pytest.mark.parametrize(
    ("frequency", "schedule", "field"),
    [
        ("hourly", {}, "frequency"),
        ("daily", {"times": 1}, "schedule"),
        ("daily", None, "schedule"),
        ("daily", [], "schedule"),
        ("weekly", {}, "schedule"),
        ("weekly", {"times": 3, "days": [1]}, "schedule"),
        ("weekly", {"times": 0}, "times"),
        ("weekly", {"times": 8}, "times"),
        ("weekly", {"times": "3"}, "times"),
        ("weekly", {"times": 3.0}, "times"),
        ("weekly", {"times": True}, "times"),
        ("custom", {}, "schedule"),
        ("custom", {"kind": "monthly", "days": [1]}, "schedule"),
        ("custom", {"kind": "weekdays"}, "schedule"),
        ("custom", {"kind": "weekdays", "days": "135"}, "schedule"),
        ("custom", {"kind": "weekdays", "days": []}, "days"),
        ("custom", {"kind": "weekdays", "days": [0]}, "days"),
        ("custom", {"kind": "weekdays", "days": [8]}, "days"),
        ("custom", {"kind": "weekdays", "days": [3, 1]}, "days"),
        ("custom", {"kind": "weekdays", "days": [1, 1]}, "days"),
        ("custom", {"kind": "weekdays", "days": [None]}, "days"),
        ("custom", {"kind": "interval", "every": 2}, "schedule"),
        ("custom", {"kind": "interval", "every": 1, "from": "2026-01-05"}, "every"),
        ("custom", {"kind": "interval", "every": 366, "from": "2026-01-05"}, "every"),
        ("custom", {"kind": "interval", "every": 2, "from": "2026-02-30"}, "from"),
        ("custom", {"kind": "interval", "every": 2, "from": "20260105"}, "from"),
        ("custom", {"kind": "interval", "every": 2, "from": 5}, "schedule"),
        ("custom", {"kind": "window", "times": 3}, "schedule"),
        ("custom", {"kind": "window", "times": 4, "days": 3}, "times"),
        ("custom", {"kind": "window", "times": 0, "days": 3}, "times"),
        ("custom", {"kind": "window", "times": 1, "days": 61}, "days"),
    ],
)
def test_an_unknown_shape_is_refused_by_the_field_that_is_wrong(frequency, schedule, field):
    with pytest.raises(RuleError) as refused:
        parse(frequency, schedule)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [("target", 0), ("target", 1_000_001), ("target", True), ("target", "8"), ("unit", "자" * 21), ("unit", "\0"), ("unit", None),
     ("direction", "exactly")],
)  # fmt: skip
def test_an_impossible_amount_is_refused(field, value):
    with pytest.raises(RuleError) as refused:
        parse("daily", {}, **{field: value})

    assert refused.value.field == field


def test_only_at_most_may_be_nothing():
    assert parse("daily", {}, target=0, direction="at_most").met(0)


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        (Daily(), "1111111 1111111"),
        (Weekly(2), "1111111 1111111"),
        (Weekdays((1, 3, 5)), "1010100 1010100"),
        (Weekdays((7,)), "0000001 0000001"),
        (Interval(3, MONDAY), "1001001 0010010"),
        (Interval(3, MONDAY + timedelta(days=4)), "0100100 1001001"),
        (Window(2, 5), "1111111 1111111"),
    ],
)
def test_days_on_which_a_habit_is_due(rule, due):
    days = [MONDAY + timedelta(days=n) for n in range(14)]

    assert [rule.is_due(day) for day in days] == [mark == "1" for mark in due.replace(" ", "")]


def test_at_least_is_met_from_the_target_on_and_at_most_up_to_it():
    assert [Rule(Daily(), 2).met(count) for count in (1, 2, 3)] == [False, True, True]
    assert [Rule(Daily(), 2, direction="at_most").met(count) for count in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize(
    ("rule", "thing", "sentence"),
    [
        (Rule(Daily()), "", "매일"),
        (Rule(Weekly(3)), "", "매주 3번"),
        (Rule(Weekdays((1, 3, 5))), "", "매주 월·수·금"),
        (Rule(Weekdays((1, 2, 3, 4, 5))), "", "평일마다"),
        (Rule(Weekdays((6, 7))), "", "주말마다"),
        (Rule(Weekdays((1, 2, 3, 4, 5, 6, 7))), "", "매일"),
        (Rule(Interval(3, MONDAY)), "", "3일마다"),
        (Rule(Window(3, 10)), "", "10일에 3번"),
        (Rule(Weekdays((1, 3, 5)), 8, "잔"), "물", "매주 월·수·금, 물 8잔"),
        (Rule(Daily(), 10_000, "걸음"), "걷기", "매일, 걷기 10,000걸음"),
        (Rule(Daily(), 30, "min"), "독서", "매일, 독서 30\N{NO-BREAK SPACE}min"),
        (Rule(Daily(), 2, "잔", "at_most"), "커피", "매일, 커피 2잔 이하"),
        (Rule(Daily(), 3), "", "매일, 하루 3번"),
        (Rule(Daily(), 1, direction="at_most"), "", "매일, 하루 1번 이하"),
        (Rule(Daily(), 0, "개비", "at_most"), "", "매일, 하지 않기"),
    ],
)
def test_a_sentence_says_what_was_chosen(rule, thing, sentence):
    with translation.override("ko"):
        assert rule.sentence(thing) == sentence


def test_a_change_counts_from_its_day_and_history_keeps_its_own_rule():
    timeline = Timeline(((MONDAY, Rule(Daily())),)).change(MONDAY + timedelta(days=3), EIGHT_GLASSES)

    assert [timeline.on(MONDAY + timedelta(days=n)) for n in (-1, 2, 3, 99)] == [Rule(Daily())] * 2 + [
        EIGHT_GLASSES
    ] * 2
    assert [n for n in range(-1, 9) if timeline.turns_on(MONDAY + timedelta(days=n))] == [3]


def test_a_second_change_on_a_day_replaces_the_first():
    once = Timeline(((MONDAY, Rule(Daily())),)).change(MONDAY + timedelta(days=3), EIGHT_GLASSES)

    assert once.change(MONDAY + timedelta(days=3), Rule(Daily())) == Timeline(((MONDAY, Rule(Daily())),))


def test_a_timeline_out_of_order_is_refused():
    with pytest.raises(RuleError):
        Timeline(((MONDAY, Rule(Daily())), (MONDAY, EIGHT_GLASSES)))
    with pytest.raises(RuleError):
        Timeline(())
