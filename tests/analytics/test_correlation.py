"""Correlation against known values and against chance."""

import datetime as dt
import math
import random

import pytest

from analytics import correlation

MONDAY = dt.date(2026, 1, 5)


def days(n, step=1):
    return [MONDAY + dt.timedelta(days=step * i) for i in range(n)]


def test_equal_values_share_the_normal_score_of_their_mean_rank():
    # Ranks 4, 1, 2.5 and 2.5 of 4: the quantiles of 4/5, 1/5 and 1/2.
    assert correlation.normal_scores([30, 10, 20, 20]) == pytest.approx([0.841621, -0.841621, 0, 0], abs=1e-6)


def test_only_the_order_of_values_counts():
    values = [3.0, 1.0, 2.0, 9.0, 2.0]

    assert correlation.normal_scores(values) == correlation.normal_scores([value**3 for value in values])


def test_the_correlation_of_a_textbook():
    # Anscombe's first set: r = 0.81642.
    xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]

    assert correlation.pearson(xs, ys) == pytest.approx(0.81642, abs=1e-5)


def test_the_interval_is_fishers():
    # tanh(atanh(0.5) ± 1.959964 / sqrt(47))
    assert correlation.interval(0.5, n=50) == pytest.approx((0.257488, 0.683256), abs=1e-6)


def test_more_standard_errors_widen_the_interval():
    one, two = correlation.interval(0.5, n=50), correlation.interval(0.5, n=50, errors=2.5)

    assert two[0] < one[0] < one[1] < two[1]


@pytest.mark.parametrize(
    ("n", "errors", "exact"),
    # The quantile of Student's t as far out as 1.959964 and 3 of the normal distribution (by integration), asinh(t / sqrt(n - 2)) * sqrt(n - 3).
    [(30, 1.959964, 2.048407), (54, 1.959964, 2.006647), (54, 3.0, 3.150830), (30, 3.0, 3.291300), (12, 3.0, 3.957)],
)
def test_so_many_standard_errors_are_as_rare_among_few_days(n, errors, exact):
    wanted = math.asinh(exact / math.sqrt(n - 2)) * math.sqrt(n - 3)

    assert correlation.errors_of_few(errors, n=n) == pytest.approx(wanted, rel=2e-3)


@pytest.mark.parametrize(
    ("alike", "errors"),
    # One of two independent ones, Dunnett's table for two groups without limit (1964), and one comparison twice.
    [(0.0, 2.2365), (0.5, 2.212), (-0.5, 2.212), (1.0, 1.9600)],
)
def test_the_threshold_of_two_comparisons_knows_how_alike_they_are(alike, errors):
    assert correlation.critical(0.05, alike) == pytest.approx(errors, abs=1e-3)


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

    found = correlation.correlate(days(60), xs, [x + rng.gauss(0, 0.2) for x in xs], errors=2.5)

    assert found.n == 60
    assert 0 < found.low < found.rho < found.high < 1
    assert found.beyond_chance


def test_days_that_drift_count_as_fewer_than_the_same_days_in_another_order():
    rng = random.Random(2)  # noqa: S311
    pairs = [(x, x + rng.gauss(0, 5)) for x in (float(abs(i % 40 - 20)) for i in range(120))]

    def width(its):
        found = correlation.correlate(days(120), *zip(*its, strict=True))
        return math.atanh(found.high) - math.atanh(found.low)

    assert width(pairs) > 1.5 * width(rng.sample(pairs, 120))


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
        found += correlation.correlate(at, done, mood, errors=2.24).beyond_chance

    assert found <= 200 * 0.08


def test_what_differs_by_weekday_only_cannot_be_compared():
    at = days(60)

    assert correlation.correlate(at, [float(day.weekday()) for day in at], list(range(60))) is None


def test_a_pattern_within_the_weekdays_is_still_found():
    rng = random.Random(5)  # noqa: S311
    at = days(90)
    done = [float(rng.random() < (0.8 if day.weekday() < 5 else 0.3)) for day in at]

    mood = [6 + 3 * one + rng.gauss(0, 1.5) for one in done]

    assert correlation.correlate(at, done, mood, errors=2.24).low > 0
