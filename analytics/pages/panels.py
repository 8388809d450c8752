"""Panels of both insights pages: year, weekdays, hours, mood and energy.

Each takes data and returns the context of its template: a drawing, and the same in words for screen readers.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.days import ONE_DAY, WEEK, Calendar
from analytics import mood_patterns
from analytics.correlation import MINIMUM, Correlation
from analytics.mood_patterns import Comparison
from analytics.queries import Mood
from billing import entitlements
from core import plots
from core.plots import DayCell
from core.text_format import amount, date_text, hour_text, per_language
from habits.day_totals import DayTotal

# The year map: this week and the 52 before it.
WEEKS = 53
FEWEST_WEEKS = 12
# Weekdays and hours change over time: only the last twelve weeks.
LATELY = 12 * WEEK
# With fewer check-ins there is no pattern.
FEWEST = 10
HOURS_A_CELL = 2
# Mood and energy: the days drawn, and the most days the correlation uses.
DRAWN = 28
LOOKED_AT = entitlements.MOST_INSIGHT_DAYS


class Depth(NamedTuple):
    """How many days before today are compared, and whether the person's plan sets it."""

    days: int
    by_plan: bool


# ── The year ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def span_of(year: int | None, *, today: dt.date, calendar: Calendar) -> tuple[dt.date, dt.date]:
    """The days that the map shows: those of a calendar year, or the last 53 weeks."""
    if year is None:
        return calendar.week_of(today) - (WEEKS - 1) * WEEK, today
    return dt.date(year, 1, 1), min(dt.date(year, 12, 31), today)


