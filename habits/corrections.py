"""Corrections: check-ins that are added, changed or removed later, on any day up to today.

Each corrected check-in is an ordinary log; a row of the trail (HabitLogEdit) records who did what, when, and the values
before and after. The streak is rebuilt from all logs, under the lock. Achievements are counted as for any check-in;
those that were unlocked stay.
"""

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from habits import check_in_locks, check_in_rewards, checkins, streak_cache
from habits.check_in_details import NO_DETAILS, Details
from habits.check_in_locks import CheckInContext
from habits.check_in_rewards import CheckInDelta
from habits.checkins import CheckInRequest, ImpossibleAmount, InTheFuture, Outcome, TooOld, must_be_amount
from habits.models import HabitLog, HabitLogEdit, UserHabit
from habits.schedules import FURTHEST, MAX_TARGET

# The time of a past check-in that was entered without one.
NOON = dt.time(12)


def add(
    user: User,
    user_habit_id: UUID,
    *,
    key: UUID,
    day: dt.date,
    now: dt.datetime,
    clock: dt.time | None = None,
    count: int = 1,
    details: Details = NO_DETAILS,
) -> Outcome:
    """Adds a check-in on `day`, today or earlier, at `clock` in the person's time.

    The same key again changes nothing.

    A check-in before the start makes an `at_least` habit begin earlier; an `at_most` habit refuses it.
    Raises UserHabit.DoesNotExist, CheckInRefused and NotShared; then nothing is written.
    """
    details.must_be_shared_by(user)
    today = user.calendar.day_of(now)
    at = _instant(user, day, clock or (None if day == today else NOON), now=now)
    timed = bool(clock) or day == today
    request = CheckInRequest(user, user_habit_id, key, at, day, today, count, details, timed=timed)
    with transaction.atomic():
        context = check_in_locks.lock_context(user, user_habit_id, day=day)
        user_habit = context.user_habit
        _must_have_begun(user_habit, day, today=today)
        outcome = checkins.write(request, context)
        # A check-in of today is not a correction, whichever form it was entered in.
        if day < today and not outcome.repeated:
            after = _snapshot(count, at, details)
            _record(user, user_habit, key, day, HabitLogEdit.Kind.ADDED, before=None, after=after)
    return outcome


def edit(
    user: User,
    user_habit_id: UUID,
    log_id: UUID,
    *,
    count: int,
    clock: dt.time,
    details: Details,
    now: dt.datetime,
) -> Outcome | None:
    """Replaces the values of one check-in. None if it is gone. Raises like `add`."""
    details.must_be_shared_by(user)
    must_be_amount(count)
    calendar = user.calendar
    today = calendar.day_of(now)
    with transaction.atomic():
        context = check_in_locks.lock_context(user, user_habit_id, day=today)
        user_habit = context.user_habit
        log = HabitLog.objects.of_habit(user_habit).filter(pk=log_id).first()
        if log is None:
            return None
        day = log.day_by(calendar)
        old_at, old_count, old = log.completed_at, log.completed_count, Details.of(log)
        if not user.shares_health:
            # The form does not ask for health data now; what was given under the earlier consent stays.
            details = dataclasses.replace(old, weather=details.weather)
        at = old_at if clock == clock_of(user, log) else _instant(user, day, clock, now=now)
        others = streak_cache.counts_on(user_habit, day=day) - old_count
        if others + count > MAX_TARGET:
            raise ImpossibleAmount
        before, after = _snapshot(old_count, old_at, old), _snapshot(count, at, details)
        if before != after or (log.notes or "") != details.note:
            if at != old_at:
                log.local_hour = clock.hour
            log.streak_count = streak_cache.run_on(user_habit, day=day, count=others + count, calendar=calendar)
            _save(log, old_at, count=count, at=at, details=details)
            _record(user, user_habit, log.pk, day, HabitLogEdit.Kind.CHANGED, before=before, after=after)
        standing = streak_cache.rebuild_and_save(user_habit, today=today, calendar=calendar)
        delta = CheckInDelta(context, day, at, None, others, others + count)
        check_in_rewards.recount_check_in(user, delta, standing, today=today, at=now)
    return Outcome(log.pk, user_habit, standing, [], context)


