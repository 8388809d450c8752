"""The total of a day over all habits."""

import datetime as dt
import random

import pytest

from analytics.day_totals import DayTotal, HabitDays, add_up, total_of_day, totals_of_days
from habits.schedules import Daily, Interval, Rule, Timeline, Weekdays, Weekly, Window

MONDAY = dt.date(2026, 1, 5)


def lived(schedule, count=0, *, rested=False, began_on=MONDAY, **rule):
    counts = {MONDAY: count} if count else {}
    return HabitDays(Timeline.always(Rule(schedule, **rule)), began_on, counts, {MONDAY} if rested else set())


@pytest.mark.parametrize(
    ("habit", "expected"),
    [
        (lived(Daily(), 1), (1, 1, 0)),
        (lived(Daily()), (1, 0, 0)),
        (lived(Daily(), 3, target=8), (1, 0, 0)),
        (lived(Weekdays((2,)), 1), (0, 0, 0)),
        (lived(Interval(3, MONDAY)), (1, 0, 0)),
        # A weekly habit has free days.
        (lived(Weekly(3)), (0, 0, 0)),
        (lived(Weekly(3), 1), (1, 1, 0)),
        (lived(Window(2, 9)), (0, 0, 0)),
        # A rest is no miss; a check-in on it counts.
        (lived(Daily(), rested=True), (0, 0, 1)),
        (lived(Daily(), 1, rested=True), (1, 1, 0)),
        # An `at_most` habit is done without a check-in, but not while it rests.
        (lived(Daily(), direction="at_most", target=2), (1, 1, 0)),
        (lived(Daily(), 3, direction="at_most", target=2), (1, 0, 0)),
        (lived(Daily(), rested=True, direction="at_most", target=2), (0, 0, 1)),
        (lived(Daily(), 1, began_on=MONDAY + dt.timedelta(days=1)), (0, 0, 0)),
    ],
)
def test_a_day_asks_for(habit, expected):
    assert total_of_day([habit], MONDAY) == expected


def test_habits_and_days_add_up():
    monday = total_of_day([lived(Daily(), 1), lived(Daily()), lived(Daily(), rested=True)], MONDAY)

    assert monday == (2, 1, 1)
    assert monday.share == 0.5
    assert add_up([monday, DayTotal(1, 1)]) == (3, 2, 1)
    assert DayTotal().share is None


RULES = [
    Rule(Daily()),
    Rule(Daily(), 3),
    Rule(Daily(), 2, direction="at_most"),
    Rule(Weekdays((1, 4))),
    Rule(Weekly(3)),
    Rule(Window(2, 9)),
]


@pytest.mark.parametrize("seed", range(30))
def test_many_days_at_once_are_each_day_alone(seed):
    rng = random.Random(seed)  # noqa: S311
    first = MONDAY + rng.randrange(30) * dt.timedelta(days=1)
    last = first + rng.randrange(40) * dt.timedelta(days=1)
    days = [first + n * dt.timedelta(days=1) for n in range(-5, 45)]
    habits = [
        HabitDays(
            Timeline.always(rule) if rng.random() < 0.8 else Timeline(((dt.date.min, rule), (days[20], RULES[0]))),
            rng.choice(days),
            {day: rng.randint(1, 4) for day in rng.sample(days, 20)},
            set(rng.sample(days, rng.choice([0, 8]))),
        )
        for rule in rng.choices(RULES, k=5)
    ]

    totals = totals_of_days(habits, first, last)

    assert totals == {day: total_of_day(habits, day) for day in days if first <= day <= last}
    assert len(totals) == (last - first).days + 1
