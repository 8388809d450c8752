"""Criteria in words, for people and for staff: what is asked, and how far somebody has come."""

from collections.abc import Callable

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.text_format import hour_text, per_language
from gamification import criteria
from gamification.criteria import Criterion, CriterionTally
from gamification.records import Vocabulary

FEASTS: dict[str, Callable[[], str]] = {
    "seollal": lambda: _("설날"),
    "daeboreum": lambda: _("정월 대보름"),
    "dano": lambda: _("단오"),
    "chuseok": lambda: _("추석"),
}
DETAILS: dict[str, Callable[[], str]] = {
    "mood": lambda: _("기분"),
    "energy": lambda: _("기운"),
    "note": lambda: _("메모"),
    "photo": lambda: _("사진"),
}


def sentence(criterion: Criterion, words: Vocabulary) -> str:
    """What is asked: "7일 이어 하기"."""
    return _SENTENCES[criterion.__class__](criterion, words)


def so_far(criterion: Criterion, tally: CriterionTally) -> str:
    """How far somebody has come, as in "7일 중 5일".

    Nothing for what holds at one moment or not at all.
    """
    return "" if tally.need == 1 else _so_far(criterion.measure, tally.have, tally.need)


@per_language
def _so_far(measure: str, have: int, need: int) -> str:
    return _SO_FAR[measure]() % {"have": f"{have:,}", "need": f"{need:,}"}


def how(act: str, tally: CriterionTally, criterion: Criterion) -> str:
    """How somebody earned it: what they did, and how far they had come with it."""
    done = _ACTS.get(act, _ACTS["check_in"])()
    return " · ".join(part for part in (done, so_far(criterion, tally)) if part)


_ACTS: dict[str, Callable[[], str]] = {
    "check_in": lambda: _("체크해서"),
    "day_closed": lambda: _("한도를 지킨 하루가 끝나서"),
    "reaction": lambda: _("코치 메시지에 답해서"),
    "badge": lambda: _("다른 배지의 점수로"),
}


def wakes(criterion: Criterion, words: Vocabulary) -> list[str]:
    """The facts of which one has to rise for it to be looked at, each once."""
    return [*dict.fromkeys(_fact(name, words) for name in sorted(criterion.watched))]


def _fact(name: str, words: Vocabulary) -> str:
    kind, dot, what = name.partition(".")
    if kind == "noted":
        return _("%(what)s 남김") % {"what": DETAILS[what]()}
    if kind == "category" and what:
        return _("‘%(category)s’ 습관을 함") % {"category": words.categories.get(what, what)}
    if kind == "weather":
        return _("날씨 남김: %(weather)s") % {"weather": words.weathers.get(what, what)}
    return _FACTS[kind + dot]()


_FACTS: dict[str, Callable[[], str]] = {
    "streak": lambda: _("습관을 하나 함"),
    "habit_total": lambda: _("습관을 하나 함"),
    "active_habits": lambda: _("습관을 하나 함"),
    "day": lambda: _("습관을 하나 함"),
    "times": lambda: _("습관을 하나 함"),
    "habit.": lambda: _("습관을 하나 함"),
    "category.": lambda: _("습관을 하나 함"),
    "days": lambda: _("하루의 첫 습관을 함"),
    "month.": lambda: _("하루의 첫 습관을 함"),
    "perfect": lambda: _("할 것을 다 한 하루가 됨"),
    "perfect_weeks": lambda: _("날마다 다 한 한 주가 됨"),
    "hour.": lambda: _("그 시간에 습관을 함"),
    "weekday.": lambda: _("그 요일에 습관을 함"),
    "reactions": lambda: _("코치 메시지에 답함"),
    "level": lambda: _("단계가 오름"),
}

