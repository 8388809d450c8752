"""A number with its unit, as one reads it: 8잔, 30 min, 10,000걸음, 3번; facts side by side: 매일 · 8잔 · 쉬움."""

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache, wraps
from typing import cast

from django.utils.translation import get_language, gettext, ngettext

NBSP = "\N{NO-BREAK SPACE}"
# 오후 9:29, 가장 길게 53일: too short to be torn apart between two lines.
SHORT_FACT = 10


def amount(number: int, unit: str | None) -> str:
    """A unit in Latin letters stands apart from its number; without a unit it is times."""
    if not unit:
        return ngettext("%(n)s번", "%(n)s번", number) % {"n": f"{number:,}"}
    if unit[0].isascii() and unit[0].isalpha():
        return f"{number:,} {unit}"
    return gettext("%(n)s%(unit)s") % {"n": f"{number:,}", "unit": unit}


def facts(words: Iterable[str | None]) -> str:
    """Those that say something. A line never ends with a dot alone: it goes with the fact after it."""
    return f" ·{NBSP}".join(_whole(word) for word in words if word)


def _whole(word: str) -> str:
    return word.replace(" ", NBSP) if len(word) <= SHORT_FACT else word


def per_language[Say: Callable[..., str]](say: Say) -> Say:
    """Remembers what a function says of a few plain values, in each language: rows and pages say the same few things, and
    looking one up costs more than putting it in its place."""

    @lru_cache(maxsize=4096)
    def said(_language: str | None, *values: Hashable) -> str:
        return say(*values)

    @wraps(say)
    def in_language(*values: Hashable) -> str:
        return said(get_language(), *values)

    return cast("Say", in_language)
