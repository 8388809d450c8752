"""The check-in and its undo.

Once per key a check-in writes a log, advances the streak, awards achievements and records an event. The page makes the
key, so a double tap, a retry and an offline replay are one check-in.

    check_in         a tap: reads the facts, decides, writes, returns the Outcome
    decide, write    the two halves; corrections write past check-ins with them
    undo, erase      takes a check-in back, with everything but the achievements that it unlocked
    describe         adds details to a check-in
"""

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from core import events
from core.db import prepared_statements
from gamification.models import Achievement
from habits import check_in_locks, check_in_rewards, fast_check_in, photos, streak_cache
from habits.check_in_details import NO_DETAILS, Details
from habits.check_in_locks import CheckInContext
from habits.check_in_rewards import CheckInDelta
from habits.models import HabitLog, UserHabit
from habits.schedules import MAX_TARGET
from habits.streak_cache import HabitStanding

# How long after a tap a page that was offline may still send it.
OFFLINE = dt.timedelta(days=7)
# Tolerance for phones whose clock is ahead.
CLOCK_SKEW = dt.timedelta(minutes=5)
PROMPT = dt.timedelta(minutes=1)

# Logs are partitioned by time, so only this table can keep a key unique.
_CLAIM_KEY = "INSERT INTO check_in_keys (id, made_at) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING id"


class CheckInRefused(Exception):
    """The check-in is not allowed; nothing was written.

    Each subclass is one reason.
    """


class NotActive(CheckInRefused):
    """The habit is paused, completed or archived."""


class OverPlan(CheckInRefused):
    """The habit is over the plan's number and can only be looked at."""


class ImpossibleAmount(CheckInRefused):
    """The amount is not from 1 to a million, or makes the day's amount more than a million."""


class InTheFuture(CheckInRefused):
    """The time is in the future."""


class TooOld(CheckInRefused):
    """The time is before the habit began, or too long ago for a tap."""


