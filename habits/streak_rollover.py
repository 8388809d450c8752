"""Rolls stored streaks forward after midnight: broken streaks are stored as broken.

A habit is due once the day after its `streak_through` has ended for its person. That instant is in its row,
`next_rollover_at`, and indexed: a run costs what is due, not what exists. Only accounts/days.py can tell the instant, so
it is written here; who moves `streak_through`, the zone or the start of the day leaves UNKNOWN, which is due at once,
and the run that looks at it writes the instant.

The longest due come first, so nobody waits behind the same others every time. A batch is one transaction: a run that
stops or dies loses at most that batch, and the next run continues. Two runs at once share the work by SKIP LOCKED.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import structlog
from django.db import connection, transaction

from accounts.days import ONE_DAY, Calendar
from core.crypto.fields import SealedTextField
from core.db.work import IsOver, never
from habits import check_in_rewards, streak_cache
from habits.models import UserHabit, UserHabitQuerySet
from habits.streak_cache import HabitStanding

log = structlog.get_logger(__name__)

BATCH = 200
# A habit that cannot be judged, such as one with a damaged rule, must not be the first of every run.
RETRY = dt.timedelta(hours=6)

# Everything that a streak is computed from or stored in; no sealed text is opened.
_COLUMNS = (
    *(field.attname for field in UserHabit._meta.concrete_fields if not isinstance(field, SealedTextField)),
    *("user__timezone", "user__day_start", "user__week_start"),
)
# The rows as JSON, with the columns to set.
_STORE = """
    UPDATE user_habits SET {columns} FROM jsonb_populate_recordset(NULL::user_habits, %s::jsonb) AS new
    WHERE user_habits.id = new.id
"""


class RolledOver(NamedTuple):
    """A habit whose streak now includes its person's yesterday."""

    user_habit: UserHabit
    standing: HabitStanding
    # The days that became done days by being closed; below 0 if the stored total was too high.
    completions: int
    next_at: dt.datetime


class Postponed(NamedTuple):
    """A habit that is not due, and when it will be."""

    user_habit: UserHabit
    next_at: dt.datetime


def roll_over(*, now: dt.datetime, is_over: IsOver = never) -> int:
    """Rolls over every active habit that is behind its person's yesterday; returns how many.

    Stops once `is_over`.
    """
    rolled_over = 0
    while not is_over() and (batch := _roll_over_batch(now=now)) is not None:
        rolled_over += len(batch)
        # After the transaction: the progress of a person is locked before their habits.
        check_in_rewards.close_days({one.user_habit.user_id for one in batch}, now=now)
    return rolled_over


def due(now: dt.datetime) -> UserHabitQuerySet:
    found = UserHabit.objects.filter(next_rollover_at__lte=now, status=UserHabit.Status.ACTIVE)
    return found.order_by("next_rollover_at")


def _roll_over_batch(*, now: dt.datetime) -> list[RolledOver] | None:
    """One batch, or None when nothing is due that another run has not locked."""
    with transaction.atomic():
        found = due(now).select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = streak_cache.with_rests(found.select_related("user").only(*_COLUMNS), day=dt.date.max)
        batch = list(found[:BATCH])
        if not batch:
            return None
        outcomes = list(_judge(batch, now=now))
        closed = [one for one in outcomes if isinstance(one, RolledOver)]
        _close(closed, now=now)
        _postpone([one for one in outcomes if isinstance(one, Postponed)])
    return closed


def _judge(batch: list[UserHabit], *, now: dt.datetime) -> Iterator[RolledOver | Postponed]:
    """The outcome of each habit. What cannot be read from the rows is read for the whole batch at once."""
    replays = _Replays(batch, now=now)
    for user_habit in batch:
        try:
            yield _judge_one(user_habit, replays, now=now)
        except Exception:
            # Of one row only: no statement of the database ran.
            log.exception("streak not rolled over", user_habit=str(user_habit.pk))
            yield Postponed(user_habit, now + RETRY)


def _judge_one(user_habit: UserHabit, replays: "_Replays", *, now: dt.datetime) -> RolledOver | Postponed:
    calendar = user_habit.user.calendar
    today = calendar.day_of(now)
    through = user_habit.streak_through
    if through and through >= today - ONE_DAY:
        return Postponed(user_habit, _ends(through + ONE_DAY, calendar))
    total = user_habit.total_completions
    standing = replays.standing(user_habit, today=today, calendar=calendar)
    return RolledOver(user_habit, standing, standing.streak.total - total, _ends(today, calendar))


def _ends(day: dt.date, calendar: Calendar) -> dt.datetime:
    return calendar.bounds(day)[1]


class _Replays:
    """The standings of a batch: from the state in the row or, where there is none that holds, from all logs."""

    def __init__(self, batch: list[UserHabit], *, now: dt.datetime):
        stateless = [one for one in batch if _needs_logs(one, now)]
        self._counts = streak_cache.counts_by_habit(stateless) if stateless else {}
        self._rests = streak_cache.rests_by_habit(stateless) if stateless else {}

    def standing(self, user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> HabitStanding:
        counts = self._counts.get(user_habit.pk)
        if counts is None:
            rests = streak_cache.days_of(streak_cache.rests_around(user_habit), user_habit)
            return streak_cache.current(user_habit, today=today, calendar=calendar, rests=rests)
        rests = self._rests[user_habit.pk]
        return streak_cache.rebuild(user_habit, counts=counts, today=today, calendar=calendar, rests=rests)[0]


def _needs_logs(user_habit: UserHabit, now: dt.datetime) -> bool:
    try:
        calendar = user_habit.user.calendar
        return not streak_cache.has_state(user_habit, today=calendar.day_of(now), calendar=calendar)
    except ValueError:
        # An unknown zone: `_judge` logs it.
        return False


def _close(rolled_over: list[RolledOver], *, now: dt.datetime) -> None:
    """Stores the outcomes of a batch, in its transaction, which has locked the habits.

    What closed days mean to others is handed on from here.
    """
    _write(
        {"id": one.user_habit.pk, "next_rollover_at": one.next_at}
        | streak_cache.set_columns(one.user_habit, one.standing)
        | {"updated_at": now}
        for one in rolled_over
    )


def _postpone(postponed: list[Postponed]) -> None:
    _write({"id": one.user_habit.pk, "next_rollover_at": one.next_at} for one in postponed)


def _write(rows: Iterable[dict[str, Any]]) -> None:
    """Stores rows of the same columns in one statement."""
    if values := list(rows):
        columns = ", ".join(f"{name} = new.{name}" for name in values[0] if name != "id")
        with connection.cursor() as cursor:
            cursor.execute(_STORE.format(columns=columns), [json.dumps(values, default=str)])
