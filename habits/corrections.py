"""What a person puts right on a day that has passed, or on today: check-ins added, changed and taken away.

Each is an ordinary log; beside it a line of the trail says who did what, when, and what stood there before. The streak
is told anew from all logs, under the lock. Achievements are counted as for any check-in; what was earned stays.
"""

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from habits import acts, checkins, streak_cache
from habits.acts import Act, Held
from habits.check_in_details import NO_DETAILS, Details
from habits.checkins import Impossible, InTheFuture, Outcome, TooOld
from habits.models import HabitLog, HabitLogEdit, UserHabit
from habits.schedules import FURTHEST, MAX_TARGET

# A check-in written down without its time is put at noon.
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
    """A check-in on `day`, today or before, at `clock` of the person's own time. The same key again changes nothing.

    An `at_least` habit may be begun earlier that way; an `at_most` habit begins when it began, and refuses.
    Raises UserHabit.DoesNotExist, CheckInRefused and NotShared; then nothing is written.
    """
    details.must_be_shared_by(user)
    today = user.calendar.day_of(now)
    at = _instant(user, day, clock or (None if day == today else NOON), now=now)
    with transaction.atomic():
        held = acts.hold(user, user_habit_id, day=day)
        user_habit = held.user_habit
        _must_be_possible(user_habit, day, today=today)
        outcome = checkins.write(
            user, held, key=key, day=day, at=at, today=today, count=count, details=details,
            timed=bool(clock) or day == today,
        )  # fmt: skip
        # A check-in of today is no correction, however it was entered.
        if day < today and not outcome.repeated:
            after = _said(count, at, details)
            _trail(user, user_habit, key, day, HabitLogEdit.Kind.ADDED, before=None, after=after)
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
    """Puts one check-in right; all of it is as given now. None: it is gone. Raises as `add` does."""
    details.must_be_shared_by(user)
    if type(count) is not int or not 1 <= count <= MAX_TARGET:
        raise Impossible
    calendar = user.calendar
    today = calendar.day_of(now)
    with transaction.atomic():
        held = acts.hold(user, user_habit_id, day=today)
        user_habit = held.user_habit
        log = HabitLog.objects.filter(user_habit=user_habit, pk=log_id).first()
        if log is None:
            return None
        day = log.day_by(calendar)
        old_at, old_count, old = log.completed_at, log.completed_count, Details.of(log)
        if not user.shares_health:
            # Not asked, so not answered: what was said while it was agreed to stays.
            details = dataclasses.replace(old, weather=details.weather)
        at = old_at if clock == clock_of(user, log) else _instant(user, day, clock, now=now)
        others = streak_cache.counts_on(user_habit, day=day) - old_count
        if others + count > MAX_TARGET:
            raise Impossible
        before, after = _said(old_count, old_at, old), _said(count, at, details)
        if before != after or (log.notes or "") != details.note:
            if at != old_at:
                log.local_hour = clock.hour
            _save(log, old_at, count=count, at=at, details=details)
            _trail(user, user_habit, log.pk, day, HabitLogEdit.Kind.CHANGED, before=before, after=after)
        now_stands = acts.replayed(user_habit, today=today, calendar=calendar)
        was = Act(held, day, old_at, others, others + old_count, old)
        becomes = Act(held, day, at, others, others + count, details)
        acts.recount(user, was, becomes, now_stands, today=today)
    return Outcome(log.pk, user_habit, now_stands, [])


def remove(user: User, user_habit_id: UUID, log_id: UUID, *, now: dt.datetime) -> Outcome | None:
    """Takes one check-in away, of whichever day. None: it was gone already. Raises UserHabit.DoesNotExist."""
    today = user.calendar.day_of(now)
    with transaction.atomic():
        held = acts.hold(user, user_habit_id, day=today)
        log = held.user_habit.logs.filter(pk=log_id).first()
        return _remove(user, held, log, today=today, now=now) if log else None


def set_total(
    user: User, user_habit_id: UUID, *, key: UUID, day: dt.date, total: int, now: dt.datetime
) -> Outcome | None:
    """The day's amount is `total`, whatever the taps said: more is added, less is taken from the latest check-ins.

    None where it was so already. Raises as `add` does.
    """
    if type(total) is not int or not 0 <= total <= MAX_TARGET:
        raise Impossible
    today = user.calendar.day_of(now)
    with transaction.atomic():
        held = acts.hold(user, user_habit_id, day=day)
        user_habit = held.user_habit
        _must_be_possible(user_habit, day, today=today)
        have = streak_cache.counts_on(user_habit, day=day)
        if have < total:
            return add(user, user_habit_id, key=key, day=day, now=now, count=total - have)
        outcome = None
        logs = HabitLog.objects.filter(user_habit=user_habit, local_date=day).order_by("-completed_at", "-id")
        for log in logs:
            spare = have - total
            if not spare:
                break
            if log.completed_count <= spare:
                outcome = _remove(user, held, log, today=today, now=now)
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
    """What the person's clock shows at the check-in, to the minute."""
    return user.calendar.local(log.completed_at).time().replace(second=0, microsecond=0)


def _instant(user: User, day: dt.date, clock: dt.time | None, *, now: dt.datetime) -> dt.datetime:
    """When that was; now, without a clock. Raises InTheFuture and TooOld."""
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


def _must_be_possible(user_habit: UserHabit, day: dt.date, *, today: dt.date) -> None:
    starts_on = user_habit.started_on or day
    began_at_most = user_habit.timeline.rules[0][1].direction == "at_most"
    if began_at_most and day < min(starts_on, today):
        raise TooOld


def _save(log: HabitLog, old_at: dt.datetime, *, count: int, at: dt.datetime, details: Details) -> None:
    # The time names the partition: it moves by a statement that says where the row is now.
    HabitLog.objects.filter(pk=log.pk, completed_at=old_at).update(completed_at=at, completed_count=count)
    for column, value in details.columns().items():
        setattr(log, column, value)
    log.completed_at, log.completed_count = at, count
    log.save(update_fields=["local_hour", *details.columns()])


def _remove(user: User, held: Held, log: HabitLog, *, today: dt.date, now: dt.datetime) -> Outcome:
    day = log.day_by(user.calendar)
    before = _said(log.completed_count, log.completed_at, Details.of(log))
    _trail(user, held.user_habit, log.pk, day, HabitLogEdit.Kind.REMOVED, before=before, after=None)
    return checkins.erase(user, held, log, today=today, now=now)


def _said(count: int, at: dt.datetime, details: Details) -> dict[str, Any]:
    return {"count": count, "at": at.isoformat(timespec="minutes")} | details.to_json()


def _trail(
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
