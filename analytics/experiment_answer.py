"""The answer of an experiment: the difference that it made, and how sure that is. Pure.

    compare(before, during)     ExperimentAnswer, or None with fewer than FEWEST due days on either side

The difference of the two shares is the correlation of done days with "during", times the ratio of their deviations. So its
interval is that of the correlation (analytics/correlation.py), with its allowance for days that resemble the day before.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev

from analytics import correlation

# Fewer due days on either side say nothing.
FEWEST = 7


@dataclass(frozen=True, slots=True)
class ExperimentAnswer:
    """The shares of due days that were done (0 to 1), and the 95 % interval of the difference."""

    before: float
    during: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        return self.during - self.before

    @property
    def beyond_chance(self) -> bool:
        return self.low > 0 or self.high < 0


def compare(before: Mapping[dt.date, bool], during: Mapping[dt.date, bool]) -> ExperimentAnswer | None:
    """`before` and `during` say of each due day whether the habit was done."""
    if min(len(before), len(during)) < FEWEST:
        return None
    days = sorted([*before, *during])
    phase = [float(day in during) for day in days]
    done = [float({**before, **during}[day]) for day in days]
    r = correlation.pearson(phase, done)
    shares = fmean(before.values()), fmean(during.values())
    if r is None:
        # Every day alike: there is no difference, and nothing that would tell how sure that is.
        return ExperimentAnswer(*shares, low=-1.0, high=1.0)
    scale = pstdev(done) / pstdev(phase)
    # The step from one mean to the other is what is asked about, and no resemblance of the days.
    rest = [one - shares[during_it] for one, during_it in zip(done, map(int, phase), strict=True)]
    n = correlation.independent_days(len(days), correlation.autocorrelation(days, rest))
    # Of days that were done or not, Fisher's error is too small: this is that of Bonett and Wright (2000, Psychometrika 65, 23-28).
    ends = correlation.interval(r, n=n, errors=correlation.ALONE * sqrt(1 + r * r / 2))
    low, high = (max(-1.0, min(1.0, end * scale)) for end in ends)
    return ExperimentAnswer(*shares, low=low, high=high)
