"""Chosen weekdays of every N-th week. test_schedule_kinds.py tests what all kinds have in common."""

import datetime as dt

import pytest
from django.utils import translation

from accounts.days import ONE_DAY
from habits.schedules import RuleError, Weekdays, parse
from habits.schedules.alternate_weeks import AlternateWeeks

MONDAY = dt.date(2026, 1, 5)
SATURDAY, SUNDAY = MONDAY + 5 * ONE_DAY, MONDAY + 6 * ONE_DAY
WEEK = 7 * ONE_DAY
EVERY_MONDAY = Weekdays((1,))


def chosen(day, *, every=2, days=(6,), before=EVERY_MONDAY):
    return AlternateWeeks.from_form({"weeks": every, "week_days": list(days)}, before=before, day=day)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (AlternateWeeks(2, (6,), MONDAY), "0000010 0000000 0000010 0000000"),
        (AlternateWeeks(2, (1, 7), SUNDAY), "1000001 0000000 1000001 0000000"),
        (AlternateWeeks(2, (6,), MONDAY + 3 * WEEK), "0000000 0000010 0000000 0000010"),
        (AlternateWeeks(3, (2, 4), MONDAY - 3 * WEEK), "0101000 0000000 0000000 0101000"),
    ],
)
def test_days_on_which_it_is_due(schedule, due):
    days = [MONDAY + n * ONE_DAY for n in range(28)]

    assert [schedule.is_due(day) for day in days] == [mark == "1" for mark in due.replace(" ", "")]


@pytest.mark.parametrize(
    ("schedule", "korean", "english"),
    [
        (AlternateWeeks(2, (6,), MONDAY), "격주 토", "Every other week: Sat"),
        (AlternateWeeks(2, (1, 3, 5), MONDAY), "격주 월·수·금", "Every other week: Mon, Wed, Fri"),
        (AlternateWeeks(3, (6, 7), MONDAY), "3주마다 토·일", "Every 3 weeks: Sat, Sun"),
    ],
)
def test_its_words(schedule, korean, english):
    with translation.override("ko"):
        assert str(schedule) == korean
    with translation.override("en"):
        assert str(schedule) == english


@pytest.mark.parametrize(
    ("change", "field"),
    [({"every": 1}, "every"), ({"every": 9}, "every"), ({"days": []}, "days"), ({"days": [2, 1]}, "days"),
     ({"days": "6"}, "schedule"), ({"from": "2026-02-30"}, "from"), ({"from": 5}, "schedule")],
)  # fmt: skip
def test_an_invalid_part_is_refused_by_its_field(change, field):
    with pytest.raises(RuleError) as refused:
        parse("custom", {"kind": "weeks", "every": 2, "days": [6], "from": "2026-01-05"} | change)

    assert refused.value.field == field


def test_it_begins_with_the_first_chosen_weekday_ahead():
    assert chosen(SATURDAY).is_due(SATURDAY)
    # On a Sunday the Saturday of that week is over.
    assert [chosen(SUNDAY).is_due(SATURDAY + n * WEEK) for n in range(3)] == [False, True, False]


def test_other_weekdays_stay_in_the_same_weeks_and_another_interval_begins_again():
    before = AlternateWeeks(2, (6,), MONDAY)

    assert chosen(MONDAY + WEEK, days=(2, 6), before=before) == AlternateWeeks(2, (2, 6), MONDAY)
    assert chosen(MONDAY + WEEK, every=3, before=before) == AlternateWeeks(3, (6,), MONDAY + WEEK)
