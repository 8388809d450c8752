"""Fills `metric_values`, the figures of staff, from the daily numbers.

    fill(now=…)     everything; a repetition gives the same rows

A day counts once it has closed everywhere on earth. Every period of a metric is replaced as a whole in one transaction, so
a run may be killed anywhere. Periods older than RECOUNTED keep what they said.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.db import connection, transaction

from accounts import population
from accounts.days import ONE_DAY, WEEK, monday_of
from accounts.population import COUNTED
from analytics.metric_dictionary import METRICS, RECOUNTED, MetricWindow
from analytics.models import MetricValue
from billing import revenue
from coaching import effect_report
from core import months

# The zone where days end last, the latest hour at which a day starts, and the grace of the daily numbers.
LAST_TO_CLOSE = dt.timedelta(hours=12 + 5, minutes=30)
COACH_WINDOW, EFFECT_WINDOW = dt.timedelta(days=30), dt.timedelta(days=90)
# Weeks after the first that a cohort is followed.
COHORT_WEEKS = 11
# The shortest streaks, in days, that are followed for a week.
STREAKS = (1, 7, 30, 100)

# A day on which a person did something.
ACTIVE = "(day.completed_habits > 0 OR day.app_opens > 0)"


class Figure(NamedTuple):
    part: str
    number: float
    people: int | None


_ACTIVE_OF = f"""
    SELECT DISTINCT day.user_id FROM user_analytics AS day JOIN users AS person ON person.id = day.user_id
    WHERE day.date BETWEEN %(first)s AND %(last)s AND {ACTIVE} AND {COUNTED}
"""  # noqa: S608 -- our own texts
_COUNT = f"SELECT count(*) FROM ({_ACTIVE_OF}) AS active"  # noqa: S608
_LIFECYCLE = f"""
    SELECT CASE
        WHEN EXISTS (SELECT FROM user_analytics AS day WHERE day.user_id = active.user_id
            AND day.date BETWEEN %(first)s - 7 AND %(first)s - 1 AND {ACTIVE}) THEN 'returning'
        WHEN EXISTS (SELECT FROM user_analytics AS day WHERE day.user_id = active.user_id
            AND day.date < %(first)s - 7 AND {ACTIVE}) THEN 'resurrecting'
        ELSE 'new' END, count(*)
    FROM ({_ACTIVE_OF}) AS active GROUP BY 1
"""  # noqa: S608
_COHORTS = f"""
    SELECT cohort.week, cohort.people, count(active.user_id)
    FROM (SELECT date_trunc('week', person.created_at AT TIME ZONE 'Asia/Seoul')::date AS week, count(*) AS people
        FROM users AS person
        WHERE {COUNTED} AND person.created_at >= %(since)s::timestamp AT TIME ZONE 'Asia/Seoul'
            AND person.created_at < (%(last)s + 1)::timestamp AT TIME ZONE 'Asia/Seoul' GROUP BY 1) AS cohort
    LEFT JOIN (SELECT active.user_id, date_trunc('week', person.created_at AT TIME ZONE 'Asia/Seoul')::date AS week
        FROM ({_ACTIVE_OF}) AS active JOIN users AS person ON person.id = active.user_id) AS active USING (week)
    GROUP BY 1, 2
"""  # noqa: S608
_DONE = f"""
    SELECT coalesce(sum(day.completed_habits), 0), count(*) FILTER (WHERE day.completed_habits > 0)
    FROM user_analytics AS day JOIN users AS person ON person.id = day.user_id
    WHERE day.date = %(first)s AND {COUNTED}
"""  # noqa: S608
_KEPT = f"""
    SELECT count(*), count(*) FILTER (WHERE later.longest_streak >= day.longest_streak)
    FROM user_analytics AS day JOIN users AS person ON person.id = day.user_id
    LEFT JOIN user_analytics AS later ON later.user_id = day.user_id AND later.date = %(last)s
    WHERE day.date = %(first)s - 1 AND day.longest_streak >= %(from)s AND day.longest_streak < %(until)s AND {COUNTED}
"""  # noqa: S608
_BADGES = f"""
    SELECT badge.rarity, count(*), count(DISTINCT earned.user_id)
    FROM user_achievements AS earned JOIN achievements AS badge ON badge.id = earned.achievement_id
    JOIN users AS person ON person.id = earned.user_id
    WHERE earned.earned_at >= %(first)s::timestamp AT TIME ZONE 'Asia/Seoul'
        AND earned.earned_at < (%(last)s + 1)::timestamp AT TIME ZONE 'Asia/Seoul' AND {COUNTED}
    GROUP BY 1
"""  # noqa: S608
_HELPFUL = f"""
    SELECT message_type, count(*) FILTER (WHERE user_reaction IN ('like', 'love', 'helpful')), count(DISTINCT user_id),
        count(*)
    FROM coaching_messages AS message JOIN users AS person ON person.id = message.user_id
    WHERE sent_at >= %(since)s AND sent_at < %(until)s AND user_reaction IS NOT NULL AND {COUNTED}
    GROUP BY 1
