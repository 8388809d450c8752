"""Levels from points: each level takes a hundred points more than the level before it."""

from math import isqrt


def level(points: int) -> int:
    """The level of these points. Level n begins at 50·n·(n − 1).

    1 from the start, 2 from 100 points, 3 from 300, 4 from 600, …
    """
    # Integer arithmetic only: the largest n with 50·n·(n − 1) ≤ points.
    return (isqrt(1 + 4 * (max(points, 0) // 50)) + 1) // 2


def begins(level: int) -> int:
    """The points at which `level` begins."""
    return 50 * level * (level - 1)
