"""Arithmetic of months, against the days counted one by one."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import months

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))


@given(DAYS, st.integers(-40, 40))
def test_months_later_are_as_many_first_days_away(day, number):
    month = months.later(day, number)
    between = sorted((day.replace(day=1), month))
    days = [between[0] + dt.timedelta(days=n) for n in range((between[1] - between[0]).days)]

    assert month.day == 1
    assert sum(each.day == 1 for each in days) == abs(number)
    assert (month > day.replace(day=1)) == (number > 0)


@given(DAYS)
def test_the_day_after_the_last_is_the_first_of_the_next(day):
    assert months.last_day(day) + dt.timedelta(days=1) == months.later(day, 1)


@pytest.mark.parametrize(("day", "number"), [(dt.date.min, -1), (dt.date.max, 1)])
def test_there_is_no_month_beyond_the_calendar(day, number):
    with pytest.raises(ValueError, match="year"):
        months.later(day, number)
