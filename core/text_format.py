"""Formats numbers with units (8잔, 30 min), lengths of time (3주) and lists of facts."""

import datetime as dt
import re
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache, wraps
from typing import cast

from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, npgettext, npgettext_lazy, override

# A text, or one that is translated when it is shown.
type Text = str | Promise

NBSP = "\N{NO-BREAK SPACE}"
WORD_JOINER = "\N{WORD JOINER}"
_AFTER_PERCENT = re.compile("%(?=[가-힣])")
# Characters. Facts up to this length, such as 오후 9:29 or 가장 길게 53일, are not broken between two lines.
SHORT_FACT = 10
# Units of the catalogue, said in the reader's language though a habit was chosen in another. Others stay as they are.
UNITS = (
    npgettext_lazy("unit", "잔", "잔"), npgettext_lazy("unit", "쪽", "쪽"), npgettext_lazy("unit", "분", "분"), npgettext_lazy("unit", "번", "번"),
    npgettext_lazy("unit", "자", "자"), npgettext_lazy("unit", "개", "개"), npgettext_lazy("unit", "걸음", "걸음"),
)  # fmt: skip
# The units that a habit chosen in English keeps, by that text. The context is the unit itself: 개 counts reps, and ideas.
ENGLISH_UNITS = {
    "characters": npgettext_lazy("characters", "자", "자"),
    "cups": npgettext_lazy("cups", "잔", "잔"),
    "glasses": npgettext_lazy("glasses", "잔", "잔"),
    "ideas": npgettext_lazy("ideas", "개", "개"),
    "minutes": npgettext_lazy("minutes", "분", "분"),
    "pages": npgettext_lazy("pages", "쪽", "쪽"),
    "reps": npgettext_lazy("reps", "개", "개"),
    "rounds": npgettext_lazy("rounds", "번", "번"),
    "times": npgettext_lazy("times", "번", "번"),
    "words": npgettext_lazy("words", "개", "개"),
}


def amount(number: int, unit: str | None) -> str:
    """A number with its unit, with a space before Latin letters and none before Hangul.

    Without a unit it counts times.
    """
    if not unit:
        return ngettext("%(n)s번", "%(n)s번", number) % {"n": f"{number:,}"}
    unit = unit_text(unit, number)
    if unit[0].isascii() and unit[0].isalpha():
        return f"{number:,}{NBSP}{unit}"
    return gettext("%(n)s%(unit)s") % {"n": f"{number:,}", "unit": unit}


def storage_size(megabytes: int) -> str:
    """100MB, 50GB."""
    if megabytes and megabytes % 1024 == 0:
        return gettext("%(n)sGB") % {"n": megabytes // 1024}
    return gettext("%(n)sMB") % {"n": megabytes}


def unit_text(unit: str | None, number: int = 2) -> str:
    """The unit in the reader's language; empty where there is none."""
    if not unit:
        return ""
    if unit in ENGLISH_UNITS:
        return str(ENGLISH_UNITS[unit] % number)
    return npgettext("unit", unit, unit, number)


def lasting_unit(unit: str, english: str) -> str:
    """Which of a template's two units a habit keeps, so that it is said right in both languages.

    잔 is read as glasses: a habit that counts cups keeps "cups", which is 잔 on a Korean page.
    """
    with override("en"):
        usual = unit_text(unit)
    return english if english in ENGLISH_UNITS and english != usual else unit


def share_text(done: int, target: int, unit: str | None) -> str:
    """What is done of a target: 8잔 중 5잔, 5 of 8 glasses.

    Where all of it is done, the one amount.
    """
    whole = amount(target, unit)
    if done == target:
        return whole
    part = amount(done, unit) if (get_language() or "").startswith("ko") else f"{done:,}"
    return gettext("%(target)s 중 %(amount)s") % {"target": whole, "amount": part}


def length(number: int, unit: str) -> str:
    """So many "days", "weeks" or "months" in the reader's language: 7일, 3 weeks."""
    if unit == "weeks":
        return ngettext("%(n)d주", "%(n)d주", number) % {"n": number}
    if unit == "months":
        return ngettext("%(n)d달", "%(n)d달", number) % {"n": number}
    return ngettext("%(n)d일", "%(n)d일", number) % {"n": number}


def whole_percents(text: str) -> str:
    """The text with each Korean particle on the line of its percent sign: 61%가."""
    return _AFTER_PERCENT.sub(f"%{WORD_JOINER}", text)


def facts(words: Iterable[str | None]) -> str:
    """Joins the non-empty facts with dots, where only text can stand.

    A dot never ends a line: it is kept with the fact after it. In an element of its own a page shows the list itself
    (`facts_line` in core/templatetags/ui.py), so that none begins a line either.
    """
    return f" ·{NBSP}".join(_whole(word) for word in words if word)


def _whole(word: str) -> str:
    return word.replace(" ", NBSP) if len(word) <= SHORT_FACT else word


def per_language[Say: Callable[..., str]](say: Say) -> Say:
    """Caches a text function by language and arguments.

    Pages repeat a few texts many times, and a gettext lookup costs more than inserting the result.
    """

    @lru_cache(maxsize=4096)
    def said(_language: str | None, *values: Hashable) -> str:
        return say(*values)

    @wraps(say)
    def in_language(*values: Hashable) -> str:
        return said(get_language(), *values)

    return cast("Say", in_language)


@per_language
def hour_text(hour: int) -> str:
    """A full hour on the clock of the language: 오후 8시, 20:00. 24 ends the day."""
    return time_format(dt.time(hour % 24), gettext("A g시"))


def time_text(time: dt.time) -> str:
    """A time on the clock of the language: 오후 8:30, 20:30."""
    return time_format(time)


@per_language
def date_text(day: dt.date, form: str) -> str:
    """Django's `date_format`, for pages that name many days."""
    return date_format(day, form)


def moment_text(local: dt.datetime, *, today: dt.date) -> str:
    """A time on the reader's clock, with its year unless that is the year of `today`."""
    if local.year != today.year:
        return date_format(local, "SHORT_DATETIME_FORMAT")
    return f"{date_format(local, 'MONTH_DAY_FORMAT')} {time_format(local)}"


def day_text(day: dt.date, *, today: dt.date) -> str:
    """A day with its weekday, and with its year unless that is the year of `today`."""
    return date_format(day, gettext("n월 j일 l") if day.year == today.year else gettext("Y년 n월 j일 l"))
