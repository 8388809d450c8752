"""Words of days, hours and units in the reader's language, for facts."""

import datetime as dt
import re

from django.utils.translation import override

from coaching.context import Language
from core.text_format import unit_text

_WEEKDAYS: dict[str, tuple[str, ...]] = {
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_KOREAN_DAYS = "월화수목금토일"
_KOREAN_WEEKDAY = re.compile(rf"(?:([{_KOREAN_DAYS}])\s?(?:요일|욜)|\(([{_KOREAN_DAYS}])\))")
_KOREAN_RUN = re.compile(
    rf"(?<![가-힣])(?:[{_KOREAN_DAYS}](?:\s?[·,/]\s?[{_KOREAN_DAYS}])+|월수금|화목토|월화수목금|화목(?![한하해함])|월수|토일)(?![가-힣]{{2}})"
)
_ENGLISH_STEMS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENGLISH_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
# Short names; those that are words as well only with a capital.
_ENGLISH_SHORT = re.compile(r"\b(?:(?i:tues?|weds|thu(?:rs?)?|fri)|Mon|MON|Wed|WED|Sat|SAT|Sun|SUN)\b")
_WEEKEND = re.compile(r"주말|\bweekends?\b", re.IGNORECASE)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Midnight and noon.
_TWELVE = ("밤 12시", "낮 12시")
# One to three days, weeks and months that are left.
_LEFT = {
    "days": ("하루", "이틀", "사흘"), "days_due": ("한 번", "두 번", "세 번"), "weeks": ("한 주", "두 주", "세 주"), "months": ("한 달", "두 달", "석 달"),
}  # fmt: skip
# "days_due" are those that a habit asks for, where that is not every day.
_UNITS = {
    "days": ("일", "day", "days"), "days_due": ("번", "planned day", "planned days"), "weeks": ("주", "week", "weeks"), "months": ("달", "month", "months"),
}  # fmt: skip
# A name that says its own time of day, or that lasts all day: neither is to be given another time.
_OWN_TIME = re.compile(
    r"\d시|아침|점심|저녁|새벽|밤|자기(?: 전|$)|늦잠|낮잠|잠들|눕기|취침|기상|일어나|출근|퇴근|주말|하루$|없는 날|(?:^|\s)안\s|않기|금연|금주|끊기"
    r"|\b(?:am|pm|morning|breakfast|lunch|dinner|supper|evening|night|bedtime|(?:in|to|before) bed|wak(?:e|ing)|sleep|weekends?|commute"
    r"|no-\w+|not|without|quit)\b|^no\s|\d:\d\d",
    re.IGNORECASE,
)


def weekday(number: int, language: Language) -> str:
    """The name of a weekday, 0 for Monday."""
    return _WEEKDAYS[language][number]


def weekdays_in(text: str) -> set[int]:
    """The weekdays that a text names, 0 for Monday, long or short.

    "화요일", "화욜", "(화)", "월·수", "Tuesdays", "Tue", "weekend".
    """
    korean = "".join(["".join(names) for names in _KOREAN_WEEKDAY.findall(text)] + _KOREAN_RUN.findall(text))
    found = {_KOREAN_DAYS.index(one) for one in korean if one in _KOREAN_DAYS}
    found |= {_ENGLISH_STEMS.index(one[:3].lower()) for one in _ENGLISH_WEEKDAY.findall(text)}
    found |= {_ENGLISH_STEMS.index(one[:3].lower()) for one in _ENGLISH_SHORT.findall(text)}
    return found | ({5, 6} if _WEEKEND.search(text) else set())


def date(day: dt.date, language: Language) -> str:
    """ "11월 28일", "November 28"."""
    return f"{day.month}월 {day.day}일" if language == "ko" else f"{_MONTHS[day.month - 1]} {day.day}"


def month(day: dt.date, language: Language) -> str:
    """ "11월", "November"."""
    return f"{day.month}월" if language == "ko" else _MONTHS[day.month - 1]


def clock(hour: int, language: Language) -> str:
    """ "오후 8시", "낮 12시", "20:00": a whole hour from 0 to 23 on the clock of the language."""
    if language == "en":
        return f"{hour:02}:00"
    if hour % 12 == 0:
        return _TWELVE[hour // 12]
    return f"{'오전' if hour < 12 else '오후'} {hour % 12}시"


def night(hour: int, language: Language) -> str:
    """ "밤 2시", "02:00": an hour after midnight that still belongs to the day before."""
    return clock(hour, language) if language == "en" else f"밤 {hour % 12 or 12}시"


def says_when(name: str) -> bool:
    """Whether a habit's name says when it is done, or all day: "밤 11시 반에 눕기", "A no-spend day"."""
    return bool(_OWN_TIME.search(name))


def length(number: int, unit: str, language: Language) -> str:
    """ "12일", "3주", "12 days", "1 week"."""
    korean, one, many = _UNITS[unit]
    return f"{number:,}{korean}" if language == "ko" else f"{number:,} {one if number == 1 else many}"


def left(number: int, unit: str, language: Language) -> str:
    """ "이틀", "한 주", "2 days", "1 week", for what is left until a goal; "2" of planned days."""
    if language == "ko" and number <= len(_LEFT[unit]):
        return _LEFT[unit][number - 1]
    return f"{number:,}" if (unit, language) == ("days_due", "en") else length(number, unit, language)


def goal(number: int, unit: str, language: Language) -> str:
    """ "14일", "14-day mark", of planned days, too, which stand beside it."""
    one = _UNITS[unit][1].removeprefix("planned ")
    return length(number, unit, language) if language == "ko" else f"{number:,}-{one} mark"


def amount(number: int, unit: str, language: Language) -> str:
    """ "8잔", "30 min", "5번"; a unit of the catalogue is said in this language."""
    if not unit:
        return f"{number:,}번" if language == "ko" else f"{number:,} {'time' if number == 1 else 'times'}"
    with override(language):
        unit = unit_text(unit, number)
    space = " " if unit[0].isascii() else ""
    return f"{number:,}{space}{unit}"
