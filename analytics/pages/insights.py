"""The two insights pages: all habits of a person, and one of them.

The page of all habits reads only the year that it shows, so its cost does not grow with the years. The page of one habit
needs all of it, since its best streaks may be anywhere: what became of closed days is kept (habits/closed_days.py).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.days import ONE_DAY, WEEK, Calendar
from accounts.models import User
from analytics import queries
from analytics.pages import experiment, panels, strength_panel, week_summary
from analytics.pages.panels import LATELY, LOOKED_AT, Depth, day_text
from analytics.pages.week_summary import CategoryLine
from billing import entitlements
from core import cache_entries, plots
from core.db import replica
from core.db.compiled_queries import Compiled
from core.text_format import date_text, facts, length, whole_percents
from habits import catalogue_cache, closed_days, streak_cache, strength
from habits.closed_days import PastDays
from habits.day_totals import DayTotal, add_up, total_of_day, totals_of_days
from habits.models import UserHabit
from habits.pages import goal_lines, habit_detail
from habits.pages.month_calendar import month_calendar
from habits.schedules import Timeline
from habits.streak_cache import Rests
from habits.streaks import Reason, Run
from habits.week_comparison import compared
from notifications import holds

TEMPLATE = "analytics/insights.html"
# All habits of a person with all their rests.
_HABITS = Compiled(
    lambda person, day: (
        streak_cache.with_rests(UserHabit.objects.filter(user=person), day=day)
        .for_today()
        .order_by("sort_order", "created_at", "id")
    ),
    person=uuid4(),
    day=dt.date(1970, 1, 2),
)


# ── All habits ────────────────────────────────────────────────────────────────────────────────────────────────────────


def page(user: User, *, now: dt.datetime, asked: dict[str, Any]) -> dict[str, Any]:
    """The context of the page; as it opens, with its panels drawn already and cached."""
    if holds.is_held(user, now):
        return _without_streaks(replica.read(lambda: page_of_all(user, now=now, **asked)))
    if asked:
        return replica.read(lambda: page_of_all(user, now=now, **asked))
    return cache_entries.DASHBOARD.get(
        user.pk, day=user.calendar.day_of(now), make=lambda: replica.read(lambda: _drawn(user, now=now))
    )


def _without_streaks(context: dict[str, Any]) -> dict[str, Any]:
    """The context without streaks, for a quiet day; the drawn panels that are cached have them."""
    return context | {"habits": [habit | {"best": ""} for habit in context.get("habits", [])], "is_quiet": True}


def _drawn(user: User, *, now: dt.datetime) -> dict[str, Any]:
    context = page_of_all(user, now=now)
    return context if "empty" in context else {"drawn": render_to_string(f"{TEMPLATE}#panels", context)}


def page_of_all(
    user: User, *, now: dt.datetime, week: dt.date | None = None, month: dt.date | None = None, year: int | None = None
) -> dict[str, Any]:
    calendar, today = user.calendar, user.calendar.day_of(now)
    habits = _HABITS(person=user.pk, day=dt.date.min)
    if not habits:
        return {"empty": True}
    began_on = _began_on(habits, calendar)
    year = _year_or_recent(year, began_on, today)
    recent = panels.span_of(None, today=today, calendar=calendar)[0]
    rests = {habit.pk: streak_cache.days_of(streak_cache.rests_around(habit), habit) for habit in habits}
    reaches = {
        habit.pk: _reach(habit, rests[habit.pk], calendar=calendar, today=today)
        for habit in habits
        if not habit.is_archived
    }
    depth = _depth(user, now=now)
    since = min(today - dt.timedelta(days=depth.days), recent)
    found = queries.read(
        [habit.pk for habit in habits],
        first=min([since, *reaches.values()]),
        last=today,
        moods_since=today - dt.timedelta(days=depth.days) if user.shares_health else None,
        hours_since=today - LATELY,
    )
    counts, language = found.counts, get_language()
    on = _totals(habits, rests, counts, first=recent, last=today, calendar=calendar, open_day=today)
    of_year = on if year is None else _totals_of_year(habits, rests, year, calendar=calendar, today=today)
    here = reverse("analytics:insights")
    lately = [today - LATELY + n * ONE_DAY for n in range(1, LATELY.days)]
    grouped = _by_category(habits)
    by_category = {
        one: _totals(its, rests, counts, first=recent, last=today, calendar=calendar, open_day=today)
        for one, its in grouped.items()
    }
    category_began = {one: _began_on(its, calendar) for one, its in grouped.items()}
    weekdays = panels.weekdays({day: on(day) for day in lately}, calendar=calendar, today=today)
    hours = panels.hours(found.hours, calendar=calendar, today=today)
    moods = (
        panels.moods(
            found.moods,
            lambda day: on(day).share,
            today=today,
            depth=depth,
            of_one=False,
            pages=sum(not habit.is_archived for habit in habits) if len(habits) > 1 else 0,
        )
        if user.shares_health
        else None
    )
    return {
        "headline": week_summary.headline(on, by_category, calendar=calendar, today=today),
        "lines": week_summary.categories(by_category, category_began, calendar=calendar, today=today),
        "too_early": week_summary.too_early(weekdays=weekdays, hours=hours, moods=moods),
        "week": _week(on, _clamp(week, recent, today), calendar=calendar, today=today, here=here, earliest=recent),
        "year": panels.year_map(
            lambda day: _mark_and_words(of_year(day), is_today=day == today, language=language),
            year=year, began_on=began_on, today=today, calendar=calendar, here=here,
            summary=_year_summary(of_year, panels.span_of(year, today=today, calendar=calendar)),
        ),
        "key": _legend((1.0, _("다 했어요")), (0.4, _("일부")), (0.0, _("빈 날")), ("rested", _("쉼"))),
        "month": month_calendar(
            _clamp(month, recent, today).replace(day=1),
            calendar,
            today=today,
            here=here,
            cell=lambda day: _month_day(on, day, today=today),
            earliest=recent,
        ),
        "goals": goal_lines.panel(user, now=now),
        "weekdays": weekdays,
        "hours": hours,
        "moods": moods,
        "habits": [
            _habit(habit, rests[habit.pk], counts[habit.pk], reaches[habit.pk], calendar=calendar, today=today)
            for habit in habits
            if not habit.is_archived
        ],
    }  # fmt: skip


def _began_on(habits: list[UserHabit], calendar: Calendar) -> dt.date:
    """The first day that any of these habits is judged on."""
    return min(streak_cache.first_day(habit, calendar=calendar, counts={}) for habit in habits)


def _depth(user: User, *, now: dt.datetime) -> Depth:
    """How far back mood and energy are compared: by the plan, at most LOOKED_AT days."""
    most = entitlements.limit(user, "insight_days", at=now).most
    return Depth(LOOKED_AT, by_plan=False) if most is None or most >= LOOKED_AT else Depth(most, by_plan=True)


def _by_category(habits: list[UserHabit]) -> dict[CategoryLine, list[UserHabit]]:
    """The habits of each category, in the order of the catalogue."""
    found: dict[str, list[UserHabit]] = {}
    for habit in habits:
        found.setdefault(habit.habit.category.name_en, []).append(habit)
    # The rows of Today read no names of categories; the catalogue has them in memory.
    known = {one.name_en: one for one in catalogue_cache.first_of_each().categories}
    in_order = [*(name for name in known if name in found), *(name for name in found if name not in known)]
    return {
        CategoryLine(name, str(known.get(name, name)), found[name][0].habit.category.icon or ""): found[name]
        for name in in_order
    }


def _year_or_recent(year: int | None, began_on: dt.date, today: dt.date) -> int | None:
    return year if year is not None and began_on.year <= year <= today.year else None


def _clamp(day: dt.date | None, first: dt.date, last: dt.date) -> dt.date:
    return min(max(day, first), last) if day else last


def _reach(user_habit: UserHabit, rests: Rests, *, calendar: Calendar, today: dt.date) -> dt.date:
    start = min(user_habit.begins_on(calendar), today)
    return strength.reach(user_habit.timeline, start=start, through=today, rests=rests)


def _totals(
    habits: list[UserHabit],
    rests: dict[UUID, Rests],
    counts: dict[UUID, queries.Counts],
    *,
    first: dt.date,
    last: dt.date,
    calendar: Calendar,
    open_day: dt.date,
) -> Callable[[dt.date], DayTotal]:
    """The total of each day."""
    habit_days = [
        streak_cache.habit_days(
            habit, calendar=calendar, counts=counts[habit.pk], rests=rests[habit.pk], first=first - WEEK, last=last
        )
        for habit in habits
    ]
    totals = totals_of_days(habit_days, first, last, open_day=open_day)
    # The week before the first one is asked for as well.
    return lambda day: totals.get(day) or total_of_day(habit_days, day, open_day=open_day)


def totals_of_span(
    user: User, first: dt.date, last: dt.date, *, today: dt.date
) -> tuple[dt.date | None, Callable[[dt.date], DayTotal]]:
    """The first day of any habit of the person, and the total of each day of the span."""
    habits = _HABITS(person=user.pk, day=dt.date.min)
    calendar = user.calendar
    rests = {habit.pk: streak_cache.days_of(streak_cache.rests_around(habit), habit) for habit in habits}
    counts = queries.counts({habit.pk: first for habit in habits}, last=last)
    began_on = min((habit.begins_on(calendar) for habit in habits), default=None)
    return began_on, _totals(habits, rests, counts, first=first, last=last, calendar=calendar, open_day=today)


def _totals_of_year(
    habits: list[UserHabit], rests: dict[UUID, Rests], year: int, *, calendar: Calendar, today: dt.date
) -> Callable[[dt.date], DayTotal]:
    first, last = panels.span_of(year, today=today, calendar=calendar)
    counts = queries.counts({habit.pk: first for habit in habits}, last=last)
    return _totals(habits, rests, counts, first=first, last=last, calendar=calendar, open_day=today)


def _mark_and_words(its: DayTotal, *, is_today: bool, language: str | None = None) -> tuple[str | float, str]:
    """`language` is the active one, for callers that know it: looking it up takes as long as all the rest."""
    return _marked(language or get_language(), its, is_today)


@lru_cache(maxsize=4096)
def _marked(_language: str | None, its: DayTotal, is_today: bool) -> tuple[str | float, str]:  # noqa: FBT001
    if its.share is None:
        if its.rested:
            return "rested", _("쉬었어요")
        return ("open", _("아직 열려 있어요")) if is_today else ("not_due", _("하기로 한 것이 없었어요"))
    if is_today and not its.done:
        return "open", _("아직 열려 있어요")
    return round(its.share, 2), _("%(asked)d개 중 %(done)d개") % {"asked": its.asked, "done": its.done}


def _year_summary(on: Callable[[dt.date], DayTotal], span: tuple[dt.date, dt.date]) -> str:
    first, last = span
    its = [on(first + n * ONE_DAY) for n in range((last - first).days + 1)]
    whole = sum(one.asked > 0 and one.done == one.asked for one in its)
    some = sum(0 < one.done < one.asked for one in its)
    return facts(
        (
            ngettext("다 한 날 %(n)d일", "다 한 날 %(n)d일", whole) % {"n": whole},
            _("일부만 한 날 %(n)d일") % {"n": some},
        )
    )


def _legend(*marks: tuple[str | float, str]) -> list[dict[str, Any]]:
    return [{"svg": plots.day(mark), "text": text} for mark, text in marks]


def _week(
    on: Callable[[dt.date], DayTotal],
    shown: dt.date,
    *,
    calendar: Calendar,
    today: dt.date,
    here: str,
    earliest: dt.date,
) -> dict[str, Any]:
    """Seven rings, and the sum compared with the week before.

    A week that goes on is compared by the same weekdays, as the page's headline does: the two say one number.
    """
    first = calendar.week_of(shown)
    days = [first + n * ONE_DAY for n in range(7)]
    # Today is still open and not counted.
    closed = [day for day in days if day < today]
    its = add_up(map(on, closed))
    goes_on = its.share is not None and today in days
    before = add_up(on(day - WEEK) for day in (compared(on, closed) if goes_on else days))
    words = []
    if goes_on:
        words.append(_("어제까지예요."))
    if before.share is not None and first > earliest:
        text = _("지난주 같은 요일에는 %(percent)d%%였어요.") if goes_on else _("그 전 주는 %(percent)d%%였어요.")
        words.append(whole_percents(text % {"percent": round(before.share * 100)}))
    if any(on(day).share is None and on(day).rested for day in closed):
        words.append(_("쉰 날은 셈에 넣지 않았어요."))
    return {
        "title": _("이번 주")
        if first == calendar.week_of(today)
        else _("%(first)s부터 한 주") % {"first": day_text(first)},
        "span": f"{day_text(first)} – {day_text(days[-1])}",
        "wordless": _("이제 시작하는 한 주예요") if today in days else _("쉬어 간 한 주예요"),
        "percent": None if its.share is None else round(its.share * 100),
        "text": " ".join(words),
        "days": [_ring(on(day), day, today=today) for day in days],
        "before_url": f"{here}?week={first - WEEK}#week" if first > earliest else "",
        "after_url": f"{here}?week={first + WEEK}#week" if first + WEEK <= today else "",
    }


def _ring(its: DayTotal, day: dt.date, *, today: dt.date) -> dict[str, Any]:
    later = day > today
    text = (
        "–"
        if later or (its.share is None and not its.rested)
        else _("쉼")
        if its.share is None
        else f"{its.done}/{its.asked}"
    )
    words = _("아직이에요") if later else _mark_and_words(its, is_today=day == today)[1]
    return {
        "svg": plots.ring(None if later or its.share is None else round(its.share, 2)),
        "text": text,
        "name": date_text(day, "D"),
        "label": f"{day_text(day)} {words}",
    }


def _month_day(on: Callable[[dt.date], DayTotal], day: dt.date, *, today: dt.date) -> dict[str, Any]:
    mark, text = ("not_due", "") if day > today else _mark_and_words(on(day), is_today=day == today)
    return {"number": day.day, "svg": plots.day(mark), "label": text, "is_today": day == today, "later": day > today}


def _habit(
    habit: UserHabit,
    rests: Rests,
    counts: queries.Counts,
    reach: dt.date,
    *,
    calendar: Calendar,
    today: dt.date,
) -> dict[str, Any]:
    """A line of the list: strength and best streak."""
    through = strength_panel.through(habit.rule, counts, today=today)
    weighing = {day: count for day, count in counts.items() if day >= reach}
    value = strength.latest(habit.timeline, start=reach, counts=weighing, through=through, rests=rests)
    streak = streak_cache.current(habit, today=today, calendar=calendar, rests=rests).streak
    return {
        "name": habit.name,
        "cat": habit.color_key,
        "icon": habit.icon,
        "url": reverse("analytics:habit", args=[habit.pk]),
        "strength": round(value),
        "best": length(streak.best, streak.unit) if streak.best else "",
    }


# ── One habit ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def page_of_habit(
    user: User,
    user_habit: UserHabit,
    *,
    now: dt.datetime,
    span: str = strength_panel.SPANS[0],
    month: dt.date | None = None,
    year: int | None = None,
) -> dict[str, Any]:
    calendar, today = user.calendar, user.calendar.day_of(now)
    rests = streak_cache.rests_of(user_habit)
    past = closed_days.read(user_habit, today=today, calendar=calendar, rests=rests)
    # Once for the days of a year: looking a translation up takes as long as drawing its day.
    titles = {reason: title() for reason, title in habit_detail.TITLES.items()}
    depth = _depth(user, now=now)
    since = today - dt.timedelta(days=depth.days)
    timeline = user_habit.timeline
    done = {day: _done(day, reason, timeline) for day, reason in past.reasons_since(min(since, today - LATELY)).items()}
    began_on = past.first if past.reasons else today
    year = _year_or_recent(year, began_on, today)
    here = reverse("analytics:habit", args=[user_habit.pk])
    lately = [today - LATELY + n * ONE_DAY for n in range(1, LATELY.days)]
    own = dict(user.habits.values_list("pk", "status")) if user.shares_health else {}
    going_on = sum(status in (UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED) for status in own.values())
    pages = max(going_on, 1) if len(own) > 1 else 0
    # The person's mood that day, from check-ins of any habit.
    scores = queries.moods(list(own), first=since, last=today) if user.shares_health else {}
    return {
        "name": user_habit.name,
        "cat": user_habit.color_key,
        "text": user_habit.rule.sentence(),
        "ledger_url": reverse("habits:habit", args=[user_habit.pk]),
        "strength": strength_panel.panel(
            user_habit, past.counts, rests, start=began_on, today=today, span=span, here=here
        ),
        "year": panels.year_map(
            lambda day: _reason_mark_and_words(past.reason_on(day), day, began_on=began_on, titles=titles),
            year=year, began_on=began_on, today=today, calendar=calendar, here=here,
            summary=_reasons_summary(past, panels.span_of(year, today=today, calendar=calendar)),
        ),
        "key": _legend(*((reason.value, titles[reason]) for reason in (
            Reason.DONE, Reason.PARTLY, Reason.PROTECTED, Reason.RESTED, Reason.MISSED))),
        "goals": goal_lines.panel(user, now=now, only=user_habit),
        "best": _best(past.longest(), today=today),
        "is_quiet": holds.is_held(user, now),
        "month": habit_detail.month_of(user_habit, past.reason_on, calendar, today=today, first=habit_detail.first_of_month(month or today, today=today)),
        "row": {"cat": user_habit.color_key},
        "experiments": experiment.panel(user, user_habit, today=today),
        "weekdays": panels.weekdays(
            {day: done[day] for day in lately if day in done}, calendar=calendar, today=today
        ),
        "hours": panels.hours(
            queries.hours([user_habit.pk], first=today - LATELY, last=today), calendar=calendar, today=today
        ),
        "moods": panels.moods(
            scores, lambda day: done.get(day, DayTotal()).share, today=today, depth=depth, of_one=True, pages=pages
        )
        if user.shares_health
        else None,
    }  # fmt: skip


def _done(day: dt.date, reason: Reason, timeline: Timeline) -> DayTotal:
    """Whether it was done on a day on which it could be done.

    That is the day's total where the day judges the habit. Free days of a weekly habit, which no total asks for, are
    compared as well: they tell on which weekdays it is done, and with which mood.
    """
    if reason in (Reason.OPEN, Reason.RESTED) or not timeline.on(day).is_due(day):
        return DayTotal()
    return DayTotal(1, int(reason is Reason.DONE))


def _reason_mark_and_words(
    reason: Reason | None, day: dt.date, *, began_on: dt.date, titles: Mapping[Reason, str]
) -> tuple[str, str]:
    if reason is None:
        return "not_due", _("시작하기 전이에요") if day < began_on else _("기록이 없어요")
    return reason.value, titles[reason]


def _reasons_summary(past: PastDays, span: tuple[dt.date, dt.date]) -> str:
    said = {
        Reason.DONE: _("한 날 %(n)d일"),
        Reason.RESTED: _("쉰 날 %(n)d일"),
        Reason.PROTECTED: _("지킴이가 지킨 날 %(n)d일"),
    }
    return facts(text % {"n": past.count(reason, *span)} for reason, text in said.items())


def _best(runs: list[Run], *, today: dt.date) -> list[dict[str, Any]]:
    longest = runs[0].length if runs else 1
    return [
        {
            "text": length(run.length, run.unit),
            "span": f"{_full(run.first, today)} – {_('오늘') if run.lasts else _full(run.last, today)}",
            "lasts": run.lasts,
            "percent": round(100 * run.length / longest),
        }
        for run in runs
    ]


def _full(day: dt.date, today: dt.date) -> str:
    return day_text(day) if day.year == today.year else date_text(day, _("Y년 n월 j일"))
