from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.days import Calendar, zone_names

SECOND = timedelta(seconds=1)

zones = st.sampled_from(sorted(zone_names()))
day_starts = st.integers(0, 5)
dates = st.dates(date(1905, 1, 1), date(2037, 12, 31))
instants = st.builds(datetime.combine, dates, st.times(timezones=st.just(UTC)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(zones, day_starts, instants)
@settings(max_examples=200, deadline=None)
def test_each_instant_lies_in_exactly_one_day(zone, day_start, instant):
    calendar = Calendar(zone, day_start)

    day = calendar.day_of(instant)

    around = [day + timedelta(days=n) for n in range(-2, 3)]
    assert [other for other in around if calendar.bounds(other)[0] <= instant < calendar.bounds(other)[1]] == [day]


@given(zones, day_starts, dates)
@settings(max_examples=200, deadline=None)
def test_days_tile_time(zone, day_start, day):
    calendar = Calendar(zone, day_start)

    start, end = calendar.bounds(day)

    assert start <= end == calendar.bounds(day + timedelta(days=1))[0]
    if start < end:
        assert calendar.day_of(start) == calendar.day_of(end - SECOND) == day
        assert calendar.next_turn(start) == end


@given(zones, day_starts, dates)
@settings(max_examples=100, deadline=None)
def test_a_day_begins_when_the_clock_first_reaches_its_hour(zone, day_start, day):
    start, _end = Calendar(zone, day_start).bounds(day)

    beginning = datetime.combine(day, time(day_start))
    assert wall(start - SECOND, zone) < beginning <= wall(start, zone)


@given(zones, day_starts, instants)
@settings(max_examples=100, deadline=None)
def test_day_follows_the_clock_on_the_wall_unless_it_was_set_back_over_the_days_start(zone, day_start, instant):
    calendar = Calendar(zone, day_start)

    day = calendar.day_of(instant)

    by_clock = (wall(instant, zone) - timedelta(hours=day_start)).date()
    set_back = any(wall(instant - timedelta(hours=n), zone) > wall(instant, zone) for n in range(1, 25))
    assert day == by_clock or (set_back and day > by_clock)


@given(zones, day_starts, dates, st.times())
@settings(max_examples=100, deadline=None)
def test_a_reminder_fires_when_the_clock_first_shows_its_time(zone, day_start, day, clock):
    calendar = Calendar(zone, day_start)
    clock = clock.replace(microsecond=0)

    instant = calendar.at(day, clock)

    on = day if clock.hour >= day_start else day + timedelta(days=1)
    assert wall(instant - SECOND, zone) < datetime.combine(on, clock) <= wall(instant, zone)
    if wall(instant, zone) == datetime.combine(on, clock):
        assert calendar.day_of(instant) == day


def test_seoul_has_its_midnight_at_15_utc():
    seoul = Calendar("Asia/Seoul")

    assert seoul.day_of(utc("2026-11-21T14:59:59")) == date(2026, 11, 21)
    assert seoul.day_of(utc("2026-11-21T15:00:00")) == date(2026, 11, 22)


def test_hours_before_the_day_start_belong_to_the_day_before():
    night_owl = Calendar("Asia/Seoul", day_start=4)

    assert night_owl.day_of(utc("2026-11-21T18:59:59")) == date(2026, 11, 21)
    assert night_owl.day_of(utc("2026-11-21T19:00:00")) == date(2026, 11, 22)
    assert night_owl.at(date(2026, 11, 21), time(1, 30)) == utc("2026-11-21T16:30:00")


def test_apia_never_had_30_december_2011():
    apia = Calendar("Pacific/Apia")

    assert not apia.exists(date(2011, 12, 30))
    assert apia.bounds(date(2011, 12, 29))[1] == apia.bounds(date(2011, 12, 31))[0] == utc("2011-12-30T10:00:00")
    assert apia.day_of(utc("2011-12-30T09:59:59")) == date(2011, 12, 29)
    assert apia.day_of(utc("2011-12-30T10:00:00")) == date(2011, 12, 31)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Asia/Seoul", date(1987, 5, 10), "1987-05-09T15:00", 23),
        ("Asia/Seoul", date(1987, 10, 11), "1987-10-10T14:00", 25),
        ("Asia/Seoul", date(1988, 5, 8), "1988-05-07T15:00", 23),
        ("Australia/Lord_Howe", date(2026, 10, 4), "2026-10-03T13:30", 23.5),
        ("Asia/Kathmandu", date(2026, 1, 1), "2025-12-31T18:15", 24),
        ("Pacific/Kiritimati", date(2026, 1, 1), "2025-12-31T10:00", 24),
        ("Asia/Beirut", date(2022, 3, 27), "2022-03-26T22:00", 23),
        ("America/Santiago", date(2022, 9, 11), "2022-09-11T04:00", 23),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", 23),
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-17T02:00", 25),
        # The clock went back from 00:01 to 23:01: the new day, begun a minute before, goes on.
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30", 25),
    ],
)
def test_days_on_which_the_clock_was_changed(zone, day, start, hours):
    begun, ended = Calendar(zone).bounds(day)

    assert begun == utc(start)
    assert ended - begun == timedelta(hours=hours)


