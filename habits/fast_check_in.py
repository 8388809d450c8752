"""The fast path of a check-in: judged without a lock, then written by one statement.

    outcome = attempt(request, decide=…)    None: nothing was written, and the plain path has to check in

The result equals that of the plain path (habits/checkins.py), which gives it its decision; the tests hold both equal
(tests/habits/test_fast_check_in.py). It serves ordinary check-ins: of today, with no achievement unlocked. It runs two
statements, the plain path a transaction of eight; docs/adr/0012 has the reasons.

`read` takes the facts together with the versions (`xmin`) of the two rows that every change to them writes
(habits/check_in_locks.py). The statement of `write` locks both rows, compares the versions and writes all or nothing.
"""

import dataclasses
import datetime as dt
import functools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db.models.expressions import RawSQL

from core import events
from core.db import prepared_statements
from core.db.compiled_queries import Compiled
from gamification import progress_tally
from gamification.progress_tally import ProgressTally
from habits import check_in_locks, check_in_rewards, other_habits, streak_cache
from habits.check_in_details import sealed_note
from habits.check_in_locks import CheckInContext
from habits.models import Habit, UserHabit, UserHabitQuerySet
from habits.streak_cache import HabitStanding

if TYPE_CHECKING:
    from habits.checkins import CheckInRequest, Decision, Outcome

    type Decide = Callable[[CheckInRequest, CheckInContext], Decision]

_PROGRESS = f"""
    (SELECT json_build_array({progress_tally.TALLY_COLUMNS}, xmin::text, user_habits.xmin::text)
    FROM user_progress WHERE user_id = user_habits.user_id)
"""  # noqa: S608 -- constants of ours


def _habit(person: UUID, habit: UUID, day: dt.date) -> UserHabitQuerySet:
    progress = RawSQL(_PROGRESS, progress_tally.day_params(day))  # noqa: S611 -- a constant of this module
    return UserHabit.objects.filter(user=person, pk=habit).annotate(progress=progress)


_SAMPLES = {"person": uuid4(), "habit": uuid4(), "day": dt.date(1970, 1, 2)}


@functools.cache
def _read_alone(*, is_translated: bool) -> Compiled[UserHabit]:
    def found(person: UUID, habit: UUID, day: dt.date) -> UserHabitQuerySet:
        facts = check_in_locks.with_facts(_habit(person, habit, day), day=day)
        return facts.for_check_in(is_translated=is_translated)

    return Compiled(found, **_SAMPLES)


@functools.cache
def _read_with_rows(*, is_translated: bool) -> Compiled[UserHabit]:
    def found(person: UUID, habit: UUID, day: dt.date, now: dt.datetime) -> UserHabitQuerySet:
        rows = other_habits.with_rows(
            _habit(person, habit, day), person=person, day=day, now=now, is_translated=is_translated
        )
        return check_in_locks.with_rests(rows, day=day).for_check_in(is_translated=is_translated)

    return Compiled(found, **_SAMPLES, now=dt.datetime.max.replace(tzinfo=dt.UTC))


# Everything that a check-in changes, in one statement. Returns whether the rows have the versions that were read, and
# whether the key was new; unless both hold nothing is written.
_WRITE = f"""
    WITH held AS (
        SELECT FROM user_progress, user_habits
        WHERE user_progress.user_id = %(user)s::uuid AND user_habits.id = %(user_habit)s::uuid
            AND user_progress.xmin = %(progress_version)s::text::xid
            AND user_habits.xmin = %(habit_version)s::text::xid
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
            first_logged_on = %(first_logged_on)s, month_states = %(month_states)s::jsonb,
            updated_at = now()
        FROM fresh WHERE user_habits.id = %(user_habit)s::uuid
    ), progress AS (
        {progress_tally.UPDATE_PROGRESS} AND EXISTS (SELECT FROM fresh)
    ), counted AS (
        {progress_tally.KEEP_DAY} WHERE EXISTS (SELECT FROM fresh) {progress_tally.KEEP_DAY_ON_CONFLICT}
    ), event AS (
        {events.INSERT} WHERE EXISTS (SELECT FROM fresh)
    )
    SELECT EXISTS (SELECT FROM held), EXISTS (SELECT FROM fresh)
"""  # noqa: S608 -- constants of ours


