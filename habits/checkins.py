"""The check-in, read top to bottom: once per key, log, streak, achievements, event; and its undo.

A check-in has a key that the page made: a double tap, a retry and an offline replay are one check-in.

An ordinary one is judged without a lock and written in one statement, which takes the locks, finds the rows as they were
seen, and writes all or nothing. Where they have changed, where a closed day changes or an achievement is earned, the same
is done in a transaction that holds the locks from the start (docs/adr/0012).
"""

import dataclasses
import datetime as dt
import json
from uuid import UUID

from django.db import transaction

from accounts.models import User
from core import events
from core.db import prepared_statements
from gamification import achievements
from gamification.achievements import Verdict
from gamification.criteria import Progress
from gamification.models import Achievement
from habits import acts, photos, streak_cache
from habits.acts import Act, Held, Moved, Seen
from habits.check_in_details import NO_DETAILS, Details, sealed_note
from habits.models import HabitLog, UserHabit
from habits.schedules import MAX_TARGET
from habits.streak_cache import Standing

# A page that was offline may send what it kept for so long.
OFFLINE = dt.timedelta(days=7)
# Clocks of phones run ahead by a little.
CLOCK_SKEW = dt.timedelta(minutes=5)


class CheckInRefused(Exception):
    """Nothing was written. Each kind below says why."""


class NotActive(CheckInRefused):
    """The habit is paused, completed or archived."""


class Impossible(CheckInRefused):
    """The amount is not a whole number from 1 to a million, or the day would hold more than a million."""


class InTheFuture(CheckInRefused):
    """The instant lies ahead."""


class TooOld(CheckInRefused):
    """The instant is before the habit began, or too long ago for a tap."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a check-in came to. `repeated` says that this key had been checked in before."""

    log_id: UUID
    user_habit: UserHabit
    standing: Standing
    unlocked: list[Achievement]
    repeated: bool = False


# All that a check-in changes, in one statement: written whole or, when the key is known or a row was changed since it was
# seen, not at all. Gives whether the rows were as seen, and whether the key was new.
_WRITE = f"""
    WITH held AS (
        SELECT FROM user_progress, user_habits
        WHERE user_progress.user_id = %(user)s::uuid AND user_habits.id = %(user_habit)s::uuid
            AND (%(progress_seen)s::text IS NULL OR user_progress.xmin = %(progress_seen)s::text::xid)
            AND (%(habit_seen)s::text IS NULL OR user_habits.xmin = %(habit_seen)s::text::xid)
        FOR NO KEY UPDATE OF user_progress, user_habits
    ), fresh AS (
        INSERT INTO check_in_keys (id, made_at) SELECT %(key)s::uuid, %(at)s::timestamptz FROM held
        ON CONFLICT DO NOTHING RETURNING id
    ), log AS (
        INSERT INTO habit_logs (id, user_habit_id, completed_count, target_count, completed_at, local_date, local_hour,
                                mood_score, energy_level, notes, location, weather, streak_count)
        SELECT id, %(user_habit)s::uuid, %(count)s::integer, %(target)s::integer, %(at)s::timestamptz, %(day)s::date,
               %(hour)s::smallint, %(mood_score)s::integer, %(energy_level)s::integer, %(notes)s::text, %(location)s::text,
               %(weather)s::text, %(streak)s::integer
        FROM fresh
    ), kept AS (
        UPDATE user_habits
        SET current_streak = %(current_streak)s, best_streak = %(best_streak)s,
            total_completions = %(total_completions)s, streak_state = %(streak_state)s::jsonb,
            streak_through = %(streak_through)s, counted_on = %(counted_on)s, counted = %(counted)s,
            updated_at = now()
        FROM fresh WHERE user_habits.id = %(user_habit)s::uuid
    ), progress AS (
        {achievements.KEEP} AND EXISTS (SELECT FROM fresh)
    ), event AS (
        {events.INSERT} WHERE EXISTS (SELECT FROM fresh)
    )
    SELECT EXISTS (SELECT FROM held), EXISTS (SELECT FROM fresh)
"""  # noqa: S608 -- texts of ours


def check_in(
    user: User,
    user_habit_id: UUID,
    *,
    key: UUID,
    at: dt.datetime,
    now: dt.datetime,
    count: int = 1,
    details: Details = NO_DETAILS,
) -> Outcome:
    """Writes one check-in pressed at `at` (aware, at most a week before `now`).

    Raises UserHabit.DoesNotExist for a habit that is not the person's, CheckInRefused and NotShared; then nothing is
    written.
    """
    if at > now + CLOCK_SKEW:
        raise InTheFuture
    if at < now - OFFLINE:
        raise TooOld
    details.must_be_shared_by(user)
    at = min(at, now)
    calendar = user.calendar
    today, day = calendar.day_of(now), calendar.day_of(at)

    def done_with(held: Held) -> Outcome:
        if not held.user_habit.is_active:
            raise NotActive
        if held.user_habit.started_on and day < min(held.user_habit.started_on, today):
            raise TooOld
        return write(user, held, key=key, day=day, at=at, today=today, count=count, details=details)

    try:
        return done_with(acts.look(user, user_habit_id, day=day))
    except Moved:
        with transaction.atomic():
            return done_with(acts.hold(user, user_habit_id, day=day))


