"""The page of the weekly letter: its eight weeks, and the gaps between them."""

import datetime as dt
from types import SimpleNamespace

from accounts.days import ONE_DAY
from coaching.pages import weekly_letter
from coaching.records import WEEKDAY_SPAN
from habits.day_totals import DayTotal

TODAY = dt.date(2026, 11, 22)


def weeks(*shares: int | None):
    """The line of weeks of which so much of ten was done each day; None asked for nothing."""
    first = TODAY - WEEKDAY_SPAN * ONE_DAY

    def total(day: dt.date) -> DayTotal:
        done = shares[(day - first).days // 7]
        return DayTotal() if done is None else DayTotal(10, done)

    return weekly_letter._weeks(SimpleNamespace(day=TODAY, total=total))


def test_a_week_that_asked_for_nothing_is_a_gap_and_not_left_out():
    line = weeks(None, None, 4, 6, None, 8, 2, 10)

    # The line begins with the first week that asked for something, and every week has its place.
    assert [row["percent"] for row in line["rows"]] == [40, 60, None, 80, 20, 100]
    assert 'class="curve" points="0,60 200,40"' in line["svg"]
    assert 'class="curve" points="600,20 800,80 1000,0"' in line["svg"]


def test_one_week_is_no_line():
    assert weeks(None, None, None, None, None, None, 5, None) is None
