"""False alarms and power of the patterns that the insights say, in worlds we know.

A world is a person with one to five habits, mood and energy on most days. Nothing ties them in worlds without a pattern:
all by chance, all by the same rhythm of the week, each drifting by itself, or both. A false alarm is a person who reads at
least one pattern, of the same day or of the next, on any of their pages, that of all habits included.
"""

import datetime as dt
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from random import Random
from statistics import NormalDist

from accounts.days import ONE_DAY
from analytics import correlation, mood_patterns
from analytics.mood_patterns import LAGS, Comparison, Scores
from evaluation.reports import Report, wilson

MONDAY = dt.date(2026, 1, 5)
DAYS, HABITS = (35, 60, 120, 330), (1, 2, 5)
PEOPLE = 200
MOST_FALSE, LEAST_POWER = 0.05, 0.80
RHO, POWER_DAYS, POWER_PEOPLE = 0.4, 60, 1000
# How much mood and energy are one feeling, and how much a drifting day is like the day before it.
SHARED, ECHO, STRONG_ECHO = 0.5, 0.5, 0.9

type Series = list[float]


def report() -> Report:
    found, rng = Report("Patterns of mood and energy"), Random(2026)
    for name, world in WORLDS.items():
        _false_alarms(found, rng, name, world)
    _power(found, rng)
    return found


def _false_alarms(found: Report, rng: Random, name: str, world: Callable[..., Series]) -> None:
    found.add(f"  people who read a pattern where there is none, {name} ({PEOPLE} each)")
    found.add("    days      " + "".join(f"{habits} habit{'s' * (habits > 1):<10}" for habits in HABITS))
    alarms = total = 0
    above = list[str]()
    for number in DAYS:
        row = []
        for habits in HABITS:
            hits = sum(reads_a_pattern(rng, number, habits, world) for _ in range(PEOPLE))
            alarms, total = alarms + hits, total + PEOPLE
            low, high = wilson(hits, PEOPLE)
            # A cell proves too many where even the low end of an interval for all cells together is above the bar.
            above += [f"{number} days, {habits} habits"] * (wilson(hits, PEOPLE, z=_all_cells())[0] > MOST_FALSE)
            row.append(f"{100 * hits / PEOPLE:4.1f} ({100 * low:.0f}-{100 * high:.0f}) ")
        found.add(f"    {number:<10}" + "".join(row))
    found.must(
        f"false alarms, {name}: {100 * alarms / total:.1f} % of people over all cells, at most {100 * MOST_FALSE:.0f} %",
        holds=alarms <= MOST_FALSE * total,
    )
    found.must(
        f"false alarms, {name}: no cell is above {100 * MOST_FALSE:.0f} % beyond its interval {', '.join(above)}".rstrip(),
        holds=not above,
    )


def _all_cells() -> float:
    """The normal quantile of an interval of 95 % for all cells of all worlds together."""
    return NormalDist().inv_cdf(1 - 0.05 / 2 / (len(DAYS) * len(HABITS) * len(WORLDS)))


def reads_a_pattern(rng: Random, number: int, habits: int, world: Callable[..., Series]) -> bool:
    """Whether somebody with so many days and habits reads a pattern on any of their pages."""
    every, noted = _days(rng, number)
    feeling = world(rng, every, weekend=1.0)
    scores = _of(every, zip(*(_scored(_mixed(rng, feeling, SHARED)) for _ in range(2)), strict=True), noted)
    series = [[float(value < 0.5) for value in world(rng, every, weekend=1.0)] for _habit in range(habits)]
    # The page of all habits compares the share of the day.
    shares = [sum(its) / habits for its in zip(*series, strict=True)]
    return bool(_said(every, shares, scores, habits=habits, of_one=False)) or (
        habits > 1 and any(_said(every, done, scores, habits=habits, of_one=True) for done in series)
    )


def _said(
    every: Sequence[dt.date], done: Series, scores: Mapping[dt.date, Scores], *, habits: int, of_one: bool
) -> list[Comparison]:
    """What a page says; with one habit both pages show the same."""
    chance = mood_patterns.page_chance(habits if habits > 1 else 0, of_one=of_one)
    shares = dict(zip(every, done, strict=True))
    compared = mood_patterns.compare(scores, shares.get, today=every[-1] + ONE_DAY, chance=chance)
    return [one for one in compared if one.found is not None and one.found.beyond_chance]


def _days(rng: Random, number: int) -> tuple[list[dt.date], set[dt.date]]:
    """All days, and so many of them on which mood and energy were noted; on some in between they were not."""
    every, noted = [MONDAY], set[dt.date]()
    while len(noted) < number:
        every.append(every[-1] + ONE_DAY)
        if rng.random() < 0.9:
            noted.add(every[-1])
    return every, noted