def test_a_day_start_inside_a_gap_is_the_end_of_the_gap():
    berlin = Calendar("Europe/Berlin", day_start=2)

    assert berlin.bounds(date(2026, 3, 29))[0] == utc("2026-03-29T01:00:00")
    assert berlin.day_of(utc("2026-03-29T00:59:59")) == date(2026, 3, 28)
    assert berlin.day_of(utc("2026-03-29T01:00:00")) == date(2026, 3, 29)


def test_a_reminder_in_a_gap_fires_at_the_end_of_the_gap():
    assert Calendar("Europe/Berlin").at(date(2026, 3, 29), time(2, 30)) == utc("2026-03-29T01:00:00")


def test_a_reminder_in_an_overlap_fires_the_first_time():
    assert Calendar("Europe/Berlin").at(date(2026, 10, 25), time(2, 30)) == utc("2026-10-25T00:30:00")


@pytest.mark.parametrize(("week_start", "first"), [("monday", date(2026, 11, 16)), ("sunday", date(2026, 11, 22))])
def test_a_sunday_ends_or_begins_the_week(week_start, first):
    assert Calendar("Asia/Seoul", week_start=week_start).week_of(date(2026, 11, 22)) == first


@given(dates, st.sampled_from(["monday", "sunday"]))
@settings(deadline=None)
def test_a_week_has_seven_days(day, week_start):
    calendar = Calendar("UTC", week_start=week_start)

    first = calendar.week_of(day)

    assert first <= day < first + timedelta(days=7)
    assert f"{first:%A}".lower() == week_start
    assert {calendar.week_of(first + timedelta(days=n)) for n in range(7)} == {first}


@pytest.mark.parametrize(
    ("clock", "part"),
    [("04:59", "night"), ("05:00", "morning"), ("11:59", "morning"), ("12:00", "afternoon"), ("17:59", "afternoon"),
     ("18:00", "evening"), ("21:59", "evening"), ("22:00", "night"), ("00:00", "night")],
)  # fmt: skip
def test_greetings_follow_the_clock_on_the_wall(clock, part):
    seoul = Calendar("Asia/Seoul", day_start=5)

    assert seoul.part_of_day(datetime.fromisoformat(f"2026-11-22T{clock}+09:00")) == part


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/City", "asia/seoul", "Asia", "../etc/passwd", "/etc/localtime", "localtime", "right/UTC",
             "posix/UTC", "Factory", "Asia/Seoul\0", "Asia/Seoul\n"],
)  # fmt: skip
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(ValueError, match="unknown time zone"):
        Calendar(zone)


@pytest.mark.parametrize("other", [{"day_start": -1}, {"day_start": 6}, {"day_start": 2.5}, {"week_start": "friday"}])
def test_a_calendar_out_of_range_is_refused(other):
    with pytest.raises(ValueError, match="starts"):
        Calendar("Asia/Seoul", **other)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs a time zone"):
        Calendar("Asia/Seoul").day_of(datetime.combine(date(2026, 1, 1), time.min))