_SO_FAR: dict[str, Callable[[], str]] = {
    "days": lambda: _("%(need)s일 중 %(have)s일"),
    "weeks": lambda: _("%(need)s주 중 %(have)s주"),
    "times": lambda: _("%(need)s번 중 %(have)s번"),
    "habits": lambda: _("습관 %(need)s개 중 %(have)s개"),
    "categories": lambda: _("분류 %(need)s개 중 %(have)s개"),
    "seasons": lambda: _("계절 %(need)s개 중 %(have)s개"),
    "levels": lambda: _("%(need)s단계까지, 지금 %(have)s단계"),
    "parts": lambda: _("조건 %(need)s개 중 %(have)s개"),
}


def hours(start: int, end: int) -> str:
    return _("%(start)s부터 %(end)s 전까지") % {"start": hour_text(start), "end": hour_text(end)}


def weekdays(days: list[int]) -> str:
    """The weekdays in short, as in "월·수·금"."""
    names = [str(WEEKDAYS[day - 1]) for day in sorted(set(days))]
    short = (name.removesuffix("요일") for name in names)
    return "·".join(short) if get_language() == "ko" else ", ".join(names)


def _streak_days(one: criteria.StreakDays, _words: Vocabulary) -> str:
    return ngettext("%(n)s일 이어 하기", "%(n)s일 이어 하기", one.need) % {"n": one.need}


def _streak_weeks(one: criteria.StreakWeeks, _words: Vocabulary) -> str:
    return ngettext("주마다 하는 습관을 %(n)s주 이어 하기", "주마다 하는 습관을 %(n)s주 이어 하기", one.need) % {
        "n": one.need
    }


def _rested(one: criteria.Rested, _words: Vocabulary) -> str:
    return ngettext("쉬는 날 %(n)s일을 두고 이어 하기", "쉬는 날 %(n)s일을 두고 이어 하기", one.need) % {"n": one.need}


def _protected(one: criteria.Protected, _words: Vocabulary) -> str:
    return ngettext(
        "지킴이가 지킨 날 %(n)s일을 두고 이어 하기", "지킴이가 지킨 날 %(n)s일을 두고 이어 하기", one.need
    ) % {"n": one.need}


def _habit_total(one: criteria.HabitTotal, _words: Vocabulary) -> str:
    return ngettext("한 습관을 %(n)s번 하기", "한 습관을 %(n)s번 하기", one.need) % {"n": f"{one.need:,}"}


def _total(one: criteria.Total, _words: Vocabulary) -> str:
    return ngettext("습관 %(n)s번 하기", "습관 %(n)s번 하기", one.need) % {"n": f"{one.need:,}"}


def _habits(one: criteria.Habits, _words: Vocabulary) -> str:
    return ngettext("습관 %(n)s가지를 함께 하기", "습관 %(n)s가지를 함께 하기", one.need) % {"n": one.need}


def _habits_done(one: criteria.HabitsDone, _words: Vocabulary) -> str:
    return _("서로 다른 습관 %(n)s가지를 %(times)s번씩 하기") % {"n": one.need, "times": one.times}


def _days(one: criteria.DaysActive, _words: Vocabulary) -> str:
    return ngettext("하나라도 한 날 %(n)s일", "하나라도 한 날 %(n)s일", one.need) % {"n": f"{one.need:,}"}


def _perfect_days(one: criteria.PerfectDays, _words: Vocabulary) -> str:
    return ngettext("할 것을 다 한 날 %(n)s일", "할 것을 다 한 날 %(n)s일", one.need) % {"n": one.need}


def _perfect_weeks(one: criteria.PerfectWeeks, _words: Vocabulary) -> str:
    return ngettext(
        "월요일부터 일요일까지 날마다 다 한 주 %(n)s번", "월요일부터 일요일까지 날마다 다 한 주 %(n)s번", one.need
    ) % {"n": one.need}


def _hours(one: criteria.Hours, _words: Vocabulary) -> str:
    return ngettext("%(hours)s %(n)s번 하기", "%(hours)s %(n)s번 하기", one.need) % {
        "hours": hours(one.start, one.end),
        "n": one.need,
    }


def _weekdays(one: criteria.WeekdayTotal, _words: Vocabulary) -> str:
    return ngettext("%(days)s에 %(n)s번 하기", "%(days)s에 %(n)s번 하기", one.need) % {
        "days": weekdays(one.days),
        "n": one.need,
    }