@dataclasses.dataclass(frozen=True)
class CheckInRequest:
    """One check-in to write: of which habit, when and how much.

    `day` is today or earlier.
    """

    user: User
    user_habit_id: UUID
    key: UUID
    at: dt.datetime
    day: dt.date
    today: dt.date
    count: int = 1
    details: Details = NO_DETAILS
    # False if nobody said at what time of the day it was.
    timed: bool = True
    # Whether the outcome should have the other rows of Today.
    wants_rows: bool = False
    # Whether it was sent within a minute: no earlier one of the habit can be later in time.
    prompt: bool = False

    @property
    def hour(self) -> int | None:
        return self.user.calendar.hour_of(self.at) if self.timed else None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The result of a check-in.

    `repeated`: the key had been checked in before, and nothing was written now. `context` holds the facts by which it
    was decided.
    """

    log_id: UUID
    user_habit: UserHabit
    standing: HabitStanding
    unlocked: list[Achievement]
    context: CheckInContext
    repeated: bool = False


@dataclasses.dataclass(frozen=True)
class Decision:
    """What a check-in changes.

    `after` is None on a closed day: then the streak is rebuilt from the logs. `streak_count` is the streak on the day of
    the check-in with it, as the log and the event store it.
    """

    request: CheckInRequest
    delta: CheckInDelta
    before: HabitStanding
    after: HabitStanding | None
    streak_count: int

    @property
    def target(self) -> int:
        """The target of the day, as the log stores it."""
        return self.delta.user_habit.timeline.on(self.request.day).target

    @property
    def event_data(self) -> dict[str, Any]:
        return {"user_habit_id": str(self.delta.user_habit.pk), "streak": self.streak_count}

    def outcome(self, standing: HabitStanding, unlocked: list[Achievement] | None = None) -> Outcome:
        return Outcome(self.request.key, self.delta.user_habit, standing, unlocked or [], self.delta.context)

    def repeated(self) -> Outcome:
        return Outcome(self.request.key, self.delta.user_habit, self.before, [], self.delta.context, repeated=True)


def check_in(
    user: User,
    user_habit_id: UUID,
    *,
    key: UUID,
    at: dt.datetime,
    now: dt.datetime,
    count: int = 1,
    details: Details = NO_DETAILS,
    wants_rows: bool = False,
) -> Outcome:
    """Writes one check-in of the time `at` (aware, at most a week before `now`).

    `wants_rows`: the outcome's context has the other rows of Today where they cost no further statement.
    Raises UserHabit.DoesNotExist for a habit that is not the person's, CheckInRefused and NotShared; then nothing is
    written.
    """
    if at > now + CLOCK_SKEW:
        raise InTheFuture
    if at < now - OFFLINE:
        raise TooOld
    details.must_be_shared_by(user)
    at, day_of = min(at, now), user.calendar.day_of
    request = CheckInRequest(
        *(user, user_habit_id, key, at, day_of(at), day_of(now), count, details),
        wants_rows=wants_rows,
        prompt=now - at <= PROMPT,
    )
    return fast_check_in.attempt(request, decide=_decide_tap) or _check_in_locked(request)


def _check_in_locked(request: CheckInRequest) -> Outcome:
    """The plain path.

    The fast path before it has the same result where it applies.
    """
    with transaction.atomic():
        context = check_in_locks.lock_context(request.user, request.user_habit_id, day=request.day)
        return _write(_decide_tap(request, context))


def _decide_tap(request: CheckInRequest, context: CheckInContext) -> Decision:
    """`decide` for a tap, which needs an active habit that has begun."""
    user_habit = context.user_habit
    if not user_habit.is_active:
        raise NotActive
    if user_habit.started_on and request.day < min(user_habit.started_on, request.today):
        raise TooOld
    return decide(request, context)


def decide(request: CheckInRequest, context: CheckInContext) -> Decision:
    """What the check-in changes; writes nothing.

    Raises ImpossibleAmount, OverPlan.
    """
    must_be_amount(request.count)
    if context.user_habit.is_read_only:
        raise OverPlan
    user_habit, is_today = context.user_habit, request.day == request.today
    rests = streak_cache.days_of(context.rests, user_habit)
    before = streak_cache.current(user_habit, today=request.today, calendar=request.user.calendar, rests=rests)
    count_before = before.count if is_today else streak_cache.counts_on(user_habit, day=request.day)
    count = count_before + request.count
    if count > MAX_TARGET:
        raise ImpossibleAmount
    delta = CheckInDelta(
        context, request.day, request.at, request.hour, count_before, count, request.details, is_latest=request.prompt
    )
    if is_today and before.is_storable:
        after = streak_cache.preview(user_habit, before, count=count, today=request.today, rests=rests)
        return Decision(request, delta, before, after, after.streak.current)
    run = streak_cache.run_on(user_habit, day=request.day, count=count, calendar=request.user.calendar)
    return Decision(request, delta, before, None, run)


def write(request: CheckInRequest, context: CheckInContext) -> Outcome:
    """Decides and writes a check-in of a habit that is locked for its day.

    Raises ImpossibleAmount, OverPlan.
    """
    return _write(decide(request, context))


def _write(decision: Decision) -> Outcome:
    request = decision.request
    if not prepared_statements.fetch(_CLAIM_KEY, [request.key, request.at]):
        return decision.repeated()
    _insert_log(decision)
    standing = _advance_streak(decision)
    unlocked = check_in_rewards.award(request.user, decision.delta, standing, today=request.today)
    events.record("habit_check", user_id=request.user.pk, at=request.at, **decision.event_data)
    return decision.outcome(standing, unlocked)


def _insert_log(decision: Decision) -> None:
    request = decision.request
    HabitLog.objects.create(
        id=request.key,
        user_habit=decision.delta.user_habit,
        completed_count=request.count,
        target_count=decision.target,
        completed_at=request.at,
        local_date=request.day,
        local_hour=request.hour,
        streak_count=decision.streak_count,
        **request.details.columns(),
    )


def _advance_streak(decision: Decision) -> HabitStanding:
    """Stores the habit's new standing in its row."""
    request, user_habit, after = decision.request, decision.delta.user_habit, decision.after
    if after is None:
        streak_cache.set_first_day(user_habit, request.day)
        return streak_cache.rebuild_and_save(user_habit, today=request.today, calendar=request.user.calendar)
    streak_cache.set_count(user_habit, day=request.day, count=after.count)
    streak_cache.save(user_habit, after)
    return after


