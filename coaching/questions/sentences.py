"""The sentences of answers, in the active language."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.dates import WEEKDAYS
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from coaching import words
from coaching.context import Language
from coaching.questions import day_parts, habit_names, periods
from coaching.questions.periods import Period
from coaching.questions.remarks import Remark
from coaching.questions.wishes import Deed, Wish
from core.josa import josa
from core.text_format import amount, hour_text, length

# Of a word that is said back.
_LONGEST_WORD = 20


def _week_text(period: Period) -> str:
    """The week with its dates, for people differ on which days are the first week of a month."""
    names = [_("첫째 주"), _("둘째 주"), _("셋째 주"), _("넷째 주"), _("다섯째 주")]
    return _("%(month)s %(week)s(%(first)s~%(last)s)에") % {
        "month": words.month(periods.month_of_week(period.first), _language()),
        "week": names[period.number - 1],
        "first": day_text(period.first),
        "last": day_text(period.last),
    }


_PERIODS: dict[str, Callable[[Period], str]] = {
    "week_before_last": lambda _period: _("지지난주에"),
    "last_week": lambda _period: _("지난주에"),
    "this_week": lambda _period: _("이번 주에"),
    "last_month": lambda _period: _("지난달에"),
    "this_month": lambda _period: _("이번 달에"),
    "last_year": lambda _period: _("지난해에"),
    "this_year": lambda _period: _("올해"),
    "day_before_yesterday": lambda _period: pgettext("when", "그제"),
    "yesterday": lambda _period: pgettext("when", "어제"),
    "today": lambda _period: pgettext("when", "오늘"),
    "always": lambda _period: _("지금까지"),
    "tomorrow": lambda _period: pgettext("when", "내일"),
    "day_after_tomorrow": lambda _period: pgettext("when", "모레"),
    "coming_weekday": lambda period: (
        _("%(day)s %(weekday)s에") % {"day": day_text(period.first), "weekday": weekday_text(period.number)}
    ),
    "lately": lambda period: _("최근 %(days)d일 동안") % {"days": period.number},
    "month": lambda period: _("%(month)s에") % {"month": words.month(period.first, _language())},
    "week_of_month": _week_text,
    "date": lambda period: _("%(day)s에") % {"day": day_text(period.first)},
}

# Periods to which today belongs: there, nothing is nothing yet.
_OPEN = {"this_week", "this_month", "this_year", "today", "always", "lately"}


def day_text(day: dt.date) -> str:
    return words.date(day, _language())


def weekday_text(weekday: int) -> str:
    return str(WEEKDAYS[weekday - 1])


def when(period: Period, weekdays: frozenset[int] = frozenset()) -> str:
    """The period as the beginning of a sentence."""
    said = _PERIODS[period.name](period)
    if weekdays:
        names = ", ".join(weekday_text(one) for one in sorted(weekdays))
        said = _("%(period)s %(weekdays)s에는") % {"period": said.removesuffix("에"), "weekdays": names}
    return _within(said.removesuffix("에는").removesuffix("에"), period.part) if period.part else said


def _within(days: str, part: str) -> str:
    """The days with the part of each that is meant, and its hours."""
    first, last = (words.clock(hour % 24, _language()) for hour in day_parts.PARTS[part])
    hours = {"days": days, "first": first, "last": last}
    return {
        "dawn": _("%(days)s 새벽(%(first)s~%(last)s)에"),
        "morning": _("%(days)s 아침(%(first)s~%(last)s)에"),
        "forenoon": _("%(days)s 오전(%(first)s~%(last)s)에"),
        "noon": _("%(days)s 점심(%(first)s~%(last)s)에"),
        "afternoon": _("%(days)s 오후(%(first)s~%(last)s)에"),
        "evening": _("%(days)s 저녁(%(first)s~%(last)s)에"),
        "night": _("%(days)s 밤(%(first)s~%(last)s)에"),
    }[part] % hours


def without_hour(number: int) -> str:
    return ngettext(
        "시각을 모르는 체크 %(n)d번은 세지 않았어요.", "시각을 모르는 체크 %(n)d번은 세지 않았어요.", number
    ) % {"n": number}


def about(name: str) -> str:
    """The habit as the topic of a Korean sentence or within an English one; else all of them."""
    if not name:
        return _("모든 습관을 더하면")
    return josa(name, "은/는") if _is_korean() else f"“{name}”"


def times(name: str, times: int, total: int, unit: str | None, period: Period, weekdays: frozenset[int]) -> str:
    values = {"when": when(period, weekdays), "about": about(name), "times": amount(times, None)}
    if not times:
        return nothing_of(name, period, weekdays)
    if unit:
        values["amount"] = amount(total, unit)
        return _("%(about)s %(when)s %(times)s 체크했어요. 더하면 %(amount)s만큼이에요.") % values
    return _("%(about)s %(when)s %(times)s 체크했어요.") % values


def times_fact(period: Period, weekdays: frozenset[int], times: int) -> str:
    return _("%(when)s %(times)s") % {"when": when(period, weekdays), "times": amount(times, None)}


def amount_of(name: str, total: int, unit: str, period: Period, weekdays: frozenset[int]) -> str:
    values = {"when": when(period, weekdays), "about": about(name), "amount": amount(total, unit)}
    if not total:
        return nothing_of(name, period, weekdays)
    return _("%(about)s %(when)s 모두 %(amount)s만큼 했어요.") % values


def amount_fact(period: Period, total: int, unit: str) -> str:
    return _("%(when)s %(amount)s") % {"when": when(period), "amount": amount(total, unit)}


def days(name: str, number: int, period: Period, weekdays: frozenset[int]) -> str:
    values = {"when": when(period, weekdays), "about": about(name), "days": length(number, "days")}
    if not number:
        return nothing_of(name, period, weekdays)
    return _("%(about)s %(when)s %(days)s 했어요.") % values


def days_fact(period: Period, number: int) -> str:
    return _("%(when)s %(days)s") % {"when": when(period), "days": length(number, "days")}


def streak(name: str, number: int, said: str, best: str) -> str:
    """`best` is the longest one where it is another, else ""."""
    values = {"about": about(name), "length": said, "best": best}
    if not number:
        text = _("%(about)s 지금은 이어지고 있지 않아요. 오늘 하면 다시 이어지기 시작해요.") % values
    else:
        text = _("%(about)s 지금 %(length)s째 이어지고 있어요.") % values
    return f"{text} {_('가장 길게는 %(best)s이었어요.') % values}" if best else text


def longest_run(name: str, number: int, said: str, now: str) -> str:
    """`now` is the length of the streak that goes on, "" for none."""
    values = {"about": about(name), "length": said, "now": now}
    if not number:
        return _("%(about)s 아직 이어진 날이 없어요.") % values
    text = _("%(about)s 가장 길게 %(length)s 이어졌어요.") % values
    return f"{text} {_('지금은 %(now)s째예요.') % values}" if now else text


def run_fact(said: str) -> str:
    return _("이어 온 날 %(length)s") % {"length": said}


def best_fact(said: str) -> str:
    return _("가장 길게 %(length)s") % {"length": said}


def longest(name: str, said: str) -> str:
    subject = josa(name, "이에요/예요") if _is_korean() else name
    return _("지금 가장 오래 이어 온 습관은 %(subject)s. 오늘까지 %(length)s.") % {
        "subject": subject,
        "length": josa(said, "이에요/예요") if _is_korean() else said,
    }


def no_run() -> str:
    return _("지금 이어지고 있는 습관은 없어요. 오늘 하나를 하면 거기서부터 세요.")


def most(name: str, times: int, period: Period) -> str:
    subject = josa(name, "이에요/예요") if _is_korean() else name
    values = {"when": when(period), "subject": subject, "times": amount(times, None)}
    return _("%(when)s 가장 많이 한 습관은 %(subject)s. %(times)s 체크했어요.") % values


def least(name: str, times: int, period: Period) -> str:
    subject = josa(name, "이에요/예요") if _is_korean() else name
    values = {"when": when(period), "subject": subject, "times": amount(times, None)}
    return _("%(when)s 가장 적게 한 습관은 %(subject)s. %(times)s 체크했어요.") % values


def nothing(period: Period) -> str:
    if period.name in _OPEN:
        return _("%(when)s 아직 체크가 없어요.") % {"when": when(period)}
    return _("%(when)s 체크가 없어요.") % {"when": when(period)}


def nothing_of(name: str, period: Period, weekdays: frozenset[int]) -> str:
    values = {"about": about(name), "when": when(period, weekdays)}
    if period.name in _OPEN and not weekdays and not period.part:
        return _("%(about)s %(when)s 아직 체크가 없어요.") % values
    return _("%(about)s %(when)s 체크가 없어요.") % values


def mood(value: float, count: int, period: Period, weekdays: frozenset[int]) -> str:
    text = ngettext(
        "%(when)s 기록한 기분은 10점 만점에 평균 %(value)s점이에요. %(count)d번 기록했어요.",
        "%(when)s 기록한 기분은 10점 만점에 평균 %(value)s점이에요. %(count)d번 기록했어요.",
        count,
    )
    return text % {
        "when": when(period, weekdays),
        "value": decimal(value),
        "count": count,
    }


def energy(value: float, count: int, period: Period, weekdays: frozenset[int]) -> str:
    text = ngettext(
        "%(when)s 기록한 기운은 10점 만점에 평균 %(value)s점이에요. %(count)d번 기록했어요.",
        "%(when)s 기록한 기운은 10점 만점에 평균 %(value)s점이에요. %(count)d번 기록했어요.",
        count,
    )
    return text % {
        "when": when(period, weekdays),
        "value": decimal(value),
        "count": count,
    }


def score_fact(value: float, count: int) -> str:
    return ngettext("평균 %(value)s점, %(count)d번", "평균 %(value)s점, %(count)d번", count) % {
        "value": decimal(value),
        "count": count,
    }


def no_score(period: Period) -> str:
    return _("%(when)s 기록한 점수가 없어요. 없는 것은 0으로 세지 않아요.") % {"when": when(period)}


def unshared() -> str:
    return _("기분과 기운은 건강 정보에 동의한 뒤에 기록하고 물어볼 수 있어요.")


def best_weekday(name: str, weekday: int, times: int, period: Period) -> str:
    return _("%(about)s %(when)s %(weekday)s에 가장 많이 했어요. %(times)s이에요.") % _weekday_values(
        name, weekday, times, period
    )


def worst_weekday(name: str, weekday: int, times: int, period: Period) -> str:
    return _("%(about)s %(when)s %(weekday)s에 가장 적게 했어요. %(times)s이에요.") % _weekday_values(
        name, weekday, times, period
    )


def _weekday_values(name: str, weekday: int, times: int, period: Period) -> dict[str, str]:
    return {
        "about": about(name),
        "when": when(period),
        "weekday": weekday_text(weekday),
        "times": amount(times, None),
    }


def weekday_fact(weekday: int, times: int) -> str:
    return _("%(weekday)s %(times)s") % {"weekday": weekday_text(weekday), "times": amount(times, None)}


def hour(name: str, hour: int, times: int, of_all: int, period: Period) -> str:
    return _("%(about)s %(when)s %(hour)s쯤에 가장 자주 했어요. %(of_all)s 중 %(times)s이에요.") % {
        "about": about(name),
        "when": when(period),
        "hour": hour_text(hour),
        "of_all": amount(of_all, None),
        "times": amount(times, None),
    }


def hour_fact(hour: int, times: int) -> str:
    return _("%(hour)s쯤 %(times)s") % {"hour": hour_text(hour), "times": amount(times, None)}


def early(count: int, need: int) -> str:
    return _("아직 말하기 일러요. 체크가 %(count)d번인데, 비교하려면 %(need)d번이 필요해요.") % {
        "count": count,
        "need": need,
    }


def last_time(name: str, day: dt.date, ago: int) -> str:
    values = {"about": about(name), "day": day_text(day), "days": length(ago, "days")}
    if ago <= 0:
        return _("%(about)s 오늘 했어요.") % values
    return _("%(about)s 마지막으로 %(day)s에 했어요. %(days)s 전이에요.") % values


def started(name: str, day: dt.date, ago: int) -> str:
    values = {"about": about(name), "day": day_text(day), "days": length(ago + 1, "days")}
    return _("%(about)s %(day)s에 시작했어요. 오늘이 %(days)s째예요.") % values


def compared(name: str, this: int, that: int, now: Period) -> str:
    values = {
        "about": about(name),
        "when": when(now),
        "this": amount(this, None),
        "that": amount(that, None),
        "by": amount(abs(this - that), None),
    }
    if this > that:
        return _("%(about)s %(when)s %(this)s이에요. 그 전 같은 기간에는 %(that)s이라 %(by)s 늘었어요.") % values
    if this < that:
        return _("%(about)s %(when)s %(this)s이에요. 그 전 같은 기간에는 %(that)s이었어요.") % values
    return _("%(about)s %(when)s %(this)s으로, 그 전 같은 기간과 같아요.") % values


def which() -> str:
    return _("어느 습관인지 골라 주세요.")


def with_name(question: str, name: str) -> str:
    return f"{name} {question}"


def unknown(*, has_habits: bool, words: Sequence[str] = ()) -> str:
    """What is said to a question that was not understood.

    `words` are those without a known meaning.
    """
    if not has_habits:
        return _("아직 기록이 없어요. 습관을 하나 고르고 체크하면 그때부터 물어볼 수 있어요.")
    if words:
        bare = habit_names.without_particle(words[0])
        # 요가 is no 요 with a particle.
        word = "‘" + Truncator(bare if len(bare) > 1 else words[0]).chars(_LONGEST_WORD) + "’"
        return _(
            "%(word)s 기록에서 찾지 못했어요. 내 습관 이름과 함께 횟수, 이어 온 날, 남은 것, 요일과 시간을 물어볼 수 있어요."
        ) % {"word": josa(word, "을/를") if _is_korean() else word}
    return _("그건 아직 대답하지 못해요. 내 기록의 횟수, 이어 온 날, 남은 것, 기분, 요일과 시간을 물어볼 수 있어요.")


def picks(name: str) -> list[str]:
    first = _("지난주 %(name)s 몇 번?") % {"name": name} if name else _("지난주에 몇 번 체크했어?")
    return [first, _("가장 오래 이은 습관?"), _("이번 달 기분 평균?"), _("언제 가장 잘돼요?")]


def deed(wish: Wish, name: str, *, is_filled: bool) -> str:
    """What is said where an act is asked for; `is_filled` if its page opens with values."""
    said = (_filled(wish.deed) if is_filled else "") or {
        Deed.REMIND: _("알림은 제가 바꾸지 않아요. 설정을 열어 드릴게요. 저장해야 바뀌어요."),
        Deed.GOAL: _("목표는 제가 정하지 않아요. 정하는 화면을 열어 드릴게요. 저장해야 바뀌어요."),
        Deed.RESUME: _("쉬기는 제가 끝내지 않아요. 다시 시작할 수 있는 화면을 열어 드릴게요."),
        Deed.PAUSE: _("쉬기는 제가 시작하지 않아요. 쉬는 날을 고르는 화면을 열어 드릴게요."),
        Deed.UNDO: _("체크는 제가 취소하지 않아요. 그 습관을 열어 드릴게요. 거기서 취소할 수 있어요."),
        Deed.CHECK_IN: _("체크는 제가 대신하지 않아요. 그 습관을 열어 드릴게요."),
        Deed.EDIT: _("습관은 제가 고치지 않아요. 고치는 화면을 열어 드릴게요. 저장해야 바뀌어요."),
        Deed.REMOVE: _("저는 아무것도 지우지 않아요. 지우기를 고르는 화면을 열어 드릴게요."),
        Deed.ADD: _("습관은 제가 더하지 않아요. 고르는 화면을 열어 드릴게요."),
    }[wish.deed]
    return f"{name}: {said}" if name else said


def _filled(deed: Deed) -> str:
    """The same where the page opens filled in; "" for deeds whose page has no such field."""
    return {
        Deed.REMIND: _("알림은 제가 바꾸지 않아요. 값을 채운 설정을 열어 드릴게요. 저장해야 바뀌어요."),
        Deed.GOAL: _("목표는 제가 정하지 않아요. 값을 채운 화면을 열어 드릴게요. 저장해야 바뀌어요."),
        Deed.PAUSE: _("쉬기는 제가 시작하지 않아요. 날짜를 채운 화면을 열어 드릴게요. 저장해야 쉬어요."),
        Deed.CHECK_IN: _("체크는 제가 대신하지 않아요. 양을 채운 화면을 열어 드릴게요. 저장해야 기록돼요."),
        Deed.EDIT: _("습관은 제가 고치지 않아요. 값을 채운 화면을 열어 드릴게요. 저장해야 바뀌어요."),
        Deed.ADD: _("습관은 제가 더하지 않아요. 그 이름으로 찾거나 만드는 화면을 열어 드릴게요."),
    }.get(deed, "")


def place(name: str) -> str:
    """What is said where a page of the product is asked for that belongs to no habit."""
    return {
        "account": _("계정은 제가 바꾸지 않아요. 내 계정 화면을 열어 드릴게요."),
        "plan": _("구독과 결제는 제가 바꾸지 않아요. 구독 화면을 열어 드릴게요."),
        "export": _("기록은 내 계정에서 내보낼 수 있어요. 그 화면을 열어 드릴게요."),
        "mood": _("기분과 습관이 함께 움직이는지는 통계에서 보여 드려요. 그 화면을 열어 드릴게요."),
    }[name]


def remark(said: Remark) -> str:
    return {
        Remark.TIRED: _(
            "지치는 날도 있어요. 쉬기로 두면 이어 온 날이 끊기지도, 더해지지도 않아요. 힘든 마음이 이어지면 도움받을 곳에 이야기해 보세요."
        ),
        Remark.ADVICE: _(
            "건강에 관한 조언은 하지 않아요. 의사나 약사에게 물어보세요. 내 기록에 대한 것은 물어볼 수 있어요."
        ),
        Remark.CHEER: _(
            "말만으로는 칭찬하지 않아요. 기록에서 잘한 것을 찾아 쓴 메시지를 코치 화면에서 받을 수 있어요."
        ),
        Remark.WHO: _(
            "기록을 읽고 답하는 코치예요. 이 답은 AI 없이 써요. 횟수, 이어 온 날, 남은 것, 기분을 물어볼 수 있어요."
        ),
        Remark.THANKS: _("저도 고마워요. 궁금한 게 생기면 또 물어보세요."),
    }[said]


def deed_button(wish: Wish) -> str:
    return {
        Deed.REMIND: _("알림 설정 열기"),
        Deed.PAUSE: _("쉬는 날 고르기"),
        Deed.CHECK_IN: _("습관 열기"),
        Deed.UNDO: _("습관 열기"),
        Deed.EDIT: _("고치는 화면 열기"),
        Deed.REMOVE: _("지우기 화면 열기"),
        Deed.ADD: _("습관 더하러 가기"),
        Deed.GOAL: _("목표 정하기"),
        Deed.RESUME: _("다시 시작하러 가기"),
    }[wish.deed]


def deed_of_which() -> str:
    """What is said when a deed is asked for and its habit is not clear."""
    return _("어느 습관인지 몰라 목록을 열어 드릴게요. 습관 이름과 함께 말해 주면 그 화면을 바로 열어요.")


def mine_button() -> str:
    return _("내 습관에서 고르기")


def decimal(value: float) -> str:
    """ "5.5", and "10" for 10.0."""
    return f"{value:.1f}".removesuffix(".0")


def _is_korean() -> bool:
    return _language() == "ko"


def _language() -> Language:
    return "en" if (get_language() or "ko").startswith("en") else "ko"
