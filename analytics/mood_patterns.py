"""Mood and energy beside what was done, on the same day and on the day after it. Pure.

    compare(scores, shares, today=…, chance=…)      four Comparisons: mood and energy, of the same day and of the next

A person may read several pages: that of all habits and one of each. All that they say together is wrong by chance for at most
CHANCE of people. `page_chance` says how much of it a page has; each day of LAGS has half of that, and mood and energy share
this as far as they differ: two scores that move together are nearly one comparison (`correlation.critical`).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from accounts.days import ONE_DAY
from analytics import correlation
from analytics.correlation import MINIMUM, Correlation

# Mood and energy of a day.
type Scores = tuple[float | None, float | None]

CHANCE = 1 - correlation.CONFIDENCE
# The score is of the same day, or of the day after what was done.
LAGS = (0, 1)
# At least so much of the chance is for the page of all habits, which is read first.
LEAST_FOR_ALL_HABITS = 0.4
# Steps of how alike mood and energy are, downwards: fewer thresholds to calculate, none too low.
_STEPS = 20


class Comparison(NamedTuple):
    """One score beside what was done `lag` days before it, over the days that have both.

    `which` is 0 for mood and 1 for energy.
    """

    which: int
    lag: int
    shares: Sequence[float]
    scores: Sequence[float]
    found: Correlation | None


def page_chance(pages: int, *, of_one: bool) -> float:
    """How often a page may say something by chance.

    `pages` counts the habits with a page beside that of all; 0 where both would show the same days.
    """
    if not pages:
        return CHANCE
    of_all = max(LEAST_FOR_ALL_HABITS, 1 / (pages + 1))
    return CHANCE * ((1 - of_all) / pages if of_one else of_all)


def compare(
    scores: Mapping[dt.date, Scores],
    shares: Callable[[dt.date], float | None],
    *,
    today: dt.date,
    chance: float = CHANCE,
) -> list[Comparison]:
    """Compares the days before `today`, which is open.

    `scores` ascend; `shares` gives what was done of a day, None where nothing was due.
    """
    closed = {day: both for day, both in scores.items() if day < today}
    errors = correlation.critical(chance / len(LAGS), _alike(closed.items()))
    return [_compared(closed, shares, which, lag, errors) for lag in LAGS for which in (0, 1)]


def _compared(
    scores: Mapping[dt.date, Scores],
    shares: Callable[[dt.date], float | None],
    which: int,
    lag: int,
    errors: float,
) -> Comparison:
    triples = [
        (day, share, score)
        for day, both in scores.items()
        if (score := both[which]) is not None and (share := shares(day - lag * ONE_DAY)) is not None
    ]
    days, xs, ys = zip(*triples, strict=True) if triples else ((), (), ())
    return Comparison(which, lag, xs, ys, correlation.correlate(days, xs, ys, errors=errors))


def _alike(scores: Iterable[tuple[dt.date, Scores]]) -> float:
    """How much the comparisons of mood and of energy are one.

    1 where only one of them has enough days.
    """
    numbers, both = [0, 0], list[tuple[dt.date, float, float]]()
    for day, (mood, energy) in scores:
        numbers[0] += mood is not None
        numbers[1] += energy is not None
        if mood is not None and energy is not None:
            both.append((day, mood, energy))
    if min(numbers) < MINIMUM:
        return 1.0
    if len(both) < MINIMUM:
        return 0.0
    days, moods, energies = zip(*both, strict=True)
    free = [correlation.without_weekdays(days, correlation.normal_scores(its)) for its in (moods, energies)]
    r = abs(correlation.pearson(*free) or 0.0)
    # Days that have only one of them make them differ.
    return int(r * len(both) / sqrt(numbers[0] * numbers[1]) * _STEPS) / _STEPS
