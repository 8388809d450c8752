"""Rank correlation of two daily series, with a confidence interval. Pure.

    correlate(days, xs, ys, errors=2.5)     Correlation(n, rho, low, high), or None below MINIMUM days or where nothing varies
    critical(0.05, alike=0.6)               how many standard errors one of two correlations exceeds so often by chance

`rho` is the correlation of the normal scores of the ranks (van der Waerden 1952, Indagationes Mathematicae 14, 453-458): it
needs no normal distribution, and finds more than the ranks themselves where the values have one. Its interval is Fisher's z,
and four things make it wider than a textbook's:

- A day resembles the days before it. Two series that drift look alike by chance alone, so n is reduced to the number of
  independent days, n / (1 + 2 sum of ab), where a and b are how much each resembles itself a day, two days, … before
  (Bartlett 1935, Journal of the Royal Statistical Society 98, 536-543). The sum ends where a product is no longer positive
  (Geyer 1992, Statistical Science 7, 473-483), or after a fifth of the days: what follows is noise.
- What the weekday alone explains is taken out first: of both series of scores each weekday's mean is subtracted. A habit of
  workdays and a mood of weekends would otherwise look like a pattern of each other. It costs as many days as weekdays but one.
- Among several comparisons one is found by chance: `errors` says how many standard errors the interval reaches to either side
  (analytics/mood_patterns.py).
- Of a few dozen days the tails are those of Student's t, and far out they hold more than the normal distribution's.

It says nothing about cause.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asin, asinh, atanh, exp, expm1, pi, sin, sqrt, sumprod, tanh
from statistics import NormalDist

from accounts.days import ONE_DAY

# Four weeks: with fewer days the interval is too wide for any statement.
MINIMUM = 28
CONFIDENCE = 0.95
_NORMAL = NormalDist()
# Standard errors to either side of one interval on its own.
ALONE = _NORMAL.inv_cdf((1 + CONFIDENCE) / 2)
# With fewer pairs of consecutive days the autocorrelation is not known.
_PAIRS = 10
_INDEPENDENT = 4.0
# How a day resembles another is looked at over this part of the span.
_PART = 5
# Strips of the integral, and halvings of the interval in which the answer lies.
_STRIPS, _HALVINGS = 64, 30


@dataclass(frozen=True, slots=True)
class Correlation:
    """The correlation over `n` days and its interval from `low` to `high`."""

    n: int
    rho: float
    low: float
    high: float

    @property
    def beyond_chance(self) -> bool:
        return self.low > 0 or self.high < 0


def correlate(
    days: Sequence[dt.date], xs: Sequence[float], ys: Sequence[float], *, errors: float = ALONE
) -> Correlation | None:
    """`xs` and `ys` belong to `days`, which ascend.

    None too where one of them varies with the weekday only.
    """
    if len(days) < MINIMUM:
        return None
    first, second = without_weekdays(days, normal_scores(xs)), without_weekdays(days, normal_scores(ys))
    rho = pearson(first, second)
    if rho is None:
        return None
    left = len(days) - len({day.weekday() for day in days}) + 1
    n = max(left / (1 + 2 * _resemblance(days, first, second)), _INDEPENDENT)
    low, high = interval(rho, n=n, errors=errors_of_few(errors, n=n))
    return Correlation(len(days), rho, low, high)


def _resemblance(days: Sequence[dt.date], xs: Sequence[float], ys: Sequence[float]) -> float:
    """The sum of the products of both autocorrelations.

    Days without a value have the mean, which is 0, and no pair.
    """
    places = [(day - days[0]).days for day in days]
    span = places[-1] + 1
    known, first, second = ([0.0] * span for _ in range(3))
    for place, x, y in zip(places, xs, ys, strict=True):
        known[place], first[place], second[place] = 1.0, x, y
    whole, total = sumprod(first, first) * sumprod(second, second) / len(days), 0.0
    for lag in range(1, span // _PART):
        if pairs := sumprod(known[lag:], known[:-lag]):
            product = sumprod(first[lag:], first[:-lag]) * sumprod(second[lag:], second[:-lag]) / (pairs * whole)
            if product <= 0:
                break
            total += product
    return total


@lru_cache(maxsize=1024)
def critical(chance: float, alike: float = 0.0) -> float:
    """The standard errors that one of two correlations exceeds with this chance by itself.

    `alike` is the correlation of the two with each other: the more alike they are, the fewer chances they have.
    """
    low, high = _NORMAL.inv_cdf(1 - chance / 2), _NORMAL.inv_cdf(1 - chance / 4)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _either(middle, alike) > chance else (low, middle)
    return high


def _either(errors: float, alike: float) -> float:
    """The chance that one of two normal values, so much alike, is further from 0 than `errors`."""
    beyond, angle = _NORMAL.cdf(-errors), asin(min(abs(alike), 1.0))
    # Plackett (1954, Biometrika 41, 351-360): the derivative of the common tail is the common density.
    angles = [(n + 0.5) * angle / _STRIPS for n in range(_STRIPS)]
    square = errors * errors
    common = sum(exp(-square / (1 + sin(at))) - exp(-square / (1 - sin(at))) for at in angles) * angle / _STRIPS
    return 4 * beyond - 2 * (2 * beyond**2 + common / (2 * pi))


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


def interval(rho: float, *, n: float, errors: float = ALONE) -> tuple[float, float]:
    """The interval of the true correlation, so many standard errors to either side."""
    if abs(rho) >= 1:
        rho = (1 - 1e-9) * (1 if rho > 0 else -1)
    wide = errors / sqrt(n - 3)
    return tanh(atanh(rho) - wide), tanh(atanh(rho) + wide)


def errors_of_few(errors: float, *, n: float) -> float:
    """The standard errors that `n` days exceed as rarely as many days exceed `errors`.

    Both are of Fisher's z. Where nothing correlates, that is the exact test of Pearson's r. The quantile of Student's t is
    Wallace's (1959, Annals of Mathematical Statistics 30, 1121-1130).
    """
    free = n - 2
    as_normal = errors * (8 * free + 3) / (8 * free + 1)
    return asinh(sqrt(expm1(as_normal * as_normal / free))) * sqrt(n - 3)


def normal_scores(values: Sequence[float]) -> list[float]:
    """The normal quantile of each value's rank; equal values share the mean of their ranks."""
    counts, below, scores = Counter(values), 0, dict[float, float]()
    for value in sorted(counts):
        rank = below + (counts[value] + 1) / 2
        scores[value] = _NORMAL.inv_cdf(rank / (len(values) + 1))
        below += counts[value]
    return [scores[value] for value in values]


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's correlation; None where either does not vary."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    from_x, from_y = [x - mean_x for x in xs], [y - mean_y for y in ys]
    of_x, of_y = sumprod(from_x, from_x), sumprod(from_y, from_y)
    if not of_x or not of_y:
        return None
    return max(-1.0, min(1.0, sumprod(from_x, from_y) / sqrt(of_x * of_y)))


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
