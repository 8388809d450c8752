"""The progress of a day over all rows: the ring, the sums of groups, the week strip."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts.days import Calendar
from core.josa import josa
from core.text_format import per_language
from habits.day_totals import DayTotal, HabitDays, total_of_day
from habits.pages.today_rows import RowState, past_day_url, today_url

MOST_ARCS = 30
_ARC_ORDER = ("done", "part", "open", "rest")


def asked_rows(rows: Sequence[RowState]) -> list[RowState]:
    """The rows that today asks for, as `habits.day_totals` counts a day.

    A habit judged by its week asks for no day, and an `at_most` one is judged when the day is over. Where there are no
    others, these are asked for, so that the ring says something.
    """
    awake = [row for row in rows if row.state != "rest"]
    for kinds in ([row for row in awake if row.is_asked], [row for row in awake if row.kind != "at_most"]):
        if kinds:
            return kinds
    return []


def summary(rows: Sequence[RowState]) -> str:
    asked = asked_rows(rows)
    return _summary_text(sum(row.needed for row in asked), len(asked))


@per_language
def _summary_text(left: int, asked: int) -> str:
    if not asked:
        return ""
    if not left:
        return ngettext("다 했어요", "%(n)d개 다 했어요", asked) % {"n": asked}
    if left == asked:
        return ngettext("%(n)d개 남았어요", "%(n)d개 남았어요", left) % {"n": left}
    return _("%(total)d개 중 %(done)d개") % {"total": asked, "done": asked - left}


def ring(rows: Sequence[RowState]) -> dict[str, Any]:
    """The ring of the day: an arc for each habit that today asks for or that rests."""
    asked = asked_rows(rows) or [row for row in rows if row.state != "rest"]
    resting = [row for row in rows if row.state == "rest" and row.kind != "at_most"]
    drawn = {id(row) for row in (*asked, *resting)}
    done = sum(not row.needed for row in asked)
    left = [row for row in asked if row.needed]
    return {
        "done": done,
        "total": len(asked),
        "arcs": [{"cat": row.cat, "state": row.arc} for row in _arcs([row for row in rows if id(row) in drawn])],
        "label": _("오늘 %(total)d개 중 %(done)d개 했어요") % {"total": len(asked), "done": done},
        "title": _ring_title(done, len(asked)),
        "text": _ring_text(left, any_asked=bool(asked)),
    }


def _arcs(rows: Sequence[RowState]) -> Sequence[RowState]:
    """One row per arc.

    More than MOST_ARCS would be hairs: then a sample with the same shares, the done ones first.
    """
    if len(rows) <= MOST_ARCS:
        return rows
    in_order = sorted(rows, key=lambda row: _ARC_ORDER.index(row.arc))
    return [in_order[number * len(rows) // MOST_ARCS] for number in range(MOST_ARCS)]


def _ring_title(done: int, total: int) -> str:
    if not total:
        return _("오늘은 쉬는 날이에요")
    if done == total:
        return _("오늘 몫을 다 했어요")
    if done * 2 >= total:
        return _("절반을 넘었어요") if done * 2 > total else _("절반까지 왔어요")
    return _("한 방울씩 스며들고 있어요") if done else _("천천히 시작해요")


def _ring_text(left: list[RowState], *, any_asked: bool) -> str:
    if not any_asked:
        return _("푹 쉬어도 기록은 그대로예요.")
    if not left:
        return _("남은 하루는 느긋하게 보내요.")
    if len(left) > 2:
        return _("%(first)s부터 해 볼까요? 서두르지 않아도 돼요.") % {"first": left[0].name}
    names = ", ".join(row.name for row in left)
    if get_language() == "ko":
        names = josa(names, "이/가")
    return _("%(names)s 남았어요. 서두르지 않아도 돼요.") % {"names": names}


def week(
    habits: Collection[HabitDays], days: Sequence[dt.date], *, today: dt.date, ring: dict[str, Any]
) -> list[dict[str, Any]]:
    """The week strip: today has the share of the ring, days before the first habit are blank."""
    began_on = min((habit.began_on for habit in habits), default=today)
    return [
        this_day(ring, day)
        if day == today
        else past_day(day, total_of_day(habits, day), began_on=began_on)
        if day < today
        else _day(day, state="later", label=_spoken(day, "later", 0))
        for day in days
    ]


# The hour of the person's Sunday from which the week is looked back on.
EVENING = 18


def is_week_over(calendar: Calendar, now: dt.datetime) -> bool:
    """Whether it is the evening of the person's Sunday, which may go on after midnight."""
    day = calendar.day_of(now)
    return day.weekday() == 6 and now >= calendar.at(day, dt.time(EVENING))


def this_day(ring: dict[str, Any], day: dt.date) -> dict[str, Any]:
    """Today in the strip."""
    share = ring["done"] / ring["total"] if ring["total"] else 0.0
    label = _spoken(day, "today", round(share * 100))
    return _day(day, state="today", share=share, url=today_url(), label=label)


def past_day(day: dt.date, total: DayTotal, *, began_on: dt.date) -> dict[str, Any]:
    state = "before" if day < began_on else "done" if total.asked else "rest" if total.rested else "free"
    share = total.share or 0.0
    label = _spoken(day, state, round(share * 100))
    return _day(day, state=state, share=share, url="" if state == "before" else past_day_url(day), label=label)


def _day(day: dt.date, *, state: str, label: str, share: float = 0.0, url: str = "") -> dict[str, Any]:
    return {
        "day": day,
        "url": url,
        "weekday_text": _weekday_letter(day),
        "number": day.day,
        "share": share,
        "state": state,
        "label": label,
    }


_SPOKEN = {
    "later": gettext_lazy("%(date)s, 아직이에요"),
    "before": gettext_lazy("%(date)s, 시작하기 전이에요"),
    "rest": gettext_lazy("%(date)s, 쉬었어요"),
    "free": gettext_lazy("%(date)s, 하기로 한 것이 없었어요"),
}


@per_language
def _spoken(day: dt.date, state: str, percent: int) -> str:
    words = _SPOKEN.get(state) or _("%(date)s, %(percent)d%% 했어요")
    return str(words) % {"date": date_text(day), "percent": percent}


@per_language
def date_text(day: dt.date) -> str:
    return date_format(day, _("n월 j일 l"))


@per_language
def _weekday_letter(day: dt.date) -> str:
    return date_format(day, "D")
