"""The sentences of answers about what the days ask for, in the active language."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.questions.periods import Period
from coaching.questions.sentences import about, day_text, decimal, nothing, when
from core.text_format import amount, length, time_text

# Names in one sentence.
MOST_NAMED = 5


def _named(names: Sequence[str]) -> str:
    """Up to MOST_NAMED names, and how many more there are."""
    said, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    return _("%(names)s, 그 밖에 %(n)d가지") % {"names": said, "n": more} if more > 0 else said


def left(names: Sequence[str], done: int) -> str:
    if names:
        return ngettext(
            "오늘은 %(n)d가지가 남았어요. %(names)s.", "오늘은 %(n)d가지가 남았어요. %(names)s.", len(names)
        ) % {
            "n": len(names),
            "names": _named(names),
        }
    return _("오늘 하기로 한 것은 다 했어요.") if done else _("오늘은 하기로 한 것이 없어요.")


def left_fact(number: int) -> str:
    return _("남은 것 %(n)d가지") % {"n": number}


def due(names: Sequence[str], free: Sequence[str], resting: Sequence[str], period: Period) -> str:
    values = {"when": when(period), "n": len(names), "names": _named(names)}
    if names:
        text = (
            ngettext(
                "%(when)s 하기로 한 것은 %(n)d가지예요. %(names)s.",
                "%(when)s 하기로 한 것은 %(n)d가지예요. %(names)s.",
                len(names),
            )
            % values
        )
    else:
        text = _("%(when)s 하기로 한 것은 없어요.") % values
    if free:
        text += " " + _("날을 정하지 않고 하는 것은 따로 있어요. %(names)s.") % {"names": _named(free)}
    if resting:
        text += " " + _("쉬는 것은 뺐어요. %(names)s.") % {"names": _named(resting)}
    return text


def due_fact(period: Period, number: int) -> str:
    return _("%(when)s 할 것 %(n)d가지") % {"when": when(period), "n": number}


def due_of(name: str, period: Period, target: int, unit: str | None) -> str:
    return _("%(about)s %(when)s %(amount)s 하기로 했어요.") % _due_values(name, period, target, unit)


def due_limit(name: str, period: Period, target: int, unit: str | None) -> str:
    return _("%(about)s %(when)s %(amount)s까지로 정했어요.") % _due_values(name, period, target, unit)


def rests_on(name: str, period: Period, target: int, unit: str | None) -> str:
    return _("%(about)s %(when)s 쉬기로 했어요.") % _due_values(name, period, target, unit)


def off(name: str, period: Period, target: int, unit: str | None) -> str:
    return _("%(about)s %(when)s 하는 날이 아니에요.") % _due_values(name, period, target, unit)


def _due_values(name: str, period: Period, target: int, unit: str | None) -> dict[str, str]:
    return {"about": about(name), "when": when(period), "amount": amount(target, unit)}


def free(name: str, rule: str) -> str:
    return _("%(about)s 날을 정하지 않고 해요. %(rule)s.") % {"about": about(name), "rule": rule}


def left_of(name: str, number: int, done: int, unit: str | None) -> str:
    values = {"about": about(name), "left": amount(number, unit), "done": amount(done, unit)}
    if not number:
        return _("%(about)s 오늘 할 만큼 했어요. 지금까지 %(done)s.") % values
    if not done:
        return _("%(about)s 아직 %(left)s 남았어요.") % values
    return _("%(about)s 지금까지 %(done)s 했고 %(left)s 남았어요.") % values


def limit(name: str, done: int, most: int, unit: str | None) -> str:
    values = {"about": about(name), "done": amount(done, unit), "most": amount(most, unit)}
    return _("%(about)s 지금까지 %(done)s 했고 %(most)s까지로 정했어요.") % values


def done_fact(number: int, unit: str | None) -> str:
    return _("지금 %(amount)s") % {"amount": amount(number, unit)}


def not_asked(name: str) -> str:
    return _("%(about)s 오늘 하는 날이 아니에요.") % {"about": about(name)}


def done(found: Sequence[tuple[str, int]], period: Period) -> str:
    if not found:
        return nothing(period)
    names = [_("%(name)s %(times)s") % {"name": name, "times": amount(times, None)} for name, times in found]
    return _("%(when)s 체크한 것이에요. %(names)s.") % {"when": when(period), "names": _named(names)}


def no_goal(name: str) -> str:
    if name:
        return _("%(about)s 이달 목표를 정하지 않았어요.") % {"about": about(name)}
    return _("이달 목표를 정하지 않았어요.")


def goal(name: str, now: str, text: str) -> str:
    return _("%(name)s, %(now)s. %(text)s") % {"name": name, "now": now, "text": text}


def goal_button() -> str:
    return _("목표 정하기")


def freezes(name: str, held: Sequence[tuple[str, int]]) -> str:
    if not held:
        if name:
            return _("%(about)s 지금 지킴이가 없어요. 7일을 이어서 하면 하나 생겨요.") % {"about": about(name)}
        return _("지금 지킴이가 없어요. 7일을 이어서 하면 하나 생겨요.")
    if name:
        return _("%(about)s 지금 지킴이가 %(n)d개예요.") % {"about": about(name), "n": held[0][1]}
    names = [_("%(name)s %(n)d개") % {"name": one, "n": number} for one, number in held]
    return _("지금 가진 지킴이예요. %(names)s.") % {"names": _named(names)}


def freezes_fact(number: int) -> str:
    return _("지킴이 %(n)d개") % {"n": number}


def rests(name: str, number: int, period: Period, weekdays: frozenset[int]) -> str:
    values = {"about": about(name), "when": when(period, weekdays), "days": length(number, "days")}
    if not name:
        if not number:
            return _("%(when)s 쉼으로 둔 날이 없어요.") % values
        return _("%(when)s 습관이 하나라도 쉼이었던 날은 %(days)s이에요.") % values
    if not number:
        return _("%(about)s %(when)s 쉼으로 둔 날이 없어요.") % values
    return _("%(about)s %(when)s %(days)s 쉬었어요.") % values


def missed(name: str, number: int, period: Period, weekdays: frozenset[int], *, is_open: bool) -> str:
    values = {"about": about(name), "when": when(period, weekdays), "days": length(number, "days")}
    if not number:
        return _("%(about)s %(when)s 하기로 한 날을 다 했어요.") % values
    text = _("%(about)s %(when)s 하기로 한 날 중 %(days)s이 비어 있어요.") % values
    return f"{text} {_('오늘은 아직 세지 않았어요.')}" if is_open else text


def missed_pick(name: str, period: Period) -> str:
    """A question about the missed days of one habit."""
    return _("%(when)s %(name)s 빼먹은 날 며칠?") % {"when": when(period), "name": name}


def not_by_day(name: str) -> str:
    return _("%(about)s 하루씩 세는 습관이 아니라서 빠진 날이 따로 없어요.") % {"about": about(name)}


def rate(name: str, asked: int, done: int, percent: int, period: Period, *, is_cut: bool) -> str:
    values = {"when": when(period), "about": about(name), "asked": amount(asked, None), "done": amount(done, None)}
    values |= {"percent": f"{percent}%"}
    text = _("%(about)s %(when)s 하기로 한 %(asked)s 중 %(done)s 해서 완료율이 %(percent)s예요.") % values
    return f"{text} {_('어제까지 센 것이에요.')}" if is_cut else text


def rate_fact(percent: int) -> str:
    return _("완료율 %(percent)s") % {"percent": f"{percent}%"}


def nothing_asked(name: str, period: Period) -> str:
    return _("%(about)s %(when)s 끝난 날 중에는 하기로 한 날이 없어요.") % {"about": about(name), "when": when(period)}


def badges(names: Sequence[str], number: int, period: Period | None) -> str:
    since = when(period) if period else _("지금까지")
    if not number:
        return _("%(when)s 받은 배지가 없어요.") % {"when": since}
    return ngettext(
        "%(when)s 배지를 %(n)d개 받았어요. 가장 최근 것부터 %(names)s.",
        "%(when)s 배지를 %(n)d개 받았어요. 가장 최근 것부터 %(names)s.",
        number,
    ) % {"when": since, "n": number, "names": ", ".join(names)}


def badges_fact(number: int) -> str:
    return _("배지 %(n)d개") % {"n": number}


def level(number: int, points: int, left: int) -> str:
    return _("지금 %(level)d단계이고 %(points)s점이에요. 다음 단계까지 %(left)s점 남았어요.") % {
        "level": number,
        "points": f"{points:,}",
        "left": f"{left:,}",
    }


def level_fact(number: int, points: int) -> str:
    return _("%(level)d단계, %(points)s점") % {"level": number, "points": f"{points:,}"}


def habits(names: Sequence[str]) -> str:
    if not names:
        return _("지금 하고 있는 습관이 없어요.")
    return ngettext(
        "지금 하고 있는 습관은 %(n)d가지예요. %(names)s.", "지금 하고 있는 습관은 %(n)d가지예요. %(names)s.", len(names)
    ) % {"n": len(names), "names": _named(names)}


def habits_fact(number: int) -> str:
    return _("습관 %(n)d가지") % {"n": number}


def reminders(name: str, times: Sequence[dt.time]) -> str:
    if not times:
        return _("%(about)s 알림이 없어요.") % {"about": about(name)}
    said = ", ".join(map(time_text, times))
    return _("%(name)s 알림은 %(times)s에 와요.") % {"name": name, "times": said}


def reminders_of_which() -> str:
    return _("알림은 습관마다 정해요. 목록을 열어 드릴게요.")


def reminders_button() -> str:
    return _("알림 설정 열기")


def mean(name: str, value: float, unit: str | None, days: int, period: Period, weekdays: frozenset[int]) -> str:
    number = f"{value:.1f}".removesuffix(".0")
    # The unit of the amount, with the number that has a decimal place.
    said = amount(2, unit).replace("2", number, 1)
    values = {"about": about(name), "when": when(period, weekdays), "mean": said, "days": length(days, "days")}
    return _("%(about)s %(when)s 체크한 날 하루 평균 %(mean)s 했어요. %(days)s의 평균이에요.") % values


def best_mood(day: dt.date, value: float, period: Period) -> str:
    return _("%(when)s 기분이 가장 좋았던 날은 %(day)s, %(value)s점이에요.") % _day_values(day, value, period)


def worst_mood(day: dt.date, value: float, period: Period) -> str:
    return _("%(when)s 기분 점수가 가장 낮았던 날은 %(day)s, %(value)s점이에요.") % _day_values(day, value, period)


def best_energy(day: dt.date, value: float, period: Period) -> str:
    return _("%(when)s 기운이 가장 좋았던 날은 %(day)s, %(value)s점이에요.") % _day_values(day, value, period)


def worst_energy(day: dt.date, value: float, period: Period) -> str:
    return _("%(when)s 기운 점수가 가장 낮았던 날은 %(day)s, %(value)s점이에요.") % _day_values(day, value, period)


def _day_values(day: dt.date, value: float, period: Period) -> dict[str, str]:
    return {"when": when(period), "day": day_text(day), "value": decimal(value)}


def score_compared(word: str, this: float, that: float, now: Period) -> str:
    values = {"when": when(now), "this": decimal(this), "that": decimal(that)}
    if word == "mood":
        return _("%(when)s 기록한 기분 평균은 %(this)s점이에요. 그 전 같은 기간에는 %(that)s점이었어요.") % values
    return _("%(when)s 기록한 기운 평균은 %(this)s점이에요. 그 전 같은 기간에는 %(that)s점이었어요.") % values
