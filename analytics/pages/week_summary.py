"""The insights as a reading: what changed, a line for each category, what is too early."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.days import ONE_DAY, WEEK, Calendar
from analytics.pages.panels import WEEKS, day_text
from core import plots
from core.text_format import whole_percents
from habits.day_totals import add_up
from habits.week_comparison import TotalOf, WeekdayChange, change, compared


class CategoryLine(NamedTuple):
    """A category as pages name it: its English name, its name and its icon."""

    key: str
    name: str
    icon: str


def headline(
    on: TotalOf, by_category: Mapping[CategoryLine, TotalOf], *, calendar: Calendar, today: dt.date
) -> dict[str, str]:
    """The sentence on top and what it rests on. Today is still open and not compared."""
    first = calendar.week_of(today)
    days = [first + n * ONE_DAY for n in range((today - first).days)]
    # A new week has no closed day yet: the last one is read.
    is_new = not days
    if is_new:
        days = [first - WEEK + n * ONE_DAY for n in range(7)]
    both = compared(on, days)
    whole = change(on, both)
    if whole is None:
        return {
            "text": _("이제 한 주씩 모으고 있어요."),
            "why": _("2주가 모이면 무엇이 달라졌는지 비교해 볼게요."),
        }
    moved = {category: its for category, of in by_category.items() if (its := change(of, both)) and its.is_notable}
    cat = max(moved, key=lambda one: abs(moved[one].points), default=None)
    return {
        "text": " ".join(filter(None, [_whole_text(whole, is_new=is_new), _category_text(cat, moved)])),
        "why": _why(both, is_new=is_new),
        "cat": cat.key if cat else "",
    }


def _whole_text(whole: WeekdayChange, *, is_new: bool) -> str:
    number = {"n": abs(whole.points)}
    if not whole.is_notable:
        return _("지난주는 그 전 주와 비슷했어요.") if is_new else _("이번 주는 지난주와 비슷해요.")
    if whole.points > 0:
        return (
            _("지난주는 그 전 주보다 %(n)d%%p 더 했어요.") if is_new else _("이번 주는 지난주보다 %(n)d%%p 더 했어요.")
        ) % number
    return _("지난주는 그 전 주보다 가벼웠어요.") if is_new else _("이번 주는 지난주보다 가벼웠어요.")


def _category_text(cat: CategoryLine | None, moved: Mapping[CategoryLine, WeekdayChange]) -> str:
    if cat is None:
        return ""
    its = moved[cat]
    words = _("%(name)s 완료율은 %(before)d%%에서 %(now)d%%로 바뀌었어요.")
    return whole_percents(words % {"name": cat.name, "before": its.before, "now": its.now})


def _why(both: Sequence[dt.date], *, is_new: bool) -> str:
    # One day alone is named in full: 월요일.
    name = "D" if len(both) > 1 else "l"
    days = pgettext("between weekdays", "·").join(date_format(day, name) for day in both)
    if is_new:
        return _("같은 요일끼리 비교했어요: %(days)s. 쉰 날은 뺐어요.") % {"days": days}
    return _("같은 요일끼리 비교했어요: %(days)s. 쉰 날과 아직 끝나지 않은 오늘은 뺐어요.") % {"days": days}


def categories(
    by_category: Mapping[CategoryLine, TotalOf],
    began_on: Mapping[CategoryLine, dt.date],
    *,
    calendar: Calendar,
    today: dt.date,
) -> list[dict[str, Any]]:
    """A line for each category: its share of every week since its first day, at most a year."""
    this_week = calendar.week_of(today)
    return [
        _category(one, of, max(calendar.week_of(began_on[one]), this_week - (WEEKS - 1) * WEEK), this_week, today=today)
        for one, of in by_category.items()
    ]


def _category(one: CategoryLine, on: TotalOf, first: dt.date, this_week: dt.date, *, today: dt.date) -> dict[str, Any]:
    weeks = [first + n * WEEK for n in range((this_week - first).days // 7 + 1)]
    # Days to come ask for nothing, and today is open.
    sums = [add_up(on(day) for n in range(7) if (day := week + n * ONE_DAY) < today) for week in weeks]
    # A week that asked for nothing is a gap.
    shares = [None if its.share is None else its.share * 100 for its in sums]
    # A habit may begin after this week, and of the week itself nothing may have closed yet.
    is_open = bool(shares) and shares[-1] is not None
    if not is_open:
        shares = shares[:-1]
    ended = shares[:-1] if is_open else shares
    closed = [share for share in ended if share is not None]
    # The week that goes on is no figure yet, unless it is the only one.
    latest = closed[-1] if closed else shares[-1] if shares else None
    last = None if latest is None else round(latest)
    return {
        "cat": one.key,
        "icon": one.icon,
        "name": one.name,
        "now": last,
        # The line ends with the week that goes on: a figure beside its end is told to be of another week.
        "of": _("지난주") if is_open and closed and ended[-1] is not None else "",
        "svg": plots.curve(shares, label=_line_label(one, first, last, is_open=is_open), is_low=True, is_open=is_open)
        if len(closed) + is_open > 1
        else "",
        "first": day_text(first),
        "end": _("이번 주 (열려 있음)") if is_open else _("지난주"),
    }


def _line_label(one: CategoryLine, first: dt.date, last: int | None, *, is_open: bool) -> str:
    words = (
        _("%(name)s, %(first)s부터 주마다 완료율. 마지막으로 닫힌 주 %(now)s%%, 이번 주는 아직 열려 있어요")
        if is_open
        else _("%(name)s, %(first)s부터 주마다 완료율. 마지막 주 %(now)s%%")
    )
    return words % {"name": one.name, "first": day_text(first), "now": last}


def too_early(*, weekdays: dict[str, Any], hours: dict[str, Any], moods: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What there are too few days for, each with how far it is."""
    waiting = [
        {"title": _("요일별 흐름"), "n": weekdays["asked"], "minimum": weekdays["minimum"]},
        {"title": _("하루 중 언제"), "n": hours["total"], "minimum": hours["minimum"]},
    ]
    if moods and moods.get("waiting"):
        waiting.append({"title": _("기분과 실천의 관계"), "n": moods["waiting"]["n"], "minimum": moods["minimum"]})
    return [one for one in waiting if one["n"] < one["minimum"]]