def year_map(
    mark_and_text: Callable[[dt.date], tuple[str | float, str]],
    *,
    year: int | None,
    began_on: dt.date,
    today: dt.date,
    calendar: Calendar,
    here: str,
    summary: str,
) -> dict[str, Any]:
    """The year map. `mark_and_text` gives those of a day; `began_on` is the first day with data."""
    first, last = span_of(year, today=today, calendar=calendar)
    # The person's first day begins the map. A short one has room for weeks to come, up to FEWEST_WEEKS.
    first = max(first, min(began_on, last))
    begin = calendar.week_of(first)
    shown = max((calendar.week_of(last) - begin).days // 7 + 1, FEWEST_WEEKS)
    weeks = [[begin + n * WEEK + day * ONE_DAY for day in range(7)] for n in range(shown)]
    cells = {day: mark_and_text(day) for week in weeks for day in week if max(first, began_on) <= day <= last}
    drawn = [[DayCell(*cells[day]) if day in cells else None for day in week] for week in weeks]
    months = [
        (column, date_text(day, "M"))
        for column, week in enumerate(weeks)
        for day in week
        if day.day == 1 and first <= day <= last
    ]
    # The first week has a name too, unless the next one stands in its place.
    if not months or months[0][0] > 1:
        months.insert(0, (0, date_text(first, "M")))
    recent, _today = span_of(None, today=today, calendar=calendar)
    years = range(today.year, began_on.year - 1, -1) if began_on < recent else ()
    title = _("최근 1년") if year is None else str(year)
    return {
        "svg": plots.year_map(
            drawn,
            months=months,
            label=_("%(span)s. %(summary)s") % {"span": title, "summary": summary},
            first=min(cells, default=None),
        ),
        "is_short": len(weeks) < WEEKS // 2,
        "weekdays": [date_text(day, "D") for day in weeks[0]],
        "rows": [
            {"date": day_text(week[0]), "cells": [cells[day][1] if day in cells else "" for day in week]}
            for week in reversed(weeks)
            if any(day in cells for day in week)
        ],
        "summary": summary,
        "spans": [
            {"text": _("최근 1년"), "url": f"{here}#year", "current": year is None},
            *({"text": str(one), "url": f"{here}?year={one}#year", "current": one == year} for one in years),
        ]
        if years
        else [],
    }


@per_language
def day_text(day: dt.date) -> str:
    return date_text(day, _("n월 j일"))


# ── Days of the week, hours of the day ────────────────────────────────────────────────────────────────────────────────


def weekdays(totals: Mapping[dt.date, DayTotal], *, calendar: Calendar, today: dt.date) -> dict[str, Any]:
    """The done share of each weekday."""
    sums = {n: DayTotal() for n in range(7)}
    for day, its in totals.items():
        sums[day.weekday()] += its
    week = [calendar.week_of(today) + n * ONE_DAY for n in range(7)]
    enough = sum(its.asked for its in sums.values()) >= FEWEST
    days = [_weekday(day, sums[day.weekday()], enough=enough) for day in week]
    fullest = max(week, key=lambda day: sums[day.weekday()].share or 0.0)
    best = sums[fullest.weekday()]
    alone = sum(its.share == best.share for its in sums.values()) == 1
    sentence = "" if enough else _("며칠 더 기록하면 요일별 흐름이 보여요.")
    if enough and alone and best.done:
        numbers = {"day": date_text(fullest, "l"), "asked": best.asked, "done": best.done}
        sentence = _("%(day)s에 가장 자주 했어요. %(asked)d번\N{NO-BREAK SPACE}중 %(done)d번이에요.") % numbers
    asked = sum(its.asked for its in sums.values())
    return {"days": days, "text": sentence, "asked": asked, "minimum": FEWEST}


def _weekday(day: dt.date, its: DayTotal, *, enough: bool) -> dict[str, Any]:
    numbers = {"asked": its.asked, "done": its.done}
    return {
        "svg": plots.ring(None if its.share is None else round(its.share, 2)),
        # A percentage of one or two would look more certain than it is.
        "text": "–" if its.share is None else f"{its.share:.0%}" if enough else f"{its.done}/{its.asked}",
        "name": date_text(day, "D"),
        "label": ngettext("%(asked)d번 중 %(done)d번", "%(asked)d번 중 %(done)d번", its.asked) % numbers
        if its.asked
        else _("하기로 한 날이 없었어요"),
    }


def hours(found: Mapping[tuple[int, int], int], *, calendar: Calendar, today: dt.date) -> dict[str, Any]:
    """A dot for each weekday and two hours, from the start of the person's day."""
    begins = [(calendar.day_start // HOURS_A_CELL * HOURS_A_CELL + n) % 24 for n in range(0, 24, HOURS_A_CELL)]
    cells = {(day, hour): 0 for day in range(1, 8) for hour in begins}
    for (day, hour), count in found.items():
        cells[day, hour // HOURS_A_CELL * HOURS_A_CELL] += count
    most, total = max(cells.values()), sum(cells.values())
    by_hour = {hour: sum(cells[day, hour] for day in range(1, 8)) for hour in begins}
    week = [calendar.week_of(today) + n * ONE_DAY for n in range(7)]
    return {
        "begins": begins,
        "rows": [
            {
                "name": date_text(day, "D"),
                "cells": [
                    {
                        "svg": plots.bubble(round(cells[day.isoweekday(), hour] / most, 2) if most else 0.0),
                        "text": _times(cells[day.isoweekday(), hour]),
                    }
                    for hour in begins
                ],
            }
            for day in week
        ],
        "total": total,
        "minimum": FEWEST,
        "text": _busiest_hour(by_hour, total),
        "idea": _at_the_busiest_hour(by_hour, total),
    }


@per_language
def _times(number: int) -> str:
    return amount(number, None)


def _at_the_busiest_hour(by_hour: Mapping[int, int], total: int) -> str:
    """What could be tried for two weeks; empty where no hour is known."""
    if total < FEWEST:
        return ""
    hour = max(by_hour, key=by_hour.__getitem__)
    return _("%(from)s와 %(to)s 사이에만 하기") % _span(hour)


def _busiest_hour(by_hour: Mapping[int, int], total: int) -> str:
    if total < FEWEST:
        numbers = {"least": FEWEST, "n": total}
        return _("체크가 %(least)d번 모이면 시간대별 흐름이 보여요. 지금은 %(n)d번이에요.") % numbers
    hour = max(by_hour, key=by_hour.__getitem__)
    most: dict[str, str | int] = {**_span(hour), "total": total, "n": by_hour[hour]}
    return _("%(from)s와 %(to)s 사이에 가장 자주 했어요. %(total)d번 중 %(n)d번이에요.") % most


def _span(hour: int) -> dict[str, str]:
    return {"from": hour_text(hour), "to": hour_text(hour + HOURS_A_CELL)}


# ── Mood and energy beside what was done ──────────────────────────────────────────────────────────────────────────────


def moods(
    found: Mapping[dt.date, Mood],
    shares: Callable[[dt.date], float | None],
    *,
    today: dt.date,
    depth: Depth,
    of_one: bool,
    pages: int = 0,
) -> dict[str, Any]:
    """Mood and energy beside the done share of the day and of the day before.

    The share is None where nothing was due. The intervals hold for all of them together, over the page of all habits and the `pages` of single ones.
    Where nothing holds nothing is said; what was looked at stays behind a disclosure.
    """
    days = [today - n * ONE_DAY for n in range(DRAWN - 1, -1, -1)]
    scores = [found.get(day, (None, None)) for day in days]
    done = [shares(day) for day in days]
    drawn = any(score is not None for both in scores for score in both)
    chance = mood_patterns.page_chance(pages, of_one=of_one)
    compared = mood_patterns.compare(found, shares, today=today, chance=chance)
    told = [_correlation_panel(one, of_one=of_one) for one in compared]
    ready = [one for one in told if one["ready"]]
    return {
        "drawn": drawn,
        "stems": plots.stems(done, label=_("지난 4주의 하루 완료율")),
        "lines": plots.lines(
            [_height(mood) for mood, _energy in scores],
            [_height(energy) for _mood, energy in scores],
            label=_("같은 날의 기분과 기운"),
        ),
        "ends": [date_text(day, _("n.j")) for day in (days[0], days[DRAWN // 3], days[2 * DRAWN // 3], days[-1])],
        "rows": [
            {
                "date": day_text(day),
                "done": "–" if share is None else f"{share:.0%}",
                "mood": _of_five(mood),
                "energy": _of_five(energy),
            }
            for day, share, (mood, energy) in reversed(list(zip(days, done, scores, strict=True)))
            if share is not None or mood is not None or energy is not None
        ],
        "texts": [one["text"] for one in ready if one["holds"]],
        "told": ready,
        "waiting": None if ready else told[0],
        "minimum": MINIMUM,
        "span": ngettext(
            "최근 %(n)d일에서 둘 다 있는 날만 보았어요. 요일만으로 설명되는 차이는 뺐어요.",
            "최근 %(n)d일에서 둘 다 있는 날만 보았어요. 요일만으로 설명되는 차이는 뺐어요.",
            depth.days,
        )
        % {"n": depth.days},
        "by_plan": depth.by_plan,
    }


def _height(score: float | None) -> float | None:
    return None if score is None else (score - 1) / 9


def _of_five(score: float | None) -> str:
    """A score of 1 to 10 on the scale of the five faces."""
    return "–" if score is None else _("5 중 %(n)s") % {"n": f"{score / 2:.1f}".removesuffix(".0")}


def _correlation_panel(one: Comparison, *, of_one: bool) -> dict[str, Any]:
    number, result = len(one.scores), one.found
    return {
        "name": _score_name(one.which, one.lag),
        "ready": number >= MINIMUM,
        "n": number,
        "text": correlation_text(result, which=one.which, lag=one.lag, of_one=of_one),
        "facts": _facts(result, one, of_one=of_one) if result else [],
        "holds": result is not None and result.beyond_chance,
    }


def _score_name(which: int, lag: int) -> str:
    if lag:
        return _("다음 날 기운") if which else _("다음 날 기분")
    return _("기운") if which else _("기분")


def correlation_text(result: Correlation | None, *, which: int, of_one: bool, lag: int = 0) -> str:
    """Whether they moved together, never that one causes the other."""
    if result is None:
        return _("%(what)s이나 완료율이 늘 같거나 요일만 따라 달라서 비교할 수 없어요.") % {
            "what": _score_name(which, lag)
        }
    if not result.beyond_chance:
        words = _("%(what)s과는 뚜렷이 함께 움직이지 않았어요. 보이는 차이는 우연일 수 있어요.")
        return words % {"what": _score_name(which, lag)}
    words = (_next_day_words if lag else _same_day_words)(is_higher=result.rho > 0, of_one=of_one)
    doubt = (
        _("그래서인지, 다른 까닭이 있는지는 알 수 없어요.")
        if lag
        else _("어느 쪽이 먼저인지, 다른 까닭이 있는지는 알 수 없어요.")
    )
    return f"{words % {'what': _score_name(which, 0)}} {doubt}"


def _same_day_words(*, is_higher: bool, of_one: bool) -> str:
    if of_one:
        return _("한 날에 %(what)s이 높은 편이었어요.") if is_higher else _("한 날에 %(what)s이 낮은 편이었어요.")
    if is_higher:
        return _("많이 한 날에 %(what)s이 높은 편이었어요.")
    return _("많이 한 날에 %(what)s이 낮은 편이었어요.")


def _next_day_words(*, is_higher: bool, of_one: bool) -> str:
    if of_one:
        if is_higher:
            return _("하고 난 다음 날에 %(what)s이 높은 편이었어요.")
        return _("하고 난 다음 날에 %(what)s이 낮은 편이었어요.")
    if is_higher:
        return _("많이 한 다음 날에 %(what)s이 높은 편이었어요.")
    return _("많이 한 다음 날에 %(what)s이 낮은 편이었어요.")


def _facts(result: Correlation, one: Comparison, *, of_one: bool) -> list[tuple[str, str]]:
    facts = [(_("살펴본 날"), ngettext("%(n)d일", "%(n)d일", result.n) % {"n": result.n})]
    if of_one:
        did = [score for share, score in zip(one.shares, one.scores, strict=True) if share >= 1]
        rest = [score for share, score in zip(one.shares, one.scores, strict=True) if share < 1]
        titles = (_("한 다음 날"), _("안 한 다음 날")) if one.lag else (_("한 날"), _("안 한 날"))
        for title, group in zip(titles, (did, rest), strict=True):
            numbers = {"n": len(group), "mean": _of_five(sum(group) / len(group))}
            facts.append((title, _("%(n)d일, 평균 %(mean)s") % numbers))
    numbers = {"rho": f"{result.rho:+.2f}", "low": f"{result.low:+.2f}", "high": f"{result.high:+.2f}"}
    facts.append((_("함께 움직인 정도"), _("%(rho)s (%(low)s에서 %(high)s 사이일 듯해요)") % numbers))
    return facts
