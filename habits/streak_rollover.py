"""After each midnight: streaks that broke are shown broken, whether or not the person came back.

A habit is due for settlement when the last day it has closed lies before the person's yesterday. The work is found by
an index on `streak_through`; a habit that is settled is not found again, so a job that dies is simply run again.
"""

import datetime as dt

from django.db import transaction

from accounts.days import ONE_DAY
from habits import streak_cache
from habits.models import UserHabit

BATCH = 500
# Somewhere it is already tomorrow: no person's yesterday is later than this many days from UTC's.
AHEAD = dt.timedelta(hours=14)


def settle(*, now: dt.datetime) -> int:
    """Settles every active habit that is behind its person's yesterday; returns how many."""
    settled, latest = 0, (now + AHEAD).date() - ONE_DAY
    last = None
    while True:
        with transaction.atomic():
            due = UserHabit.objects.filter(status=UserHabit.Status.ACTIVE, streak_through__lt=latest)
            if last is not None:
                due = due.filter(pk__gt=last)
            batch = list(
                due.select_for_update(of=("self",), skip_locked=True).select_related("user").order_by("pk")[:BATCH]
            )
            if not batch:
                return settled
            settled += sum(_settle_one(user_habit, now=now) for user_habit in batch)
            last = batch[-1].pk


def _settle_one(user_habit: UserHabit, *, now: dt.datetime) -> bool:
    calendar = user_habit.user.calendar
    today = calendar.day_of(now)
    if user_habit.streak_through is None or user_habit.streak_through >= today - ONE_DAY:
        return False
    rests = streak_cache.rests_of(user_habit)
    columns = streak_cache.keep(user_habit, streak_cache.stand(user_habit, today=today, calendar=calendar, rests=rests))
    user_habit.save(update_fields=[*columns, "updated_at"])
    return True
