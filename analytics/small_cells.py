"""Hides numbers of so few people that one of them could be recognised.

Of parts that add up to a shown sum a single hidden one could be subtracted: another is hidden with it.
"""

from collections.abc import Collection, Mapping
from math import sqrt

FEWEST = 5
# Shares of fewer people are shown grey, with their interval.
FEW = 30


def is_small(people: int) -> bool:
    return 0 < people < FEWEST


def shown[K](parts: Mapping[K, int], *, also: Collection[K] = ()) -> dict[K, int | None]:
    """The parts of a sum that is shown; hidden ones are None.

    Those of `also` are hidden in any case.
    """
    hidden = {part for part, people in parts.items() if is_small(people) or part in also}
    if len(hidden) == 1 and len(parts) > 1:
        others = {part: people for part, people in parts.items() if part not in hidden}
        # The smallest that has anybody: hiding a 0 would hide no one.
        hidden.add(min(others, key=lambda part: (others[part] == 0, others[part])))
    return {part: None if part in hidden else people for part, people in parts.items()}


def share_is_hidden(part: int, whole: int) -> bool:
    """Whether few people have it, or few do not."""
    return is_small(whole) or is_small(part) or is_small(whole - part)


def interval(part: int, whole: int) -> tuple[float, float]:
    """Wilson's interval of a share, 95 %."""
    z = 1.96
    share, scale = part / whole, 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    half = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / scale
    return max(middle - half, 0.0), min(middle + half, 1.0)
