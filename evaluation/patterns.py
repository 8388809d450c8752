"""False alarms and power of the patterns that the insights say, in worlds we know.

A world is a person with one to five habits, mood and energy on most days. Nothing ties them in worlds without a pattern:
all by chance, all by the same rhythm of the week, or each drifting by itself. A false alarm is a person who reads at least
one pattern on any of their pages, that of all habits included.
"""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from random import Random
from statistics import NormalDist

from accounts.days import ONE_DAY
from analytics import correlation
from evaluation.reports import Report, wilson

MONDAY = dt.date(2026, 1, 5)
DAYS, HABITS = (35, 60, 120, 330), (1, 2, 5)
PEOPLE = 200
MOST_FALSE, LEAST_POWER = 0.05, 0.80
RHO, POWER_DAYS = 0.4, 60
# How much mood and energy are one feeling, and how much a drifting day is like the day before it.
SHARED, ECHO = 0.5, 0.5

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
            hits = sum(_reads_a_pattern(rng, number, habits, world) for _ in range(PEOPLE))
            alarms, total = alarms + hits, total + PEOPLE
            low, high = wilson(hits, PEOPLE)
            # A cell of its own proves too many where even the low end of its interval is above the bar.
            above += [f"{number} days, {habits} habits"] * (low > MOST_FALSE)
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


def _reads_a_pattern(rng: Random, number: int, habits: int, world: Callable[..., Series]) -> bool:
    days = _days(rng, number)
    feeling = world(rng, days, weekend=1.0)
    scores = [_scored(_mixed(rng, feeling, SHARED)) for _ in range(2)]
    series = [[float(value < 0.5) for value in world(rng, days, weekend=1.0)] for _habit in range(habits)]
    # The page of all habits compares the share of the day.
    series.append([sum(its) / habits for its in zip(*series, strict=True)])
    return any(_is_said(days, done, score, habits=habits) for done in series for score in scores)


def _is_said(days: Sequence[dt.date], done: Series, score: Series, *, habits: int) -> bool:
    result = correlation.correlate(days, done, score, among=correlation.comparisons(habits))
    return result is not None and result.beyond_chance


def _days(rng: Random, number: int) -> list[dt.date]:
    """So many days with a score; on some days in between none was noted."""
    days, day = list[dt.date](), MONDAY
    while len(days) < number:
        day += ONE_DAY
        if rng.random() < 0.9:
            days.append(day)
    return days


# ── Worlds without a pattern ────────────────────────────────────────────────


def _chance(rng: Random, days: Sequence[dt.date], *, weekend: float) -> Series:
    return [rng.gauss(0, 1) for _day in days]


def _weekly(rng: Random, days: Sequence[dt.date], *, weekend: float) -> Series:
    """Weekends differ from workdays by one and a half standard deviations."""
    return [rng.gauss(1.5 * weekend * (day.weekday() >= 5), 1) for day in days]


def _drift(rng: Random, days: Sequence[dt.date], *, weekend: float) -> Series:
    value, series = 0.0, list[float]()
    for _day in days:
        value = ECHO * value + math.sqrt(1 - ECHO**2) * rng.gauss(0, 1)
        series.append(value)
    return series


WORLDS = {"all by chance": _chance, "the same rhythm of the week": _weekly, "each drifting": _drift}


def _mixed(rng: Random, feeling: Series, share: float) -> Series:
    return [math.sqrt(share) * value + math.sqrt(1 - share) * rng.gauss(0, 1) for value in feeling]


def _scored(feeling: Series) -> Series:
    """On the scale of 1 to 10."""
    return [float(min(10, max(1, round(5.5 + 1.8 * value)))) for value in feeling]


# ── Power ───────────────────────────────────────────────────────────────────


def _power(found: Report, rng: Random) -> None:
    found.add(f"  patterns that are read, r = {RHO} with the share of a day, {POWER_DAYS} days ({PEOPLE} people each)")
    found.add("    habits    mood or energy    one of them    the limit of one")
    for habits in HABITS:
        both, one = 0, 0
        for _person in range(PEOPLE):
            said = _planted(rng, habits)
            both, one = both + any(said), one + said[0]
        found.add(f"    {habits:<10}{both / PEOPLE:<18.2f}{one / PEOPLE:<15.2f}{_limit(habits):.2f}")
        if habits == 1:
            found.must(
                f"power for mood or energy with one habit {both / PEOPLE:.2f}, at least {LEAST_POWER:.2f}",
                holds=both >= LEAST_POWER * PEOPLE,
            )


def _planted(rng: Random, habits: int) -> list[bool]:
    """Whether mood and energy are said to go with what was done; both do."""
    days = _days(rng, POWER_DAYS)
    done = _chance(rng, days, weekend=0)
    # What Pearson's correlation has to be for a rank correlation of RHO.
    r = 2 * math.sin(math.pi * RHO / 6)
    scores = [[r * value + math.sqrt(1 - r * r) * rng.gauss(0, 1) for value in done] for _ in range(2)]
    return [_is_said(days, done, score, habits=habits) for score in scores]


def _limit(habits: int) -> float:
    """The power of the same test for one score, on independent days without a rhythm."""
    normal = NormalDist()
    width = math.sqrt((1 + RHO * RHO / 2) / (POWER_DAYS - 3))
    return normal.cdf(math.atanh(RHO) / width - normal.inv_cdf(1 - 0.05 / 2 / correlation.comparisons(habits)))