def _category(one: criteria.CategoryTotal, words: Vocabulary) -> str:
    name = words.categories.get(one.category, one.category)
    return ngettext("‘%(category)s’ 습관을 %(n)s번 하기", "‘%(category)s’ 습관을 %(n)s번 하기", one.need) % {
        "category": name,
        "n": f"{one.need:,}",
    }


def _categories(one: criteria.Categories, _words: Vocabulary) -> str:
    return _("분류 %(n)s가지를 %(times)s번씩 하기") % {"n": one.need, "times": one.times}


def _noted(one: criteria.Noted, _words: Vocabulary) -> str:
    return ngettext("%(what)s 남기기 %(n)s번", "%(what)s 남기기 %(n)s번", one.need) % {
        "what": DETAILS[one.what](),
        "n": one.need,
    }


def _weather(one: criteria.WeatherTotal, words: Vocabulary) -> str:
    weather = words.weathers.get(one.weather, one.weather)
    return ngettext("날씨가 ‘%(weather)s’인 날 %(n)s번 하기", "날씨가 ‘%(weather)s’인 날 %(n)s번 하기", one.need) % {
        "weather": weather,
        "n": one.need,
    }


def _seasons(one: criteria.Seasons, _words: Vocabulary) -> str:
    return _("계절 %(n)s가지에 %(days)s일씩 하기") % {"n": one.need, "days": one.days}


def _comeback(one: criteria.Comeback, _words: Vocabulary) -> str:
    return ngettext("%(n)s일 쉬었다 돌아오기", "%(n)s일 쉬었다 돌아오기", one.away) % {"n": one.away}


def _date(one: criteria.OnDate, _words: Vocabulary) -> str:
    if get_language() == "ko":
        return _("%(month)s월 %(day)s일에 하기") % {"month": one.month, "day": one.day}
    return _("%(month)s월 %(day)s일에 하기") % {"month": MONTHS[one.month], "day": one.day}


def _lunar(one: criteria.LunarDate, _words: Vocabulary) -> str:
    return _("음력 %(feast)s에 하기") % {"feast": FEASTS[one.feast]()}


def _reactions(one: criteria.Reactions, _words: Vocabulary) -> str:
    return ngettext("코치 메시지 %(n)s개에 답하기", "코치 메시지 %(n)s개에 답하기", one.need) % {"n": one.need}


def _level(one: criteria.Level, _words: Vocabulary) -> str:
    return _("%(n)s단계에 오르기") % {"n": one.need}


def _all(one: criteria.All, words: Vocabulary) -> str:
    return _("한 번에: %(parts)s") % {"parts": " + ".join(sentence(part, words) for part in one.of)}


def _any(one: criteria.AnyOf, words: Vocabulary) -> str:
    return _("이 가운데 하나: %(parts)s") % {"parts": " / ".join(sentence(part, words) for part in one.of)}


_SENTENCES: dict[type, Callable[..., str]] = {
    criteria.StreakDays: _streak_days,
    criteria.StreakWeeks: _streak_weeks,
    criteria.Rested: _rested,
    criteria.Protected: _protected,
    criteria.HabitTotal: _habit_total,
    criteria.Total: _total,
    criteria.Habits: _habits,
    criteria.HabitsDone: _habits_done,
    criteria.DaysActive: _days,
    criteria.PerfectDays: _perfect_days,
    criteria.PerfectWeeks: _perfect_weeks,
    criteria.Hours: _hours,
    criteria.WeekdayTotal: _weekdays,
    criteria.CategoryTotal: _category,
    criteria.Categories: _categories,
    criteria.Noted: _noted,
    criteria.WeatherTotal: _weather,
    criteria.Seasons: _seasons,
    criteria.Comeback: _comeback,
    criteria.OnDate: _date,
    criteria.LunarDate: _lunar,
    criteria.Reactions: _reactions,
    criteria.Level: _level,
    criteria.All: _all,
    criteria.AnyOf: _any,
}
