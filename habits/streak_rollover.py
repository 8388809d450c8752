"""Rolls stored streaks forward after midnight: broken streaks are stored as broken.

A habit is due when its last closed day is before the person's yesterday, or when it has none: it was never checked in,
which for an at-most habit is success. Due habits are found by an index on `streak_through`; a habit that was rolled over
is not found again, so a job that dies can be run again.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from accounts.days import ONE_DAY
from habits import check_in_rewards, streak_cache
from habits.models import UserHabit

BATCH = 500
# The most that a time zone is ahead of UTC: no person's yesterday is later than the yesterday of now + AHEAD.
AHEAD = dt.timedelta(hours=14)


def roll_over(*, now: dt.datetime) -> int:
    """Rolls over every active habit that is behind its person's yesterday; returns how many."""
    rolled_over, latest = 0, (now + AHEAD).date() - ONE_DAY
    last = None
    while True:
        with transaction.atomic():
            behind = Q(streak_through__lt=latest) | Q(streak_through=None)
            due = UserHabit.objects.filter(behind, status=UserHabit.Status.ACTIVE)
            if last is not None:
                due = due.filter(pk__gt=last)
            batch = list(
                due.select_for_update(of=("self",), skip_locked=True).select_related("user").order_by("pk")[:BATCH]
            )
            if not batch:
                return rolled_over
            rolled_over += sum(_roll_over_one(user_habit, now=now) for user_habit in batch)
            last = batch[-1].pk
        # After the transaction: the progress of a person is locked before their habits.
        check_in_rewards.close_days({user_habit.user_id for user_habit in batch}, now=now)


def _roll_over_one(user_habit: UserHabit, *, now: dt.datetime) -> bool:
    calendar = user_habit.user.calendar
    today = calendar.day_of(now)
    if user_habit.streak_through and user_habit.streak_through >= today - ONE_DAY:
        return False
    rests = streak_cache.rests_of(user_habit)
    standing = streak_cache.current(user_habit, today=today, calendar=calendar, rests=rests)
    streak_cache.save(user_habit, standing)
    return True
