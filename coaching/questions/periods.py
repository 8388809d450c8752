"""Finds the days that a question is about. Pure.

For example 지난주, 이번 달, 최근 30일, last week.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from accounts.days import ONE_DAY, WEEK, Calendar
from core import months

# "Since the beginning" of a record.
BEGINNING = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included.

    `name` is a code for the sentence of the answer.
    """

    name: str
    first: dt.date
    last: dt.date
    # The number in "the last 30 days", the month in "in March".
    number: int = 0


type _Days = Callable[[dt.date, dt.date], tuple[dt.date, dt.date]]


# Words without spaces; the first that is found counts. `week` is the first day of the person's present week.
_NAMED: list[tuple[str, str, _Days]] = [
    ("week_before_last", r"지지난주|저저번주|저번저번주|theweekbeforelast", lambda day, week: (week - 2 * WEEK, week - WEEK - ONE_DAY)),
    ("last_week", r"지난주|저번주|지난한주|전주(?:에|엔)|lastweek|previousweek", lambda day, week: (week - WEEK, week - ONE_DAY)),
    ("this_week", r"이번주|금주|이주에|thisweek", lambda day, week: (week, day)),
    ("last_month", r"지난달|저번달|전달(?:에|엔)|지난월|lastmonth|previousmonth", lambda day, week: (months.later(day, -1), day.replace(day=1) - ONE_DAY)),
    ("this_month", r"이번달|이달|금월|thismonth", lambda day, week: (day.replace(day=1), day)),
    ("last_year", r"작년|지난해|저번해|lastyear", lambda day, week: (dt.date(day.year - 1, 1, 1), dt.date(day.year - 1, 12, 31))),
    ("this_year", r"올해|올해에|금년|thisyear", lambda day, week: (dt.date(day.year, 1, 1), day)),
    ("day_before_yesterday", r"그저께|그제|엊그제|daybeforeyesterday", lambda day, week: (day - 2 * ONE_DAY, day - 2 * ONE_DAY)),
    ("yesterday", r"어제|어젠|어저께|yesterday", lambda day, week: (day - ONE_DAY, day - ONE_DAY)),
    ("today", r"오늘|today", lambda day, week: (day, day)),
]  # fmt: skip
_ALWAYS = re.compile(r"지금까지|여태|이제까지|전체|통틀어|모두합|총(?!량)|평생|alltime|sofar|ever(?!y)|intotal|overall")
_LATELY = re.compile(
    r"(?:최근|지난|요|요즘|last|past)?(\d{1,3}|한|두|세|네|일|이|삼|사|육|one|two|three|four|six)(일|주일|주|달|개월|days?|weeks?|months?)(?:동안|간|사이)?(?!째)"
)
# Said without a number, it is two weeks.
_RECENTLY = re.compile(r"요즘|요새|요사이|최근에?(?!언제)|recently|lately|thesedays")
_RECENT_DAYS = 14
_SOON = re.compile(r"(일주일|한주동안|aweek)|(이틀|사흘|나흘|닷새|엿새|이레|여드레|아흐레|열흘|보름)(?!째)")
DAY_WORDS = {
    "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "아흐레": 9, "열흘": 10, "보름": 15,
}  # fmt: skip
_MONTH = re.compile(r"(?<!\d)(1[0-2]|[1-9])월(?:에|달|의|동안|부터)?(?!\d)")
_DATE = re.compile(r"(?<!\d)(1[0-2]|[1-9])월(3[01]|[12]?\d)일")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
# Months that are words besides.
_ALSO_WORDS = {"march", "may", "august"}
_NUMBERS = {
    "한": 1, "일": 1, "one": 1, "두": 2, "이": 2, "two": 2, "세": 3, "삼": 3, "three": 3, "네": 4, "사": 4, "four": 4, "육": 6, "six": 6,
}  # fmt: skip
_UNITS = {"일": 1, "day": 1, "days": 1, "주": 7, "주일": 7, "week": 7, "weeks": 7}
_DAYS_OF_A_MONTH = 30
WEEKDAYS = {
    1: r"월요일|monday", 2: r"화요일|tuesday", 3: r"수요일|wednesday", 4: r"목요일|thursday", 5: r"금요일|friday", 6: r"토요일|saturday", 7: r"일요일|sunday",
}  # fmt: skip
_WEEKEND = re.compile(r"주말|weekend")
_WORKDAYS = re.compile(r"평일|weekdays")


