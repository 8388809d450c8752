"""The calendar of periods: the anchor day never drifts."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

from billing import periods
from tests.cases import for_each

ZONES = ["Asia/Seoul", "America/New_York", "Pacific/Auckland", "UTC"]


def oracle(first: dt.date, months: int) -> dt.date:
    """The day so many months after the first one, counted from the first: nothing can add up."""
    index = first.year * 12 + first.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return dt.date(year, month, min(first.day, calendar.monthrange(year, month)[1]))


def chain(first: dt.datetime, cycle: str, anchor: int, zone: ZoneInfo, times: int) -> list[dt.date]:
    days, at = [], first
    for _ in range(times):
        at = periods.end(at, cycle, anchor=anchor, zone=zone)
        days.append(at.astimezone(zone).date())
    return days


@for_each(ZONES)
def test_every_day_of_a_month_comes_back_for_ten_years(name):
    zone = ZoneInfo(name)
    for day in range(1, 32):
        first = dt.datetime(2024, 1, day, 14, 30, tzinfo=zone)

        assert chain(first.astimezone(dt.UTC), "monthly", day, zone, 120) == [
            oracle(first.date(), months) for months in range(1, 121)
        ]


@for_each(ZONES)
def test_a_leap_day_comes_back_every_fourth_year(name):
    zone = ZoneInfo(name)
    first = dt.datetime(2024, 2, 29, 23, 59, tzinfo=zone)

    assert chain(first.astimezone(dt.UTC), "yearly", 29, zone, 10) == [
        oracle(first.date(), 12 * years) for years in range(1, 11)
    ]


def test_after_a_trial_a_pause_or_a_switch_the_anchor_still_holds():
    """A period begins on the clamped day of a short month; the anchor, not that day, decides the next."""
    for day in range(1, 32):
        for months in (1, 2, 3):
            begins = dt.datetime(2026, 1, day, 9, tzinfo=periods.ZONE).astimezone(dt.UTC)
            paused = periods.months_later(begins, months, anchor=day)
            resumed = periods.end(paused, "monthly", anchor=day)

            assert periods.day_of(resumed) == oracle(dt.date(2026, 1, day), months + 1)


def test_a_trial_of_fourteen_days_ends_at_the_same_time_of_day():
    begins = dt.datetime(2026, 2, 20, 1, tzinfo=dt.UTC)

    assert periods.days_later(begins, 14) - begins == dt.timedelta(days=14)
    assert periods.last_day(periods.days_later(begins, 14)) == dt.date(2026, 3, 5)


def test_a_service_that_was_away_for_months_charges_only_for_the_current_period():
    start = dt.datetime(2026, 1, 31, 5, tzinfo=dt.UTC)
    now = dt.datetime(2026, 4, 15, tzinfo=dt.UTC)

    assert periods.day_of(periods.latest_start(start, "monthly", anchor=31, now=now)) == dt.date(2026, 3, 31)