def remove(user: User, user_habit_id: UUID, log_id: UUID, *, now: dt.datetime) -> Outcome | None:
    """Removes one check-in of any day.

    None if it was gone already. Raises UserHabit.DoesNotExist.
    """
    today = user.calendar.day_of(now)
    with transaction.atomic():
        context = check_in_locks.lock_context(user, user_habit_id, day=today)
        log = HabitLog.objects.of_habit(context.user_habit).filter(pk=log_id).first()
        return _remove(user, context, log, today=today, now=now) if log else None


def set_total(
    user: User, user_habit_id: UUID, *, key: UUID, day: dt.date, total: int, now: dt.datetime
) -> Outcome | None:
    """Makes the day's amount `total`: adds a check-in, or reduces the latest ones.

    None if the amount was `total` already. Raises like `add`.
    """
    if type(total) is not int or not 0 <= total <= MAX_TARGET:
        raise ImpossibleAmount
    today = user.calendar.day_of(now)
    with transaction.atomic():
        context = check_in_locks.lock_context(user, user_habit_id, day=day)
        user_habit = context.user_habit
        _must_have_begun(user_habit, day, today=today)
        have = streak_cache.counts_on(user_habit, day=day)
        if have < total:
            return add(user, user_habit_id, key=key, day=day, now=now, count=total - have)
        outcome = None
        logs = HabitLog.objects.of_days(day, day).filter(user_habit=user_habit).order_by("-completed_at", "-id")
        for log in logs:
            spare = have - total
            if not spare:
                break
            if log.completed_count <= spare:
                outcome = _remove(user, context, log, today=today, now=now)
                have -= log.completed_count
            else:
                outcome = edit(
                    user,
                    user_habit_id,
                    log.pk,
                    count=log.completed_count - spare,
                    clock=clock_of(user, log),
                    details=Details.of(log),
                    now=now,
                )
                have = total
    return outcome


def clock_of(user: User, log: HabitLog) -> dt.time:
    """The person's local time of the check-in, to the minute."""
    return user.calendar.local(log.completed_at).time().replace(second=0, microsecond=0)


def _instant(user: User, day: dt.date, clock: dt.time | None, *, now: dt.datetime) -> dt.datetime:
    """The time of `clock` on that day; `now` without a clock. Raises InTheFuture and TooOld."""
    calendar = user.calendar
    today = calendar.day_of(now)
    if day > today:
        raise InTheFuture
    if day < today - FURTHEST or not calendar.exists(day):
        raise TooOld
    at = calendar.at(day, clock) if clock else now
    if at > now:
        raise InTheFuture
    return at


def _must_have_begun(user_habit: UserHabit, day: dt.date, *, today: dt.date) -> None:
    """Raises TooOld for a day before an `at_most` habit began."""
    starts_on = user_habit.started_on or day
    began_at_most = user_habit.timeline.rules[0][1].direction == "at_most"
    if began_at_most and day < min(starts_on, today):
        raise TooOld


def _save(log: HabitLog, old_at: dt.datetime, *, count: int, at: dt.datetime, details: Details) -> None:
    # The time selects the partition: the row is moved by a statement that finds it by its old time.
    HabitLog.objects.filter(pk=log.pk, completed_at=old_at).update(completed_at=at, completed_count=count)
    for column, value in details.columns().items():
        setattr(log, column, value)
    log.completed_at, log.completed_count = at, count
    log.save(update_fields=["local_hour", "streak_count", *details.columns()])


def _remove(user: User, context: CheckInContext, log: HabitLog, *, today: dt.date, now: dt.datetime) -> Outcome:
    day = log.day_by(user.calendar)
    before = _snapshot(log.completed_count, log.completed_at, Details.of(log))
    _record(user, context.user_habit, log.pk, day, HabitLogEdit.Kind.REMOVED, before=before, after=None)
    return checkins.erase(user, context, log, today=today, now=now)


def _snapshot(count: int, at: dt.datetime, details: Details) -> dict[str, Any]:
    """The values of a check-in as the trail stores them."""
    return {"count": count, "at": at.isoformat(timespec="minutes")} | details.to_json()


def _record(
    user: User,
    user_habit: UserHabit,
    log_id: UUID,
    day: dt.date,
    kind: HabitLogEdit.Kind,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    HabitLogEdit.objects.create(
        user_habit=user_habit, user=user, log_id=log_id, local_date=day, kind=kind, before=before, after=after
    )
