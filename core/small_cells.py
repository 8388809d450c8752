"""Hides numbers of so few people that one could be recognised, on all pages of staff.

Where parts add up to a sum that is shown, a single hidden part could be calculated: a second one is hidden with it.

    people_text(people)         the number as staff read it
    part_text(part, whole)      the same where the whole is known too
    visible_parts(parts)        the parts of a sum, those to hide as None
"""

from collections.abc import Collection, Mapping
from math import sqrt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FEWEST = 5
FEWER, HIDDEN = gettext_lazy("5명 미만"), gettext_lazy("숨김")
# Shares of fewer people are shown grey, with their interval.
FEW = 30


def is_small(people: int) -> bool:
    return 0 < people < FEWEST


def people_text(people: int) -> str:
    return str(FEWER) if is_small(people) else _("%(people)s명") % {"people": f"{people:,}"}


def part_text(part: int, whole: int) -> str:
    """A part of a known whole. Where few are missing from the whole, only that it is no more."""
    return _("많아야 %(people)s명") % {"people": f"{whole:,}"} if is_small(whole - part) else people_text(part)


def visible_parts[K](parts: Mapping[K, int], *, also: Collection[K] = ()) -> dict[K, int | None]:
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