def _of(every: Sequence[dt.date], scores: Iterable[Scores], noted: Collection[dt.date]) -> dict[dt.date, Scores]:
    return {day: both for day, both in zip(every, scores, strict=True) if day in noted}


# ── Worlds without a pattern ────────────────────────────────────────────────


def _chance(rng: Random, days: Sequence[dt.date], *, weekend: float) -> Series:
    return [rng.gauss(0, 1) for _day in days]


def _weekly(rng: Random, days: Sequence[dt.date], *, weekend: float) -> Series:
    """Weekends differ from workdays by one and a half standard deviations."""
    return [rng.gauss(1.5 * weekend * (day.weekday() >= 5), 1) for day in days]


def _drift(rng: Random, days: Sequence[dt.date], *, weekend: float, echo: float = ECHO) -> Series:
    value, series = 0.0, list[float]()
    for _day in days:
        value = echo * value + math.sqrt(1 - echo**2) * rng.gauss(0, 1)
        series.append(value)
    return series


def _strong_drift(rng: Random, days: Sequence[dt.date], *, weekend: float) -> Series:
    return _drift(rng, days, weekend=weekend, echo=STRONG_ECHO)


def _weekly_drift(rng: Random, days: Sequence[dt.date], *, weekend: float) -> Series:
    return [
        own + 1.5 * weekend * (day.weekday() >= 5)
        for day, own in zip(days, _drift(rng, days, weekend=weekend), strict=True)
    ]


WORLDS = {
    "all by chance": _chance,
    "the same rhythm of the week": _weekly,
    "each drifting": _drift,
    "each drifting far": _strong_drift,
    "the same rhythm of the week, each drifting": _weekly_drift,
}


def _mixed(rng: Random, feeling: Series, share: float) -> Series:
    return [math.sqrt(share) * value + math.sqrt(1 - share) * rng.gauss(0, 1) for value in feeling]


def _scored(feeling: Series) -> Series:
    """On the scale of 1 to 10."""
    return [float(min(10, max(1, round(5.5 + 1.8 * value)))) for value in feeling]


# ── Power ───────────────────────────────────────────────────────────────────


def _power(found: Report, rng: Random) -> None:
    found.add(f"  patterns that are read, r = {RHO}, {POWER_DAYS} days ({POWER_PEOPLE} people each)")
    found.add("    habits    with                 score of         mood or energy    mood    the limit of one")
    for habits in HABITS:
        for of_one in (False, True) if habits > 1 else (False,):
            for lag in LAGS:
                _power_of(found, rng, habits, of_one=of_one, lag=lag)


def _power_of(found: Report, rng: Random, habits: int, *, of_one: bool, lag: int) -> None:
    either, mood = 0, 0
    for _person in range(POWER_PEOPLE):
        said = {one.which for one in _planted(rng, habits, of_one=of_one, lag=lag) if one.lag == lag}
        either, mood = either + bool(said), mood + (0 in said)
    what, when = "one of them" if of_one else "the share of a day", "the next day" if lag else "the same day"
    power, limit = either / POWER_PEOPLE, _limit(habits, of_one=of_one)
    found.add(f"    {habits:<10}{what:<21}{when:<17}{power:<18.2f}{mood / POWER_PEOPLE:<8.2f}{limit:.2f}")
    if not of_one:
        found.must(
            f"power for mood or energy of {when}, {habits} habit{'s' * (habits > 1)}: {power:.2f}, at least {LEAST_POWER:.2f}",
            holds=power >= LEAST_POWER,
        )


def _planted(rng: Random, habits: int, *, of_one: bool, lag: int) -> list[Comparison]:
    """What the page says where mood and energy both go with what was done `lag` days before."""
    every, noted = _days(rng, POWER_DAYS)
    done = _chance(rng, every, weekend=0)
    # What Pearson's correlation has to be for a rank correlation of RHO.
    r = 2 * math.sin(math.pi * RHO / 6)
    before = [rng.gauss(0, 1) for _ in range(lag)] + done
    feelings = [
        [r * value + math.sqrt(1 - r * r) * rng.gauss(0, 1) for value in before[: len(every)]] for _ in range(2)
    ]
    scores = _of(every, zip(*feelings, strict=True), noted)
    return _said(every, done, scores, habits=habits, of_one=of_one)


def _limit(habits: int, *, of_one: bool) -> float:
    """The power for one score of an exact test with the same chance, on independent days without a rhythm."""
    normal = NormalDist()
    r = 2 * math.sin(math.pi * RHO / 6)
    chance = mood_patterns.page_chance(habits if habits > 1 else 0, of_one=of_one) / len(LAGS)
    return normal.cdf(math.atanh(r) * math.sqrt(POWER_DAYS - 3) - correlation.critical(chance))