"""  # noqa: S608


def fill(*, now: dt.datetime) -> int:
    """Fills the last closed periods of every metric; returns how many periods."""
    last = last_closed(now)
    filled = 0
    for key, count in PERIODIC.items():
        for first, end in periods(METRICS[key].window, last=last):
            replace(key, first, count(first, end))
            filled += 1
    for key, count_now in CURRENT.items():
        replace(key, last, count_now(now))
    return filled + len(CURRENT)


def last_closed(now: dt.datetime) -> dt.date:
    """The last day that has ended for everybody, wherever they live."""
    return (now - LAST_TO_CLOSE).date() - ONE_DAY


def periods(window: MetricWindow, *, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last days of the closed periods that are counted again, newest first."""
    end = last
    for _n in range(RECOUNTED[window]):
        first, end = _period_ending(window, end)
        yield first, end
        end = first - ONE_DAY


def _period_ending(window: MetricWindow, day: dt.date) -> tuple[dt.date, dt.date]:
    """The latest period that has ended by this day."""
    after = day + ONE_DAY
    if window is MetricWindow.DAY:
        return day, day
    if window is MetricWindow.WEEK:
        next_first = monday_of(after)
        return next_first - WEEK, next_first - ONE_DAY
    next_first = after.replace(day=1)
    return months.later(next_first, -1), next_first - ONE_DAY


def replace(key: str, begins_on: dt.date, figures: Iterable[Figure]) -> None:
    """Writes the figures of one metric and period in place of those that are stored."""
    rows = [MetricValue(metric=key, begins_on=begins_on, **figure._asdict()) for figure in figures]
    with transaction.atomic():
        MetricValue.objects.filter(metric=key, begins_on=begins_on).delete()
        MetricValue.objects.bulk_create(rows)


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


# ── Of a period ─────────────────────────────────────────────────────────────


def _active(first: dt.date, last: dt.date) -> list[Figure]:
    [(people,)] = _rows(_COUNT, first=first, last=last)
    return [Figure("", people, people)]


def _lifecycle(first: dt.date, last: dt.date) -> list[Figure]:
    by_part = dict.fromkeys(("new", "returning", "resurrecting"), 0) | dict(_rows(_LIFECYCLE, first=first, last=last))
    total = sum(by_part.values())
    return [Figure("", total, total), *(Figure(part, people, people) for part, people in by_part.items())]


def _retention(first: dt.date, last: dt.date) -> list[Figure]:
    """Of each cohort, by the date of its week, those who were active in this week."""
    since = first - COHORT_WEEKS * WEEK
    found = _rows(_COHORTS, first=first, last=last, since=since)
    return [Figure(f"{week}", active, people) for week, people, active in found if week <= first]


def _done(first: dt.date, _last: dt.date) -> list[Figure]:
    [(done, people)] = _rows(_DONE, first=first)
    return [Figure("", done, people)]


def _kept(first: dt.date, last: dt.date) -> list[Figure]:
    figures = []
    for shortest, until in zip(STREAKS, (*STREAKS[1:], 1_000_000), strict=True):
        [(people, kept)] = _rows(_KEPT, first=first, last=last, **{"from": shortest, "until": until})
        figures.append(Figure(str(shortest), kept, people))
    return figures


def _badges(first: dt.date, last: dt.date) -> list[Figure]:
    return [Figure(rarity, number, people) for rarity, number, people in _rows(_BADGES, first=first, last=last)]


# ── Of the moment ───────────────────────────────────────────────────────────


def _helpful(now: dt.datetime) -> list[Figure]:
    """Helpful reactions, and under `<type>:all` all of them."""
    figures = []
    for kind, helpful, people, reacted in _rows(_HELPFUL, since=now - COACH_WINDOW, until=now):
        figures += [Figure(kind, helpful, people), Figure(f"{kind}:all", reacted, people)]
    return figures


def _effect(now: dt.datetime) -> list[Figure]:
    """The estimate of each kind with its interval and the days of both sides.

    `<kind>:people` is there for kinds that have too little for an estimate, too: they tell what a hidden one is.
    """
    figures = []
    for row in effect_report.by_kind(since=now - EFFECT_WINDOW):
        numbers = row.estimate._asdict() if row.estimate else {}
        if row.people:
            numbers |= {"people": row.people}
        figures += [Figure(f"{row.name}:{name}", number, row.people) for name, number in numbers.items()]
    return figures


def _revenue(now: dt.datetime) -> list[Figure]:
    figures = revenue.figures(now, people=population.counted())
    money = {"": figures.mrr, "income": figures.income, "returned": figures.returned}
    return [
        # What few people pay is their plan.
        *(Figure(part, number / 100, figures.paying) for part, number in money.items()),
        Figure("paying", figures.paying, figures.paying),
    ]


type Count = Callable[[dt.date, dt.date], list[Figure]]
PERIODIC: dict[str, Count] = {
    "active_day": _active,
    "active_week": _lifecycle,
    "active_month": _active,
    "retention_week": _retention,
    "habits_done_day": _done,
    "streak_kept_week": _kept,
    "badges_week": _badges,
}
# Counted as of the fill, and stored under the last closed day.
CURRENT: dict[str, Callable[[dt.datetime], list[Figure]]] = {
    "coach_helpful_day": _helpful,
    "coach_effect_day": _effect,
    "revenue_day": _revenue,
}
