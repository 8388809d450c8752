"""What an act that is asked for names besides the act: amounts, days, weekdays, names. Pure.

    of(Deed.PAUSE, "물 3일만 쉴래", day=…, calendar=…) -> {"starts_on": ["2026-11-26"], "ends_on": ["2026-11-28"]}

The keys are fields of the form to which the act leads; the form checks each value again (`core.form_fields.offered`).
"""

import datetime as dt
import re

from accounts.days import ONE_DAY, WEEK, Calendar
from coaching.questions import periods
from coaching.questions.habit_names import folded
from coaching.questions.wishes import Deed, clock
from coaching.words import weekdays_in

type Values = dict[str, list[str]]

_COUNTS = {
    "한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "once": 1, "twice": 2, "a": 1,
}  # fmt: skip
_COUNT = rf"(?P<n>\d{{1,5}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_UNITS = r"잔|쪽|페이지|분|시간|번|회|개|세트|컵|리터|걸음|보|줄|곡|문제|단어|킬로|km|ml|l|glass(?:es)?|cups?|pages?|min(?:ute)?s?|hours?|times|sets?|steps|reps"
_AMOUNT = re.compile(rf"(?<![\d.:가-힣a-z]){_COUNT}\s?(?P<unit>{_UNITS})(?![a-z])")
# "8잔은 너무 많아 6잔으로": what follows tells which of several is meant.
_TO_AMOUNT = re.compile(rf"{_AMOUNT.pattern}\s?(?:씩|정도|만)?(?:으로|로|까지)")
_BARE = re.compile(r"(?:\bto |목표(?:를|는|를?\s?좀)?\s?)(?P<n>\d{1,5})(?![\d:월일시])")
_PER_WEEK = re.compile(
    rf"(?:일?주일?에?|한 ?주에?|매주)\s?{_COUNT}\s?(?:번|회)|{_COUNT.replace('<n>', '<m>')}\s?(?:times|x|days)?\s?(?:a|per|/)\s?week"
)
_EVERY_DAYS = re.compile(rf"{_COUNT}\s?일(?:에 한 ?번|마다|에 1번)|every {_COUNT.replace('<n>', '<m>')} days")
_EVERY_OTHER = re.compile(r"격일|하루 걸러|이틀에 한|이틀마다|every other day")
_DAILY = re.compile(r"매일|날마다|every ?day|daily|every (?:morning|night|evening)")
_SHORT_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RUN = re.compile(r"(?<![가-힣])([월화수목금토일]{2,7})(?=(?:요일)?(?:만|에|마다|날|로|은|으로|[^가-힣]|$))")
_PARTS = {
    "morning": r"아침|morning",
    "afternoon": r"(?<![가-힣])낮|점심|afternoon",
    "evening": r"저녁|(?<![가-힣])밤|자기 전|evening|night|before bed",
}
_RENAMED = re.compile(
    r"이름(?:을|은)?\s?(?P<ko>.{1,60}?)(?:이?라고|으로|로)\s?(?:바꿔|바꾸|변경|고쳐|고치|수정|해)|\b(?:rename|change the name of|call)\b.*?\b(?:to|as)\s(?P<en>.{1,60})$",
    re.IGNORECASE,
)


def of(deed: Deed, text: str, *, whole: str = "", day: dt.date, calendar: Calendar) -> Values:
    """The values of the form's fields that the text names.

    `whole` is the text with the habit's name, as it was typed.
    """
    asked = folded(text)
    match deed:
        case Deed.REMIND:
            return _reminder(asked)
        case Deed.PAUSE:
            return _pause(asked, day=day, calendar=calendar)
        case Deed.EDIT:
            return _name(whole or text) or (_schedule(asked) | _target(asked))
        case Deed.ADD:
            return _new(folded(whole or text))
        case Deed.GOAL:
            return _goal(asked)
    return {}


def _reminder(asked: str) -> Values:
    at = clock(re.sub(r"\s", "", asked))
    days = {"days": _numbers(weekdays(asked))} if weekdays(asked) else {}
    return ({"time": [f"{at:%H:%M}"]} if at else {}) | days


def weekdays(asked: str) -> list[int]:
    """The ISO weekdays that are named, also in short: 월수금, 화·목, mon wed fri."""
    short = [number for number, day in enumerate(_SHORT_DAYS, start=1) if re.search(rf"\b{day}\w*\b", asked)]
    runs = [run for run in _RUN.findall(asked) if len(set(run)) == len(run)]
    found = {"월화수목금토일".index(one) + 1 for run in runs for one in run} | {one + 1 for one in weekdays_in(asked)}
    return sorted(found | set(short) | periods.weekdays(re.sub(r"\s", "", asked)))


