"""Correlation against known values and against chance."""

import datetime as dt
import random

import pytest

from analytics import correlation

MONDAY = dt.date(2026, 1, 5)


def days(n, step=1):
    return [MONDAY + dt.timedelta(days=step * i) for i in range(n)]


def test_ranks_share_the_mean_of_equal_values():
    assert correlation.ranks([30, 10, 20, 20]) == [4, 1, 2.5, 2.5]


def test_the_rank_correlation_of_a_textbook():
    # IQ and hours of television of ten people: 1 - 6 * 194 / (10 * 99) = -29/165.
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]

    rho = correlation.pearson(correlation.ranks(iq), correlation.ranks(hours))

    assert rho == pytest.approx(-29 / 165)


def test_the_interval_is_fishers_with_bonett_and_wrights_error():
    # tanh(atanh(0.5) ± 1.959964 * sqrt((1 + 0.25 / 2) / 47))
    assert correlation.interval(0.5, n=50) == pytest.approx((0.241225, 0.692393), abs=1e-6)


def test_looking_at_more_things_widens_the_interval():
    one, two = correlation.interval(0.5, n=50), correlation.interval(0.5, n=50, among=2)

    assert two[0] < one[0] < one[1] < two[1]


def test_below_the_minimum_nothing_is_said():
    n = correlation.MINIMUM

    assert correlation.correlate(days(n - 1), range(n - 1), range(n - 1)) is None
    assert correlation.correlate(days(n), range(n), range(n)) is not None


def test_what_never_varies_goes_with_nothing():
    n = correlation.MINIMUM

    assert correlation.correlate(days(n), [1.0] * n, range(n)) is None


def test_what_goes_together_day_by_day_is_beyond_chance():
    rng = random.Random(1)  # noqa: S311
    xs = [rng.random() for _ in range(60)]

    found = correlation.correlate(days(60), xs, [x + rng.gauss(0, 0.2) for x in xs], among=2)

    assert found.n == 60
    assert 0 < found.low < found.rho < found.high < 1
    assert found.beyond_chance


def test_days_that_only_drift_count_as_fewer():
    up = [float(i) for i in range(40)]

    drifting, apart = correlation.correlate(days(40), up, up), correlation.correlate(days(40, step=2), up, up)

    # The same pairs on consecutive days and on every second day: consecutive ones are less independent.
    assert drifting.rho == apart.rho == pytest.approx(1)
    assert drifting.low < apart.low


@pytest.mark.parametrize("echo", [0.0, 0.6])
def test_chance_alone_is_seldom_taken_for_more(echo):
    rng, found = random.Random(7), 0  # noqa: S311

    def drift(n=60):
        value, series = 0.0, []
        for _ in range(n):
            value = echo * value + rng.gauss(0, 1)
            series.append(value)
        return series

    for _ in range(200):
        found += correlation.correlate(days(60), drift(), drift()).beyond_chance

    # 95 of 100 intervals hold the true value; the short series gets some tolerance.
    assert found <= 200 * 0.08


def test_a_common_rhythm_of_the_week_is_no_pattern():
    """Done on workdays, and a better mood at weekends: nothing else ties them."""
    rng, found = random.Random(3), 0  # noqa: S311
    at = days(120)

    for _ in range(200):
        done = [float(rng.random() < (0.9 if day.weekday() < 5 else 0.2)) for day in at]
        mood = [rng.gauss(7 if day.weekday() >= 5 else 5, 1.5) for day in at]
        found += correlation.correlate(at, done, mood, among=2).beyond_chance

    assert found <= 200 * 0.08


def test_what_differs_by_weekday_only_cannot_be_compared():
    at = days(60)

    assert correlation.correlate(at, [float(day.weekday()) for day in at], list(range(60))) is None


def test_a_pattern_within_the_weekdays_is_still_found():
    rng = random.Random(5)  # noqa: S311
    at = days(90)
    done = [float(rng.random() < (0.8 if day.weekday() < 5 else 0.3)) for day in at]

    mood = [6 + 3 * one + rng.gauss(0, 1.5) for one in done]

    assert correlation.correlate(at, done, mood, among=2).low > 0
