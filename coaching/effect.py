"""Estimates whether messages help: check-ins after a message against those after silence.

    difference(outcomes, arms) -> Estimate | None

Each day was a message or silence with a known probability, so the weighted means estimate what would have happened had
every eligible day been the one or the other. What is compared is the check-in less the one expected from the person's days
before the decision: that changes nothing on average and makes the interval much narrower. The interval is that of the normal approximation, wider where few days were
silent; `sequence_half_width` holds at every look at once (Howard et al. 2021, normal mixture), for tables that staff
look at whenever they like.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

# Two-sided 96 %: with a few hundred silent days the normal approximation is a little short, and 95 % is promised.
NORMAL = 2.0537
ALPHA = 0.05
# The number of outcomes at which the anytime-valid interval is narrowest.
TUNED_FOR = 2_000
# Fewer outcomes of either side tell nothing.
FEWEST = 30
# Shares of versions: below this p-value the shares are not as set.
MISMATCH = 0.001


class DecisionOutcome(NamedTuple):
    """One settled decision."""

    arm: str
    # Of the group compared: of any message, or of this tone.
    probability: float
    checked_in: bool
    # The share of the person's days with a check-in, before the decision.
    expected: float = 0.0


class Estimate(NamedTuple):
    """A difference in points of a hundred, with its interval and the days of each side."""

    points: float
    low: float
    high: float
    with_message: int
    silent: int


def difference(
    outcomes: Iterable[DecisionOutcome], arms: Collection[str], *, silence: str, anytime: bool = False
) -> Estimate | None:
    """Check-in rate after one of `arms` less that after silence; None while there is too little.

    Hájek's estimator: weights are scaled to sum to 1, which is steadier than dividing by the number of days.
    """
    sent, silent = [], []
    for outcome in outcomes:
        value = (1 / outcome.probability, outcome.checked_in - outcome.expected)
        if outcome.arm == silence:
            silent.append(value)
        elif outcome.arm in arms:
            sent.append(value)
    if min(len(sent), len(silent)) < FEWEST:
        return None
    (one, one_variance), (other, other_variance) = _weighted(sent), _weighted(silent)
    variance = one_variance + other_variance
    half = sequence_half_width(variance, len(sent) + len(silent)) if anytime else NORMAL * math.sqrt(variance)
    points = 100 * (one - other)
    return Estimate(points, points - 100 * half, points + 100 * half, len(sent), len(silent))


def _weighted(values: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The weighted mean and its variance."""
    total = sum(weight for weight, _value in values)
    mean = sum(weight * value for weight, value in values) / total
    variance = sum((weight * (value - mean)) ** 2 for weight, value in values) / total**2
    # A small sample underestimates it.
    size = len(values)
    return mean, variance * size / max(size - 1, 1) + 0.25 / size**2


def sequence_half_width(variance: float, number: int) -> float:
    """Half of an interval that covers at every number of outcomes at once with 95 %."""
    rho = TUNED_FOR / (2 * math.log(1 / ALPHA) + math.log(1 + 2 * math.log(1 / ALPHA)))
    scale = variance * number
    return math.sqrt(scale * (number + rho) / number**2 * math.log((number + rho) / (rho * ALPHA**2)))


class Share(NamedTuple):
    """A share in percent with an interval that holds at every look."""

    percent: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.percent:.0f}% [{self.low:.0f}, {self.high:.0f}]"


def share(some: int, number: int) -> Share | None:
    """How many of `number` were so; None while there are fewer than FEWEST."""
    if number < FEWEST:
        return None
    found = some / number
    # As in `_weighted`: where all or none were so, the variance alone would promise certainty.
    half = sequence_half_width(found * (1 - found) / (number - 1) + 0.25 / number**2, number)
    return Share(100 * found, 100 * max(found - half, 0.0), 100 * min(found + half, 1.0))


def share_mismatch(counts: Sequence[int], shares: Sequence[float]) -> float:
    """The p-value of counts against the shares that were set (chi-squared).

    Below MISMATCH something is wrong.
    """
    total, whole = sum(counts), sum(shares)
    if not total or len(counts) < 2:
        return 1.0
    expected = [total * share / whole for share in shares]
    statistic = sum((count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True))
    return _chi_squared_tail(statistic, len(counts) - 1)


def _chi_squared_tail(statistic: float, freedom: int) -> float:
    """Exact for one degree of freedom, else Wilson and Hilferty's approximation, good to three digits."""
    if statistic <= 0:
        return 1.0
    if freedom == 1:
        return math.erfc(math.sqrt(statistic / 2))
    spread = 2 / (9 * freedom)
    normal = ((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    return 0.5 * math.erfc(normal / math.sqrt(2))
