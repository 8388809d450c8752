"""The total of a day over all habits."""

import datetime as dt

import pytest

from analytics.day_totals import DayTotal, HabitDays, add_up, total_of_day
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