def _schedule(asked: str) -> Values:
    if often := _PER_WEEK.search(asked):
        return {"frequency": ["weekly"], "times": [str(_count(often["n"] or often["m"]))]}
    if days := weekdays(asked):
        return {"frequency": ["custom"], "days": _numbers(days)}
    if _EVERY_OTHER.search(asked):
        return {"frequency": ["interval"], "every": ["2"]}
    if every := _EVERY_DAYS.search(asked):
        return {"frequency": ["interval"], "every": [str(_count(every["n"] or every["m"]))]}
    return {"frequency": ["daily"]} if _DAILY.search(asked) else {}


def _target(asked: str) -> Values:
    plain = _PER_WEEK.sub(" ", _EVERY_DAYS.sub(" ", asked))
    found = _TO_AMOUNT.search(plain) or next(reversed(list(_AMOUNT.finditer(plain))), None) or _BARE.search(plain)
    return {"target_count": [str(_count(found["n"]))]} if found else {}


def amount(text: str) -> int:
    """The amount that was done, as the text says it; 0 for none."""
    found = _AMOUNT.search(folded(text))
    return _count(found["n"]) if found else 0


def _count(said: str) -> int:
    return _COUNTS.get(said) or int(said)


def _numbers(days: list[int]) -> list[str]:
    return [str(one) for one in days]


# ── Days of a pause ─────────────────────────────────────────────────────────

_DATE = re.compile(r"(?P<month>1[0-2]|[1-9])\s?(?:월\s?|/)(?P<day>3[01]|[12]?\d)(?:일)?")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ENGLISH_DATE = re.compile(rf"\b(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?\s(?P<day>3[01]|[12]?\d)(?:st|nd|rd|th)?\b")
_TO_DAY = re.compile(r"(?:부터|에서|~|-)\s?(?P<day>3[01]|[12]?\d)일(?:까지)?")
_SPAN = re.compile(
    rf"{_COUNT}\s?(?P<unit>일|주일|주|달|개월|days?|weeks?|months?)(?!요일|까지|부터)|(?P<word>{'|'.join(periods.DAY_WORDS)}|일주일|하루|보름|a day)"
)
# Days of the longest span that is read; the calendar ends, and nobody plans further.
_LONGEST_SPAN = 3_660
_SPANS = {"주": 7, "주일": 7, "week": 7, "weeks": 7, "달": 30, "개월": 30, "month": 30, "months": 30}
# The ends of a pause. "Until next week" ends with this one in English, and with the next in Korean.
_NEXT_WEEK = re.compile(r"(?:다음\s?주|담주)\s?까지")
_NEXT_WEEK_BEGINS = re.compile(r"(?:until|till?) next week")
_TOMORROW = re.compile(r"내일\s?까지|(?:until|till?) tomorrow")
_UNTIL = re.compile(r"까지|until|till?\b|through")


def _pause(asked: str, *, day: dt.date, calendar: Calendar) -> Values:
    first, last = _days(asked, day=day, calendar=calendar)
    given = {"starts_on": first, "ends_on": last}
    return {name: [one.isoformat()] for name, one in given.items() if one}


