"""The strength of one habit as a curve, with a sentence on what it means."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from accounts.days import ONE_DAY
from core import plots
from core.text_format import date_text
from habits import streaks, strength
from habits.models import UserHabit
from habits.schedules import Rule
from habits.streak_cache import Rests
from habits.streaks import Counts
from habits.strength import Meter

SPANS = ("year", "months", "all")
DAYS = {"year": 365, "months": 91}
# More points than pixels show nothing more.
POINTS = 366
MONTH = dt.timedelta(days=28)
# With fewer days there is no shape yet.
YOUNG = 14
FIRM, TAKING_ROOT, NOTABLY = 75, 40, 3


def through(rule: Rule, counts: Counts, *, today: dt.date) -> dt.date:
    """The last day the strength includes: today once it is done, yesterday while it is open.

    Otherwise the first glass of eight would weaken it.
    """
    return today if rule.direction == "at_least" and rule.met(counts.get(today, 0)) else today - ONE_DAY


def panel(
    user_habit: UserHabit, counts: Counts, rests: Rests, *, start: dt.date, today: dt.date, span: str, here: str
) -> dict[str, Any]:
    last = through(user_habit.rule, counts, today=today)
    first = start if span == "all" else max(start, last - dt.timedelta(days=DAYS[span] - 1))
    # Earlier days are only read as far as they still matter.
    begin = strength.reach(user_habit.timeline, start=start, through=first, rests=rests) if first > start else start
    read = {day: count for day, count in counts.items() if day >= begin} if begin > start else counts
    points = strength.series(user_habit.timeline, start=begin, counts=read, through=last, rests=rests)
    shown = [point for point in points if point[0] >= first] if first > start else points
    drawn = shown[:: -max(1, -(-len(shown) // POINTS))][::-1]
    days = [day for day, _value in drawn]
    values = dict(points)
    now, before = points[-1][1] if points else 0.0, values.get(last - MONTH)
    titles = {"months": _("3개월"), "year": _("1년"), "all": _("전체")}
    return {
        "now": round(now),
        "before": "" if before is None else _("4주 전 %(n)d") % {"n": round(before)},
        "text": sentence(user_habit.rule, now=now, before=before, days=(last - start).days + 1, day=last),
        "svg": plots.curve(
            [value for _day, value in drawn],
            bands=bands(days, streaks.rested_days(rests, days[0], days[-1])) if days else (),
            label=_in_words(drawn, titles[span]),
        ),
        "ends": _ends(days),
        "rows": _by_month(shown),
        "spans": [
            {"text": titles[one], "url": f"{here}?span={one}#strength", "current": one == span}
            for one in ("months", "year", "all")
        ],
    }


def bands(days: Sequence[dt.date], rested: Iterable[dt.date]) -> list[tuple[float, float]]:
    """The spans of rest within `days`, as fractions of their width."""
    resting, width = set(rested), max(len(days) - 1, 1)
    edges = [
        place
        for place, (before, day) in enumerate(pairwise([None, *days, None]))
        if (before in resting) != (day in resting)
    ]
    return [
        (begin / width, min(end, len(days) - 1) / width) for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def sentence(rule: Rule, *, now: float, before: float | None, days: int, day: dt.date) -> str:
    """What the number means: how well it holds or grows. `day` is the last one it includes."""
    if days < YOUNG:
        return _("이제 막 시작했어요. 2주쯤 지나면 흐름이 보여요.")
    did, missed = (rule.target, 0) if rule.direction == "at_least" else (0, max(1, 2 * rule.target))
    if now >= FIRM:
        left = _after(rule, now, day, done=missed, days=1)
        words = (
            _("몸에 잘 뱄어요. 하루 비어도 %(n)d쯤 돼요.")
            if rule.direction == "at_least"
            else _("몸에 잘 뱄어요. 한 번 넘겨도 %(n)d쯤 돼요.")
        )
        return words % {"n": round(left)}
    ahead = {"n": round(_after(rule, now, day, done=did, days=14))}
    if before is not None and round(now) <= round(before) - NOTABLY:
        return _("조금 옅어졌어요. 2주 동안 이어 가면 %(n)d쯤 돼요.") % ahead
    if now >= TAKING_ROOT:
        return _("자리를 잡아 가고 있어요. 2주 동안 이어 가면 %(n)d쯤 돼요.") % ahead
    return _("천천히 자라고 있어요. 2주 동안 이어 가면 %(n)d쯤 돼요.") % ahead


def _after(rule: Rule, value: float, day: dt.date, *, done: int, days: int) -> float:
    """The strength after `days` more days with the count `done` each.

    A single day is the next due one.
    """
    meter, left = Meter(value), days
    while left:
        day += ONE_DAY
        if days == 1 and not rule.is_due(day):
            continue
        meter = strength.step(meter, rule=rule, day=day, count=done, rested=False)
        left -= 1
    return meter.value


def _in_words(points: list[tuple[dt.date, float]], title: str) -> str:
    if not points:
        return _("아직 그릴 날이 없어요.")
    (first, begun), (_last, now) = points[0], points[-1]
    numbers = {"span": title, "first": date_text(first, _("Y년 n월 j일")), "begun": round(begun), "now": round(now)}
    low, high = min(value for _day, value in points), max(value for _day, value in points)
    numbers |= {"low": round(low), "high": round(high)}
    return (
        _("%(span)s 동안의 습관 힘. %(first)s에 %(begun)d, 지금 %(now)d. 가장 낮을 때 %(low)d, 가장 높을 때 %(high)d.")
        % numbers
    )


def _ends(days: list[dt.date]) -> list[str]:
    """The labels below the curve: its beginning, three places between, its end."""
    if len(days) < 5:
        return [date_text(day, _("n.j")) for day in (days[0], days[-1])] if days else []
    length = (days[-1] - days[0]).days
    form = _("n.j") if length < 100 else _("n월") if length < 370 else _("Y.n")
    return [date_text(days[(len(days) - 1) * n // 4], form) for n in range(5)]


def _by_month(points: list[tuple[dt.date, float]]) -> list[dict[str, Any]]:
    """The last strength of each month, newest first."""
    months = {(day.year, day.month): (day, value) for day, value in points}
    return [
        {"month": date_text(day, _("Y년 n월")), "value": round(value)} for day, value in reversed(list(months.values()))
    ]
