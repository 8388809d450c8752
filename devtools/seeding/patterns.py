"""Patterns of behaviour and mood, as functions of the position in the history.

A chance is the probability of habit what a day asks for, 0.0 to 1.0; `gone` is the elapsed share of the history, 0.0 to
1.0.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

SATURDAY = 6


class Pattern(NamedTuple):
    name: str
    chance: Callable[[float, int], float]  # (gone, ISO weekday)
    minutes_later: int = 0  # than most people; negative is earlier


def early_bird(_gone: float, weekday: int) -> float:
    return 0.94 if weekday < SATURDAY else 0.8


def weekend_dropper(_gone: float, weekday: int) -> float:
    return 0.93 if weekday < SATURDAY else 0.2


def comeback(gone: float, _weekday: int) -> float:
    """A good start, then away for a quarter of the time, then back and better."""
    if gone < 0.35:
        return 0.82
    return 0.0 if gone < 0.6 else 0.9


def steady(_gone: float, _weekday: int) -> float:
    return 0.96


def fading(gone: float, _weekday: int) -> float:
    return 0.95 * (1 - gone) ** 1.3


PATTERNS = (
    Pattern("early_bird", early_bird, minutes_later=-110),
    Pattern("weekend_dropper", weekend_dropper, minutes_later=20),
    Pattern("comeback", comeback),
    Pattern("steady", steady),
    Pattern("fading", fading, minutes_later=50),
)


def morale(before: float, share: float) -> float:
    """A moving average of the done share of each day, 0.0 to 1.0."""
    return 0.85 * before + 0.15 * share


def mood(rng: Random, *, morale: float, weekday: int) -> int:
    return _to_score(rng.gauss(3.6 + 4.2 * morale + (0.7 if weekday >= SATURDAY else 0.0), 1.5))


def energy(rng: Random, *, mood: int, hour: int) -> int:
    tired = max(abs(hour - 11) - 4, 0) / 4
    return _to_score(rng.gauss(2.8 + 0.6 * mood - tired, 1.4))


def _to_score(value: float) -> int:
    """The nearest of the five scores that a person can choose: 2, 4, 6, 8, 10."""
    return min(max(2 * round(value / 2), 2), 10)
