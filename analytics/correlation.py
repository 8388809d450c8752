"""Rank correlation of two daily series, with a confidence interval. Pure.

    correlate(days, xs, ys, among=2)     Correlation(n, rho, low, high), or None below MINIMUM days or where nothing varies

`rho` is Spearman's rank correlation: it needs no normal distribution and no linear relation, and scores from 1 to 10 have neither.
Its interval is Fisher's z with the standard error of Bonett and Wright (2000, Psychometrika 65, 23-28), and three
things make it wider than a textbook's:

- A day resembles the day before it. Two series that drift look alike by chance alone, so n is reduced to the number of
  independent days, n (1 - ab) / (1 + ab), where a and b are how much each resembles its own yesterday
  (Bartlett 1935, Journal of the Royal Statistical Society 98, 536-543).
- What the weekday alone explains is taken out first: of both series of ranks each weekday's mean is subtracted. A habit of
  workdays and a mood of weekends would otherwise look like a pattern of each other. It costs as many days as weekdays but one.
- Among several comparisons one is found by chance: the interval holds for all `among` of them together (Bonferroni).

It says nothing about cause.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import NormalDist

from accounts.days import ONE_DAY

# Four weeks: with fewer days the interval is too wide for any statement.
MINIMUM = 28
CONFIDENCE = 0.95
# With fewer pairs of consecutive days the autocorrelation is not known.
_PAIRS = 10
_INDEPENDENT = 4.0


@dataclass(frozen=True, slots=True)
class Correlation:
    """The correlation over `n` days and its 95 % interval from `low` to `high`."""

    n: int
    rho: float
    low: float
    high: float

    @property
    def beyond_chance(self) -> bool:
        return self.low > 0 or self.high < 0


def correlate(
    days: Sequence[dt.date], xs: Sequence[float], ys: Sequence[float], *, among: int = 1
) -> Correlation | None:
    """`xs` and `ys` belong to `days`, which ascend.

    None too where one of them varies with the weekday only.
    """
    if len(days) < MINIMUM:
        return None
    first, second = without_weekdays(days, ranks(xs)), without_weekdays(days, ranks(ys))
    rho = pearson(first, second)
    if rho is None:
        return None
    left = len(days) - len({day.weekday() for day in days}) + 1
    n = independent_days(left, autocorrelation(days, first) * autocorrelation(days, second))
    low, high = interval(rho, n=n, among=among)
    return Correlation(len(days), rho, low, high)


def comparisons(habits: int) -> int:
    """How many intervals a person with so many habits may read.

    Mood and energy, for each and for all together.
    """
    return 2 * (max(habits, 1) + 1)


def independent_days(number: int, r: float) -> float:
    """How many of `number` days count as independent, where they resemble the day before by `r`."""
    return max(min(float(number), number * _independent_share(r)), _INDEPENDENT)


def without_weekdays(days: Sequence[dt.date], values: Sequence[float]) -> list[float]:
    """What is left of each value without the mean of its weekday."""
    by_weekday: dict[int, list[float]] = defaultdict(list)
    for day, value in zip(days, values, strict=True):
        by_weekday[day.weekday()].append(value)
    means = {weekday: sum(its) / len(its) for weekday, its in by_weekday.items()}
    # Without the rounding, equal values would leave differences of 1e-15, which correlate with anything.
    return [round(value - means[day.weekday()], 6) for day, value in zip(days, values, strict=True)]


def interval(rho: float, *, n: float, among: int = 1) -> tuple[float, float]:
    """The interval of the true rank correlation, for all of `among` together."""
    if abs(rho) >= 1:
        rho = (1 - 1e-9) * (1 if rho > 0 else -1)
    times = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / among)
    wide = times * sqrt((1 + rho * rho / 2) / (n - 3))
    return tanh(atanh(rho) - wide), tanh(atanh(rho) + wide)


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found, begin = [0.0] * len(values), 0
    while begin < len(order):
        end = begin
        while end + 1 < len(order) and values[order[end + 1]] == values[order[begin]]:
            end += 1
        for place in order[begin : end + 1]:
            found[place] = (begin + end) / 2 + 1
        begin = end + 1
    return found


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's correlation; None where either does not vary."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    of_x, of_y = sum((x - mean_x) ** 2 for x in xs), sum((y - mean_y) ** 2 for y in ys)
    if not of_x or not of_y:
        return None
    both = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return max(-1.0, min(1.0, both / sqrt(of_x * of_y)))


def autocorrelation(days: Sequence[dt.date], values: Sequence[float]) -> float:
    """Correlation of each day with the day before it, 0 where there are too few pairs."""
    pairs = [(values[i - 1], values[i]) for i in range(1, len(days)) if days[i] - days[i - 1] == ONE_DAY]
    if len(pairs) < _PAIRS:
        return 0.0
    return pearson([one for one, _ in pairs], [other for _, other in pairs]) or 0.0


def _independent_share(r: float) -> float:
    # A negative value would give more independent days than there are.
    r = max(0.0, min(r, 0.99))
    return (1 - r) / (1 + r)