def must_be_amount(count: int) -> None:
    """Raises ImpossibleAmount unless `count` is a whole number from 1 to a million."""
    if type(count) is not int or not 1 <= count <= MAX_TARGET:
        raise ImpossibleAmount


def undo(user: User, user_habit_id: UUID, *, now: dt.datetime, log_id: UUID | None = None) -> Outcome | None:
    """Takes back one check-in, today's latest if none is named.

    Everything is as before but unlocked achievements, which stay.

    Returns None if there is nothing to take back (it was taken back already). Raises UserHabit.DoesNotExist.
    """
    today = user.calendar.day_of(now)
    with transaction.atomic():
        context = check_in_locks.lock_context(user, user_habit_id, day=today)
        logs = streak_cache.logs_after(context.user_habit, None)
        named = logs.filter(pk=log_id) if log_id else logs.of_days(today, today).order_by("-completed_at", "-id")
        log = named.first()
        return erase(user, context, log, today=today, now=now) if log else None


def erase(user: User, context: CheckInContext, log: HabitLog, *, today: dt.date, now: dt.datetime) -> Outcome:
    """Deletes one log of a locked habit and reverses what followed from it."""
    calendar, user_habit = user.calendar, context.user_habit
    HabitLog.objects.filter(pk=log.pk, completed_at=log.completed_at).delete()
    if log.image_urls:
        photos.remove_all([log.pk])
    day = log.day_by(calendar)
    left = streak_cache.counts_on(user_habit, day=day)
    if day == today and user_habit.counted_on == today:
        user_habit.counted = left
        rests = streak_cache.days_of(context.rests, user_habit)
        standing = streak_cache.current(user_habit, today=today, calendar=calendar, rests=rests)
        streak_cache.save(user_habit, standing)
    else:
        standing = streak_cache.rebuild_and_save(user_habit, today=today, calendar=calendar)
    delta = CheckInDelta(context, day, log.completed_at, None, left, 0)
    check_in_rewards.recount_check_in(user, delta, standing, today=today, at=now)
    events.record("habit_undo", user_id=user.pk, at=now, user_habit_id=str(user_habit.pk))
    return Outcome(log.pk, user_habit, standing, [], context)


def describe(user: User, user_habit_id: UUID, log_id: UUID, *, details: Details, now: dt.datetime) -> HabitLog | None:
    """Adds details to an earlier check-in; what is not given stays.

    None if there is no such log. Raises NotShared.
    """
    details.must_be_shared_by(user)
    with transaction.atomic():
        context = check_in_locks.lock_context(user, user_habit_id, day=user.calendar.day_of(now))
        log = context.user_habit.logs.filter(pk=log_id, completed_at__gte=now - 2 * OFFLINE).first()
        if log is None:
            return None
        given = {column: value for column, value in details.columns().items() if value is not None}
        for column, value in given.items():
            setattr(log, column, value)
        if given:
            log.save(update_fields=list(given))
            # What is cached of the person is compared by their habits' rows (core/cache_entries.py).
            context.user_habit.save(update_fields=["updated_at"])
            day, today = log.day_by(user.calendar), user.calendar.day_of(now)
            check_in_rewards.recount(user, context.tally, [day], today=today, at=now)
    return log
