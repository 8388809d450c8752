"""Finds a day to come that a question names: 내일, 모레, on Friday. Pure."""

import datetime as dt
import re

from accounts.days import ONE_DAY, WEEK, Calendar
from coaching.questions import periods
from coaching.questions.periods import Period, UnclearDays

_NAMED = [
    ("day_after_tomorrow", 2, re.compile(r"내일모레|모레|(?:the)?dayaftertomorrow")),
    ("tomorrow", 1, re.compile(r"내일|tomorrow")),
]
_THIS_WEEK = re.compile(r"이번주|thisweek")
_UNTIL = re.compile(r"(?:by|from)\|")


def names_one(asked: str) -> bool:
    """Whether `asked`, a question without spaces, names tomorrow or the day after."""
    return any(pattern.search(asked) for _name, _days, pattern in _NAMED)


def find(asked: str, *, day: dt.date, calendar: Calendar) -> Period | None:
    """Tomorrow, the day after, or the next such weekday after today.

    None if the question names none of them, or other days as well.
    """
    rest = _THIS_WEEK.sub("", asked)
    found = _named(rest, day=day)
    if found is None:
        return None
    period, words = found
    if _THIS_WEEK.search(asked) and calendar.week_of(period.first) != calendar.week_of(day):
        return None
    rest = rest.replace(words, "|", 1)
    try:
        is_only = periods.find_only(rest, day=day, calendar=calendar) is None
    except UnclearDays:
        return None
    return None if not is_only or _UNTIL.search(rest) or _named(rest, day=day) else period


def _named(asked: str, *, day: dt.date) -> tuple[Period, str] | None:
    """The first day that is named, and its words."""
    for name, number, pattern in _NAMED:
        if words := pattern.search(asked):
            date = day + number * ONE_DAY
            return Period(name, date, date), words[0]
    for weekday, names in periods.WEEKDAYS.items():
        if words := re.search(names, asked):
            date = periods.latest(weekday, day=day).first + WEEK
            return Period("coming_weekday", date, date, weekday), words[0]
    return None
