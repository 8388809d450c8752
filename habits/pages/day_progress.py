"""The progress of a day over all rows: the ring, the sums of groups, the week strip."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.josa import josa
from core.text_format import facts, per_language
from habits.pages.today_rows import RowState, today_url
from habits.schedules import Timeline

MOST_ARCS = 30
_ARC_ORDER = ("done", "part", "open", "rest")


class HabitWeek(NamedTuple):
    """A habit in the week strip: its amounts, and the days on which it rests."""

    timeline: Timeline
    began_on: dt.date
    counts: Mapping[dt.date, int]
    rested: Collection[dt.date]


def summary(rows: Sequence[RowState]) -> str:
    asked = [row for row in rows if row.state != "rest" and row.kind != "at_most"]
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
    """The ring of the day.

    `at_most` habits are left out: their result is known when the day is over.
    """
    rows_to_do = [row for row in rows if row.kind != "at_most"] or rows
    asked = [row for row in rows_to_do if row.state != "rest"]
    done = sum(not row.needed for row in asked)
    left = [row for row in asked if row.needed]
    freezes = sum(row.freezes for row in rows)
    return {
        "done": done,
        "total": len(asked),
        "arcs": [{"cat": row.cat, "state": row.arc} for row in _arcs(rows_to_do)],
        "label": _("오늘 %(total)d개 중 %(done)d개 했어요") % {"total": len(asked), "done": done},
        "title": _ring_title(done, len(asked)),
        "text": _ring_text(left, any_asked=bool(asked)),
        "freezes_text": ngettext("지킴이 %(n)d개", "지킴이 %(n)d개", freezes) % {"n": freezes} if freezes else "",
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
        return _("푹 쉬어도 이어 온 날은 그대로예요.")
    if not left:
        return _("남은 하루는 느긋하게 보내요.")
    if len(left) > 2:
        return _("%(first)s부터 해 볼까요? 서두르지 않아도 돼요.") % {"first": left[0].name}
    names = facts(row.name for row in left)
    if get_language() == "ko":
        names = josa(names, "이/가")
    return _("%(names)s 남았어요. 서두르지 않아도 돼요.") % {"names": names}


def weekday(weeks: Iterable[HabitWeek], day: dt.date, *, today: dt.date) -> dict[str, Any]:
    """One day of the week strip."""
    asked = done = 0
    for timeline, began_on, counts, rested in weeks if day <= today else []:
        rule = timeline.on(day)
        if day < began_on or not rule.is_due(day):
            continue
        met = rule.met(counts.get(day, 0))
        if met or day not in rested:
            asked, done = asked + 1, done + met
    share = done / asked if asked else 0.0
    state = "today" if day == today else "later" if day > today else "rest" if not asked else "done"
    return {
        "day": day,
        "url": today_url() if day == today else "",
        "weekday_text": _weekday_letter(day),
        "number": day.day,
        "share": share,
        "state": state,
        "label": _spoken(day, state, round(share * 100)),
    }


@per_language
def _spoken(day: dt.date, state: str, percent: int) -> str:
    if state in ("later", "rest"):
        words = _("%(date)s, 아직이에요") if state == "later" else _("%(date)s, 쉬었어요")
    else:
        words = _("%(date)s, %(percent)d%% 했어요")
    return words % {"date": date_text(day), "percent": percent}


@per_language
def date_text(day: dt.date) -> str:
    return date_format(day, _("n월 j일 l"))


@per_language
def _weekday_letter(day: dt.date) -> str:
    return date_format(day, "D")
