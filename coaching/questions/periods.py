"""Finds the days that a question is about. Pure.

For example 지난주, 이번 달, 최근 30일, last week, 10월 첫째 주.

The weeks of a month are those of the person's calendar. A week belongs to the month in which it has four days or more, so
each week belongs to one month, as in the Korean standard (KS X ISO 8601). The answer says its dates.
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
    # The part of these days that is meant (`day_parts`); "" for all of it.
    part: str = ""


class UnclearDays(ValueError):
    """Days are named that do not exist, or by words of which only some are understood."""


type _Days = Callable[[dt.date, dt.date], tuple[dt.date, dt.date]]


# Words without spaces; the first that is found counts. `week` is the first day of the person's present week.
_NAMED: list[tuple[str, str, _Days]] = [
    ("week_before_last", r"지지난주|저저번주|저번저번주|theweekbeforelast", lambda day, week: (week - 2 * WEEK, week - WEEK - ONE_DAY)),
    ("last_week", r"지난주|저번주|지난한주|전주(?:에|엔)|lastweek|previousweek", lambda day, week: (week - WEEK, week - ONE_DAY)),
    ("this_week", r"이번주|금주|이주에|thisweek", lambda day, week: (week, day)),
    ("last_month", r"지난달|저번달|전달(?:에|엔)|지난월|lastmonth|previousmonth", lambda day, week: (months.later(day, -1), day.replace(day=1) - ONE_DAY)),
    ("this_month", r"이번달|이달|금월|thismonth", lambda day, week: (day.replace(day=1), day)),
    ("last_year", r"작년|지난해|저번해|lastyear", lambda day, week: (dt.date(day.year - 1, 1, 1), dt.date(day.year - 1, 12, 31))),
    ("this_year", r"(?:올해|금년)(?!의?\d+월)|thisyear", lambda day, week: (dt.date(day.year, 1, 1), day)),
    ("day_before_yesterday", r"그저께|그제|엊그제|daybeforeyesterday", lambda day, week: (day - 2 * ONE_DAY, day - 2 * ONE_DAY)),
    ("yesterday", r"어제|어젠|어저께|yesterday", lambda day, week: (day - ONE_DAY, day - ONE_DAY)),
    ("today", r"오늘|today|this(?=morning|afternoon|evening)", lambda day, week: (day, day)),
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
_MONTH = re.compile(r"(?:올해|금년)?의?(?<!\d)(1[0-2]|[1-9])월(?:에|달|의|동안)?(?!\d)")
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
_ENGLISH_MONTH = re.compile("|".join(rf"(?:in|during|of){word}" if word in _ALSO_WORDS else word for word in _MONTHS))
_ORDINALS = [
    r"첫째|첫번째|첫|first|1st|1",
    r"둘째|두번째|second|2nd|2",
    r"셋째|세번째|third|3rd|3",
    r"넷째|네번째|fourth|4th|4",
    r"다섯째|다섯번째|fifth|5th|5",
]
_ORDINAL = "|".join(["마지막|last", *_ORDINALS])
_WEEK_OF_MONTH = re.compile(
    rf"(?P<month>(?<!\d)(?:1[0-2]|[1-9])월|이번달|이달|지난달|저번달)의?(?P<number>{_ORDINAL})(?:번째|째)?주차?(?!동안|간|일)"
    rf"|(?P<english_number>{_ORDINAL})week(?:of|in)(?P<english_month>thismonth|lastmonth|{'|'.join(_MONTHS)})"
)
_NUMBERS = {
    "한": 1, "일": 1, "one": 1, "두": 2, "이": 2, "two": 2, "세": 3, "삼": 3, "three": 3, "네": 4, "사": 4, "four": 4, "육": 6, "six": 6,
}  # fmt: skip
_UNITS = {"일": 1, "day": 1, "days": 1, "주": 7, "주일": 7, "week": 7, "weeks": 7}
_DAYS_OF_A_MONTH = 30
_MIDDLE_OF_WEEK = 3 * ONE_DAY
WEEKDAYS = {
    1: r"월요일|monday", 2: r"화요일|tuesday", 3: r"수요일|wednesday", 4: r"목요일|thursday", 5: r"금요일|friday", 6: r"토요일|saturday", 7: r"일요일|sunday",
}  # fmt: skip
_LAST_WEEKDAY = re.compile(rf"(?:지난|저번|last)({'|'.join(WEEKDAYS.values())})(?!s)")
# What is about days and is not read: numbers of time, ordinals, and what makes other days of those that are read ("|").
_UNREAD = re.compile(
    r"\d+(?:년|월|주|일(?!째)|달|개월|시(?!간))|(?<!지금)(?<!여태)(?<!이제)(?<!목표)(?<!언제)(?<!쪽)(?<!페이지)(?:부터|까지)|between|until|(?<!s)till"
    r"|(?:first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th)week|첫|둘째|셋째|넷째|다섯째|(?<!몇)번째|마지막주|낮에|[한대]낮|째주|\d+(?:분|시간)동안|\|(?:전(?!체|부)|이후|이전|이내|차|째|of|ago|\d+(?:$|[a-z]))|(?:since|before|after)(?:\||\d)"
)
_WEEKEND = re.compile(r"주말|weekend")
_WORKDAYS = re.compile(r"평일|weekdays")


type _Found = tuple[Period | None, re.Match[str]]


def find(asked: str, *, day: dt.date, calendar: Calendar) -> Period | None:
    """The days that `asked`, a question without spaces, names first; None if it names none."""
    found = _search(asked, day=day, calendar=calendar)
    return found[0] if found else _at_length(asked, day=day)


def find_only(asked: str, *, day: dt.date, calendar: Calendar) -> Period | None:
    """The same, where nothing else in the question speaks of days.

    Raises UnclearDays: of "since last week" or "3 o'clock" a part is read, and the answer would be one to something else.
    """
    found = _search(asked, day=day, calendar=calendar)
    rest = asked
    if found:
        period, words = found
        rest = f"{asked[: words.start()]}|{asked[words.end() :]}"
        if period is None:
            raise UnclearDays
    if _search(rest, day=day, calendar=calendar) or _UNREAD.search(rest):
        raise UnclearDays
    return found[0] if found else _at_length(asked, day=day)


def _search(asked: str, *, day: dt.date, calendar: Calendar) -> _Found | None:
    """Days and the words that name them; no days where they do not exist or are still to come."""
    if words := _WEEK_OF_MONTH.search(asked):
        return _week_of_month(words, day=day, calendar=calendar), words
    if words := _DATE.search(asked):
        return _of_date(int(words[1]), int(words[2]), day=day), words
    if words := _LAST_WEEKDAY.search(asked):
        return latest(min(weekdays(words[1])), day=day - ONE_DAY), words
    for name, pattern, days in _NAMED:
        if words := re.search(pattern, asked):
            return Period(name, *days(day, calendar.week_of(day))), words
    return _of_month(asked, day=day) or _lately(asked, day=day)


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


def _lately(asked: str, *, day: dt.date) -> _Found | None:
    if words := _SOON.search(asked):
        return lately(DAY_WORDS.get(words[2], 7), day=day), words
    if words := _LATELY.search(asked):
        number = _NUMBERS.get(words[1]) or int(words[1])
        days = number * _UNITS.get(words[2], _DAYS_OF_A_MONTH)
        return lately(days, day=day) if days else None, words
    return None


def _of_month(asked: str, *, day: dt.date) -> _Found | None:
    words = _MONTH.search(asked) or _ENGLISH_MONTH.search(asked)
    if not words:
        return None
    first = _first_of_month(words[0], day=day)
    if re.match(r"올해|금년", words[0]) and first.year < day.year:
        return None, words
    return Period("month", first, min(months.last_day(first), day), first.month), words


def _first_of_month(said: str, *, day: dt.date) -> dt.date:
    """The first day of the latest such month that has begun; `said` names it."""
    if re.search(r"이번|이달|this", said):
        return day.replace(day=1)
    if re.search(r"지난|저번|last", said):
        return months.later(day, -1)
    number = re.search(r"\d+", said)
    month = int(number[0]) if number else next(n for n, word in enumerate(_MONTHS, start=1) if word in said)
    return dt.date(day.year if month <= day.month else day.year - 1, month, 1)


def _week_of_month(words: re.Match[str], *, day: dt.date, calendar: Calendar) -> Period | None:
    """A week of a month up to today; None if the month has no such week or it has not begun."""
    month = _first_of_month(words["month"] or words["english_month"], day=day)
    said = words["number"] or words["english_number"]
    weeks = _weeks_of(month, calendar)
    number = next((n for n, one in enumerate(_ORDINALS, start=1) if re.fullmatch(one, said)), len(weeks))
    if number > len(weeks) or weeks[number - 1] > day:
        return None
    first = weeks[number - 1]
    return Period("week_of_month", first, min(first + WEEK - ONE_DAY, day), number)


def month_of_week(first: dt.date) -> dt.date:
    """A day of the month to which the week that begins on `first` belongs."""
    return first + _MIDDLE_OF_WEEK


def _weeks_of(month: dt.date, calendar: Calendar) -> list[dt.date]:
    """The first days of the weeks that have four days or more in the month, which `month` begins."""
    first = calendar.week_of(month + _MIDDLE_OF_WEEK)
    weeks = [first + number * WEEK for number in range(5)]
    return [one for one in weeks if month_of_week(one).month == month.month]


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
