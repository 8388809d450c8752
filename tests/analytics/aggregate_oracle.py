"""The numbers of `user_analytics`, computed slowly from everything that a person has recorded."""

import datetime as dt
from itertools import pairwise
from statistics import fmean

from accounts.days import ONE_DAY
from accounts.models import User
from analytics.day_totals import HabitDays, total_of_day
from analytics.models import AppEvent, UserAnalytics
from coaching.models import CoachingMessage
from core import events
from habits import streak_cache, streaks
from habits.models import HabitLog, HabitRest

COLUMNS = (
    "total_habits", "completed_habits", "completion_rate", "avg_mood_score", "avg_energy_level", "app_opens",
    "session_duration_minutes", "ai_messages_received", "active_streaks", "longest_streak",
)  # fmt: skip
LENGTHS = {"days": 1, "weeks": 7, "months": 30}


def expected(user: User, day: dt.date) -> tuple:
    """The row of the day, without anything that was recorded for later days."""
    calendar = user.calendar
    since, until = calendar.bounds(day)
    habits, runs = [], []
    for user_habit in user.habits.all():
        counts = {at: n for at, n in streak_cache.counts_by_day(user_habit).items() if at <= day}
        rests = [
            (one.starts_on, one.ends_on) for one in HabitRest.objects.filter(user=user) if one.concerns(user_habit)
        ]
        rested = {day} & streaks.rested_days(rests, day, day)
        timeline, start = user_habit.timeline, user_habit.begins_on(calendar)
        habits.append(HabitDays(timeline, streaks.first_day(timeline, start=start, counts=counts), counts, rested))
        ledger = streaks.replay(
            timeline, start=start, counts=counts, rests=rests, today=day + ONE_DAY, week_start=calendar.week_start
        ).ledger
        runs += [one.run * LENGTHS[one.unit] for one in ledger if one.day == day and one.run and not rested]
    total = total_of_day(habits, day)
    logs = HabitLog.objects.filter(user_habit__user=user, local_date=day)
    acts = list(
        AppEvent.objects.filter(
            user=user, occurred_at__gte=since, occurred_at__lt=until, event_type__in=events.ACTIONS
        ).order_by("occurred_at")
    )
    gaps = [two.occurred_at - one.occurred_at for one, two in pairwise(acts)]
    seconds = sum(gap.total_seconds() for gap in gaps if gap <= dt.timedelta(minutes=30))
    return (
        total.asked,
        total.done,
        total.share or 0.0,
        _mean([log.mood_score for log in logs]),
        _mean([log.energy_level for log in logs]),
        sum(one.event_type == "app_open" for one in acts),
        int(seconds / 60 + 0.5),
        CoachingMessage.objects.filter(user=user, sent_at__gte=since, sent_at__lt=until).count(),
        len(runs),
        max(runs, default=0),
    )


def _mean(scores: list[int | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return fmean(known) if known else None


def written(user: User) -> dict[dt.date, tuple]:
    rows = UserAnalytics.objects.filter(user=user).values_list("date", *COLUMNS)
    return {day: tuple(values) for day, *values in rows}


def differences(user: User, first: dt.date, last: dt.date) -> dict[dt.date, tuple[tuple, tuple]]:
    """The days whose row is not what it should be. A day without a row must have nothing to say."""
    rows, nothing = written(user), (0, 0, 0.0, None, None, 0, 0, 0, 0, 0)
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    found = {day: (rows.get(day, nothing), expected(user, day)) for day in days}
    return {day: pair for day, pair in found.items() if not _same(*pair)}


def _same(one: tuple, other: tuple) -> bool:
    def equal(a: float | None, b: float | None) -> bool:
        return a == b or (a is not None and b is not None and abs(a - b) < 1e-9)

    return all(map(equal, one, other))
