"""What a section of the evaluation hands back, and the statistics that several share."""

import math
from dataclasses import dataclass, field

# The normal quantile of a two-sided interval of 95 %.
Z = 1.96


@dataclass
class Report:
    title: str
    lines: list[str] = field(default_factory=list)
    # The bars that were missed, in words; any makes the run fail.
    missed: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)

    def must(self, claim: str, *, holds: bool) -> None:
        self.lines.append(f"{'ok    ' if holds else 'MISSED'} {claim}")
        if not holds:
            self.missed.append(claim)


def wilson(hits: int, total: int, *, z: float = Z) -> tuple[float, float]:
    """The interval of a share, by Wilson: 95 % unless `z` is given; (0, 1) without cases."""
    if not total:
        return 0.0, 1.0
    share, spread = hits / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)