class NeedsLock(Exception):
    """The fast path cannot write this check-in. Nothing was written; the plain path has to."""


class StaleSnapshot(NeedsLock):
    """The habit or the person's progress has changed since it was read."""


@dataclasses.dataclass(frozen=True)
class RowVersions:
    """The versions (`xmin`) of the person's progress row and of the habit's row."""

    progress: str
    habit: str


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The facts of a check-in, read without a lock, and the versions of the rows."""

    context: CheckInContext
    versions: RowVersions


def attempt(request: "CheckInRequest", *, decide: "Decide") -> "Outcome | None":
    """The outcome of the check-in; None if the plain path has to do it: nothing was written.

    Raises UserHabit.DoesNotExist, and what `decide` raises.
    """
    if request.day != request.today:
        return None
    try:
        return write(read(request), request, decide=decide)
    except NeedsLock:
        return None


def read(request: "CheckInRequest") -> Snapshot:
    """Reads the facts of the day without a lock.

    Raises UserHabit.DoesNotExist, NeedsLock for a person without progress.
    """
    user, asked = request.user, {"person": request.user.pk, "habit": request.user_habit_id, "day": request.day}
    is_translated = Habit.is_translated()
    if request.wants_rows:
        found = _read_with_rows(is_translated=is_translated)(**asked, now=request.at)
    else:
        found = _read_alone(is_translated=is_translated)(**asked)
    user_habit: Any = check_in_locks.require_one(found, user)
    if user_habit.progress is None:
        raise NeedsLock
    *row, progress_version, habit_version = user_habit.progress
    context = CheckInContext.of(user_habit, ProgressTally.from_row(user.pk, row), day=request.day)
    return Snapshot(context, RowVersions(progress_version, habit_version))


def write(snapshot: Snapshot, request: "CheckInRequest", *, decide: "Decide") -> "Outcome":
    """Decides by the snapshot and writes.

    Raises NeedsLock, StaleSnapshot and what `decide` raises; then nothing was written.
    """
    decision = decide(request, snapshot.context)
    after = decision.after
    if after is None or not decision.delta.is_plain(today=request.today):
        raise NeedsLock
    award = check_in_rewards.decide(decision.delta, after)
    if award.unlocked:
        raise NeedsLock
    snapshot.context.tally.apply(award.days)
    values = _values(decision, after, snapshot.context.tally, snapshot.versions)
    [(is_current, is_new)] = prepared_statements.fetch(_WRITE, values)
    if not is_current:
        raise StaleSnapshot
    return decision.outcome(after) if is_new else decision.repeated()


def _json(value: list[Any] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _values(decision: "Decision", after: HabitStanding, tally: ProgressTally, versions: RowVersions) -> dict[str, Any]:
    """The parameters of `_WRITE`. Sets the habit's columns on the instance."""
    request, user_habit = decision.request, decision.delta.user_habit
    streak_cache.set_count(user_habit, day=request.day, count=after.count)
    columns = streak_cache.set_columns(user_habit, after)
    return {
        **tally.columns,
        "day_counters": json.dumps(tally.days.get(request.day, {})),
        **columns,
        **request.details.columns(),
        **events.values("habit_check", user_id=request.user.pk, at=request.at, **decision.event_data),
        "progress_version": versions.progress,
        "habit_version": versions.habit,
        "key": request.key,
        "user_habit": user_habit.pk,
        "count": request.count,
        "target": decision.target,
        "at": request.at,
        "day": request.day,
        "hour": request.hour,
        "notes": sealed_note(request.details.note, log_id=request.key),
        "streak": decision.streak_count,
        **{name: _json(columns[name]) for name in ("streak_state", "month_states")},
    }