def _days(asked: str, *, day: dt.date, calendar: Calendar) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day of the pause that is asked for, as far as they are named."""
    monday = periods.named("this_week", day=day, calendar=calendar).first
    dates = _dates(asked, day=day)
    if len(dates) > 1:
        return dates[0], dates[1]
    if dates:
        return (day, dates[0]) if _UNTIL.search(asked) else (dates[0], _after(dates[0], asked))
    first = _first(asked, day=day, monday=monday)
    return first or day, _last(asked, first or day, day=day, monday=monday, is_named=bool(first))


def _dates(asked: str, *, day: dt.date) -> list[dt.date]:
    said = [(int(one["month"]), int(one["day"])) for one in _DATE.finditer(asked)]
    said += [(_MONTHS.index(one["name"]) + 1, int(one["day"])) for one in _ENGLISH_DATE.finditer(asked)]
    if len(said) == 1 and (other := _TO_DAY.search(asked)):
        said.append((said[0][0], int(other["day"])))
    return [one for month, number in said if (one := _coming(month, number, day=day))]


def _coming(month: int, number: int, *, day: dt.date) -> dt.date | None:
    """The next such date, today included."""
    for year in (day.year, day.year + 1):
        try:
            date = dt.date(year, month, number)
        except ValueError:
            continue
        if date >= day:
            return date
    return None


def _first(asked: str, *, day: dt.date, monday: dt.date) -> dt.date | None:
    if re.search(r"모레|day after tomorrow", asked):
        return day + 2 * ONE_DAY
    if re.search(r"내일(?!까지)|tomorrow", asked) and not re.search(r"(?:until|till?) tomorrow", asked):
        return day + ONE_DAY
    if re.search(r"다음\s?주(?!까지)|담주(?!까지)|(?<!until )(?<!till )(?<!til )next week", asked):
        return monday + WEEK
    if re.search(r"주말|weekend", asked) and not _UNTIL.search(asked):
        return max(day, monday + 5 * ONE_DAY)
    return None


def _last(asked: str, first: dt.date, *, day: dt.date, monday: dt.date, is_named: bool) -> dt.date | None:
    sunday = monday + 6 * ONE_DAY
    ends = ((_NEXT_WEEK, sunday + WEEK), (_NEXT_WEEK_BEGINS, sunday), (_TOMORROW, day + ONE_DAY))
    if end := next((end for words, end in ends if words.search(asked)), None):
        return end
    if _UNTIL.search(asked) and len(found := weekdays(asked)) == 1:
        return first + (found[0] - first.isoweekday()) % 7 * ONE_DAY
    if re.search(r"이번\s?주|this week|주말|weekend", asked):
        return sunday
    if (span := _after(first, asked)) or re.search(r"부터|from", asked):
        return span
    if first >= monday + WEEK and re.search(r"다음\s?주|담주|next week", asked):
        return first + 6 * ONE_DAY
    return first if is_named or re.search(r"오늘|today", asked) else None


def _after(first: dt.date, asked: str) -> dt.date | None:
    """The last of so many days from `first` on."""
    found = _SPAN.search(asked)
    if not found:
        return None
    if found["word"]:
        days = periods.DAY_WORDS.get(found["word"]) or (7 if found["word"] == "일주일" else 1)
    else:
        days = _count(found["n"]) * _SPANS.get(found["unit"], 1)
    return first + (days - 1) * ONE_DAY if 0 < days <= _LONGEST_SPAN else None


# ── Names and goals ─────────────────────────────────────────────────────────


def _name(text: str) -> Values:
    found = _RENAMED.search(" ".join(text.split()))
    said = (found["ko"] or found["en"] or "").strip(" '\"‘’“”.") if found else ""
    return {"name": [said]} if said else {}


# What stands around the name of a new habit.
_ASKING = re.compile(
    r"(?:을|를|도)?\s?(?:새로|하나|좀|한번)?\s?(?:추가|등록|만들|넣|시작|더해)[가-힣\s]*$|\b(?:please|pls)\b"
    r"|^(?:(?:hey|hi|coach|can|could|would|you|please|i|want|wanna|would|like|need|to|lets?|let's|i'd|start|add|create|make|build|begin|new|a|an|the|my|habit|of|for|doing|called|named|:)\s*)+"
    r"|\b(?:to my habits|as a habit|habit)\b|습관\s?(?:으로|에|을|를)?|(?:새로운|새)\s?(?:습관|거|것)?|하는\s?(?:거|것)?\s?$"
)


def _new(asked: str) -> Values:
    """The name of a new habit, with how often and how much of it."""
    often, amount = _schedule(asked), _AMOUNT.search(_PER_WEEK.sub(" ", asked))
    parts = [part for part, words in _PARTS.items() if re.search(words, asked)]
    found = often | ({"part_of_day": parts[:1]} if parts else {})
    plain = asked
    for pattern in (_PER_WEEK, _EVERY_DAYS, _EVERY_OTHER, _DAILY):
        plain = pattern.sub(" ", plain)
    if amount:
        plain = re.sub(rf"\s*(?:하루에?\s?)?{re.escape(amount[0])}(?:씩|이상|정도)?\s*", " ", plain)
        found |= {"target_count": [str(_count(amount["n"]))], "unit": [amount["unit"]]}
    if "days" in found:
        plain = re.sub(
            r"(?:[월화수목금토일]\s?[·,/]?\s?){2,7}(?:요일)?(?:마다|에)?|[월화수목금토일]요일(?:마다|에)?", " ", plain
        )
    name, before = " ".join(plain.split()), ""
    while name != before:
        before, name = name, " ".join(_ASKING.sub(" ", name).split()).strip(" .:,'\"")
    return found | {"name": [name]} if len(name) > 1 and not _is_no_name(name) else {}


def _is_no_name(name: str) -> bool:
    return bool(
        re.fullmatch(
            r"(?:거|것|뭔가|뭐|무언가|(?:하나|좀|습관|새로운|새|만한|거|것|\s)*추천(?:\s?좀)?|something|it|one|this|that|[가-힣]{0,2}싶[가-힣]+|[a-z])",
            name,
        )
    )


def _goal(asked: str) -> Values:
    found = re.search(r"(?P<n>\d{1,3})\s?(?:일|번|회|%|퍼센트|프로|days?|times|percent)", asked) or _BARE.search(asked)
    return {"target": [found["n"]]} if found else {}