def find(asked: str, *, day: dt.date, calendar: Calendar) -> Period | None:
    """The days that `asked`, a question without spaces, names; None if it names none."""
    if date := _DATE.search(asked):
        return _of_date(int(date[1]), int(date[2]), day=day)
    first_of_week = calendar.week_of(day)
    for name, words, days in _NAMED:
        if re.search(words, asked):
            first, last = days(day, first_of_week)
            return Period(name, first, last)
    return _of_month(asked, day=day) or _lately(asked, day=day) or _at_length(asked, day=day)


def _at_length(asked: str, *, day: dt.date) -> Period | None:
    if _ALWAYS.search(asked):
        return always(day)
    return lately(_RECENT_DAYS, day=day) if _RECENTLY.search(asked) else None


def weekdays(asked: str) -> frozenset[int]:
    """The ISO weekdays that the question is limited to; empty for all."""
    if _WEEKEND.search(asked):
        return frozenset({6, 7})
    if _WORKDAYS.search(asked):
        return frozenset({1, 2, 3, 4, 5})
    return frozenset(number for number, words in WEEKDAYS.items() if re.search(words, asked))


def named(name: str, *, day: dt.date, calendar: Calendar) -> Period:
    """A period of `_NAMED` by its code."""
    days = next(days for code, _words, days in _NAMED if code == name)
    return Period(name, *days(day, calendar.week_of(day)))


def before(period: Period) -> Period:
    """As many days from the beginning of the week, month or stretch before."""
    length = period.last - period.first
    if period.name in ("this_month", "month"):
        first = months.later(period.first, -1)
        return Period("month", first, min(first + length, period.first - ONE_DAY), first.month)
    if period.name == "this_week":
        return Period("last_week", period.first - WEEK, period.first - WEEK + length)
    first = period.first - length - ONE_DAY
    return Period("date", first, first) if not length.days else Period("lately", first, first + length, length.days + 1)


def latest(weekday: int, *, day: dt.date) -> Period:
    """The last such weekday, today included; 1 is Monday."""
    date = day - ((day.isoweekday() - weekday) % 7) * ONE_DAY
    return Period("date", date, date)


def always(day: dt.date) -> Period:
    return Period("always", BEGINNING, day)


def lately(days: int, *, day: dt.date) -> Period:
    """The last `days` days, today included."""
    return Period("lately", day - (days - 1) * ONE_DAY, day, days)


def _lately(asked: str, *, day: dt.date) -> Period | None:
    if said := _SOON.search(asked):
        return lately(DAY_WORDS.get(said[2], 7), day=day)
    found = _LATELY.search(asked)
    if not found:
        return None
    number = _NUMBERS.get(found[1]) or int(found[1])
    days = number * _UNITS.get(found[2], _DAYS_OF_A_MONTH)
    return lately(days, day=day) if days else None


def _of_month(asked: str, *, day: dt.date) -> Period | None:
    found = _MONTH.search(asked)
    named = [
        number
        for number, word in enumerate(_MONTHS, start=1)
        if re.search(rf"(?:in|during|of){word}" if word in _ALSO_WORDS else word, asked)
    ]
    if not found and not named:
        return None
    month = int(found[1]) if found else named[0]
    first = dt.date(day.year if month <= day.month else day.year - 1, month, 1)
    return Period("month", first, min(months.last_day(first), day), month)


def _of_date(month: int, number: int, *, day: dt.date) -> Period | None:
    """The latest such date that is not in the future."""
    for year in range(day.year, day.year - 5, -1):
        try:
            date = dt.date(year, month, number)
        except ValueError:
            continue
        if date <= day:
            return Period("date", date, date)
    return None