def write(
    user: User,
    held: Held,
    *,
    key: UUID,
    day: dt.date,
    at: dt.datetime,
    today: dt.date,
    count: int,
    details: Details = NO_DETAILS,
    timed: bool = True,
) -> Outcome:
    """The check-in itself, on `day` (today or before) of a habit held for that day. `timed` is False where nobody said when in
    the day it was. Raises Impossible; and Moved, with nothing written, where a habit that was only seen has to be held."""
    if type(count) is not int or not 1 <= count <= MAX_TARGET:
        raise Impossible
    calendar, user_habit = user.calendar, held.user_habit
    rests = streak_cache.days_of(held.rests, user_habit)
    before = streak_cache.stand(user_habit, today=today, calendar=calendar, rests=rests)
    # Today's check-in adds to the kept standing; any other changes a closed day, and the streak is told anew.
    in_order = day == today and before.lasting
    if held.seen and not in_order:
        raise Moved
    done_before = before.count if day == today else streak_cache.counts_on(user_habit, day=day)
    if done_before + count > MAX_TARGET:
        raise Impossible
    last_before = user_habit.counted_on if user_habit.counted else None
    act = Act(held, day, at, done_before, done_before + count, details, last_before)
    after, verdict = before, Verdict.nothing(held.tally)
    if in_order:
        total = before.count + count
        streak = streak_cache.look(user_habit, before.state, count=total, today=today, rests=rests)
        after = Standing(before.state, streak, total)
        user_habit.counted_on, user_habit.counted = today, total
        verdict = acts.judge(user, act, after, today=today)
    if held.seen and verdict.unlocked:
        raise Moved
    if not _written(user, act, after, verdict, key=key, count=count, hour=calendar.hour_of(at) if timed else None):
        return Outcome(key, user_habit, before, [], repeated=True)
    if in_order:
        achievements.give(held.tally, verdict, at=at)
        return Outcome(key, user_habit, after, verdict.unlocked)
    after = acts.replayed(user_habit, today=today, calendar=calendar)
    return Outcome(key, user_habit, after, acts.award(user, act, after, today=today))


def undo(user: User, user_habit_id: UUID, *, now: dt.datetime, log_id: UUID | None = None) -> Outcome | None:
    """Takes back one check-in, today's latest when none is named; everything but earned achievements is as before.

    Gives None when there was nothing to take back (it was taken back already). Raises UserHabit.DoesNotExist.
    """
    today = user.calendar.day_of(now)
    with transaction.atomic():
        held = acts.hold(user, user_habit_id, day=today)
        logs = HabitLog.objects.filter(user_habit=held.user_habit)
        named = logs.filter(pk=log_id) if log_id else logs.filter(local_date=today).order_by("-completed_at", "-id")
        log = named.first()
        return erase(user, held, log, today=today, now=now) if log else None


def erase(user: User, held: Held, log: HabitLog, *, today: dt.date, now: dt.datetime) -> Outcome:
    """Takes one log of a held habit away, with what followed from it."""
    calendar, user_habit = user.calendar, held.user_habit
    HabitLog.objects.filter(pk=log.pk, completed_at=log.completed_at).delete()
    if log.image_urls:
        photos.remove_all([log.pk])
    day = log.day_by(calendar)
    left = streak_cache.counts_on(user_habit, day=day)
    act = Act(held, day, log.completed_at, left, left + log.completed_count, Details.of(log))
    if day == today and user_habit.counted_on == today:
        user_habit.counted = left
        rests = streak_cache.days_of(held.rests, user_habit)
        after = streak_cache.stand(user_habit, today=today, calendar=calendar, rests=rests)
        acts.keep(user_habit, after)
    else:
        after = acts.replayed(user_habit, today=today, calendar=calendar)
    acts.take_back(user, act, after, today=today)
    events.record("habit_undo", user_id=user.pk, at=now, user_habit_id=str(user_habit.pk))
    return Outcome(log.pk, user_habit, after, [])


def describe(user: User, user_habit_id: UUID, log_id: UUID, *, details: Details, now: dt.datetime) -> HabitLog | None:
    """Adds details to a check-in made before; what is not given stays as it is. None: no such log. Raises NotShared."""
    details.must_be_shared_by(user)
    with transaction.atomic():
        held = acts.hold(user, user_habit_id, day=user.calendar.day_of(now))
        log = held.user_habit.logs.filter(pk=log_id, completed_at__gte=now - 2 * OFFLINE).first()
        if log is None:
            return None
        known = Details.of(log)
        given = {column: value for column, value in details.columns().items() if value is not None}
        for column, value in given.items():
            setattr(log, column, value)
        if given:
            log.save(update_fields=list(given))
        weather = details.weather if not known.weather else ""
        if details.noted - known.noted or weather:
            progress = Progress(noted=details.noted - known.noted, weather=weather)
            achievements.award(held.tally, progress, at=now)
    return log


def _written(
    user: User, act: Act, after: Standing, verdict: Verdict, *, key: UUID, count: int, hour: int | None
) -> bool:
    """False when the key is known; then nothing was written. Raises Moved where the rows are no longer as seen."""
    held, user_habit = act.held, act.user_habit
    seen = held.seen or Seen(None, None)
    verdict.settle(held.tally)
    columns = streak_cache.keep(user_habit, after)
    state = columns["streak_state"]
    streak = after.streak.current
    values = {
        **held.tally.columns,
        **columns,
        **act.details.columns(),
        **events.values("habit_check", user_id=user.pk, at=act.at, user_habit_id=str(user_habit.pk), streak=streak),
        "progress_seen": seen.progress,
        "habit_seen": seen.habit,
        "key": key,
        "user_habit": user_habit.pk,
        "count": count,
        "target": user_habit.timeline.on(act.day).target,
        "at": act.at,
        "day": act.day,
        "hour": hour,
        "notes": sealed_note(act.details.note, log_id=key),
        "streak": streak,
        "streak_state": None if state is None else json.dumps(state),
    }
    [(as_seen, fresh)] = prepared_statements.fetch(_WRITE, values)
    if not as_seen:
        raise Moved
    return fresh
