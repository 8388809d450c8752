"""The check-in, read top to bottom: lock, once per key, log, streak, achievements, event; and its undo.

A check-in has a key that the page made: a double tap, a retry and an offline replay are one check-in.
Lock order is user habit, then the person's progress; whoever follows it never waits in a circle.
"""

import dataclasses
import datetime as dt
import functools
import json
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from accounts.days import Calendar
from accounts.models import User
from analytics import events
from gamification import achievements
from gamification.criteria import Note, Progress
from gamification.models import Achievement
from habits import schedules, standing
from habits.models import HabitLog, UserHabit
from habits.schedules import MAX_TARGET, Rule
from habits.standing import Standing
from wellness.crypto import sealing
from wellness.db import prepared
from wellness.db.compiled import Compiled

# A page that was offline may send what it kept for so long.
OFFLINE = dt.timedelta(days=7)
# Clocks of phones run ahead by a little.
CLOCK_SKEW = dt.timedelta(minutes=5)
SCORES = range(1, 11)
NOTE_LENGTH = 2000


class CheckInRefused(Exception):
    """Nothing was written. Each kind below says why."""


class NotActive(CheckInRefused):
    """The habit is paused, completed or put away."""


class Impossible(CheckInRefused):
    """The amount is not a whole number from 1 to a million, or the day would hold more than a million."""


class OutOfScale(CheckInRefused):
    """Mood and energy go from 1 to 10."""


class TooLong(CheckInRefused):
    """The note is longer than 2,000 characters."""


class InTheFuture(CheckInRefused):
    """The instant lies ahead."""


class TooOld(CheckInRefused):
    """The instant is before the habit began, or too long ago for a tap."""


@dataclasses.dataclass(frozen=True)
class Details:
    """What a person may add to a check-in. All of it may be left out."""

    mood: int | None = None
    energy: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if any(score is not None and score not in SCORES for score in (self.mood, self.energy)):
            raise OutOfScale
        if len(self.note) > NOTE_LENGTH:
            raise TooLong

    @property
    def noted(self) -> frozenset[Note]:
        given: dict[Note, bool] = {
            "mood": self.mood is not None,
            "energy": self.energy is not None,
            "note": bool(self.note),
        }
        return frozenset(name for name, is_given in given.items() if is_given)


NO_DETAILS = Details()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a check-in came to. `repeated` says that this key had been checked in before."""

    log_id: UUID
    user_habit: UserHabit
    standing: Standing
    unlocked: list[Achievement]
    repeated: bool = False


_LOCKED = Compiled(
    lambda person, habit: UserHabit.objects.select_for_update(of=("self",)).filter(user=person, pk=habit).for_today(),
    person=uuid4(),
    habit=uuid4(),
)
# The person's other habits: as little of them as a perfect day and the sums ask for.
_OTHERS = """
    SELECT status, target_frequency, schedule::text, target_count, unit, direction, counted_on, counted, total_completions
    FROM user_habits WHERE user_id = %s AND id <> %s
"""
# The log and the row it counts for, in one statement: written both or, when the key is known, neither.
_WRITE = """
    WITH fresh AS (
        INSERT INTO check_in_keys (id, made_at) VALUES (%(key)s, %(at)s) ON CONFLICT DO NOTHING RETURNING id
    ), log AS (
        INSERT INTO habit_logs (id, user_habit_id, completed_count, target_count, completed_at, local_date,
                                mood_score, energy_level, notes, streak_count)
        SELECT id, %(user_habit)s::uuid, %(count)s::integer, %(target)s::integer, %(at)s::timestamptz, %(day)s::date,
               %(mood)s::integer, %(energy)s::integer, %(note)s::text, %(streak)s::integer
        FROM fresh
    ), kept AS (
        UPDATE user_habits
        SET current_streak = %(current_streak)s, best_streak = %(best_streak)s,
            total_completions = %(total_completions)s, streak_state = %(streak_state)s::jsonb,
            streak_through = %(streak_through)s, counted_on = %(counted_on)s, counted = %(counted)s,
            updated_at = now()
        FROM fresh WHERE user_habits.id = %(user_habit)s::uuid
    )
    SELECT id FROM fresh
"""


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

    Raises UserHabit.DoesNotExist for a habit that is not the person's, and CheckInRefused; then nothing is written.
    """
    if at > now + CLOCK_SKEW:
        raise InTheFuture
    if at < now - OFFLINE:
        raise TooOld
    if type(count) is not int or not 1 <= count <= MAX_TARGET:
        raise Impossible
    at = min(at, now)
    calendar = user.calendar
    today, day = calendar.day_of(now), calendar.day_of(at)
    with transaction.atomic():
        user_habit = _locked(user, user_habit_id)
        if not user_habit.is_active:
            raise NotActive
        if user_habit.started_on and day < user_habit.started_on:
            raise TooOld
        rests = standing.rests_of(user_habit)
        before = standing.stand(user_habit, today=today, calendar=calendar, rests=rests)
        done_before = before.count if day == today else standing.counts_on(user_habit, day=day)
        if done_before + count > MAX_TARGET:
            raise Impossible
        after, last_before = before, user_habit.counted_on if user_habit.counted else None
        if day == today:
            total = before.count + count
            streak = standing.look(user_habit, before.state, count=total, today=today, rests=rests)
            after = Standing(before.state, streak, total)
            user_habit.counted_on, user_habit.counted = today, total
        act = _Act(user_habit, day, at, done_before, done_before + count, last_before)
        if not _write(act, after, key=key, count=count, details=details):
            return Outcome(key, user_habit, before, [], repeated=True)
        if day < today:
            after = _replay(user_habit, today=today, calendar=calendar)
        unlocked = _award(user, act, after, details=details, today=today, calendar=calendar)
        events.record(
            "habit_check", user_id=user.pk, at=at, user_habit_id=str(user_habit.pk), streak=after.streak.current
        )
    return Outcome(key, user_habit, after, unlocked)


def undo(user: User, user_habit_id: UUID, *, now: dt.datetime, log_id: UUID | None = None) -> Outcome | None:
    """Takes back one check-in, today's latest when none is named; everything but earned achievements is as before.

    Gives None when there was nothing to take back (it was taken back already). Raises UserHabit.DoesNotExist.
    """
    calendar = user.calendar
    today = calendar.day_of(now)
    with transaction.atomic():
        user_habit = _locked(user, user_habit_id)
        logs = HabitLog.objects.filter(user_habit=user_habit)
        named = logs.filter(pk=log_id) if log_id else logs.filter(local_date=today).order_by("-completed_at", "-id")
        log = named.first()
        if log is None:
            return None
        HabitLog.objects.filter(pk=log.pk, completed_at=log.completed_at).delete()
        day = log.local_date or calendar.day_of(log.completed_at)
        left = standing.counts_on(user_habit, day=day)
        act = _Act(user_habit, day, log.completed_at, left, left + log.completed_count)
        if day == today and user_habit.counted_on == today:
            user_habit.counted = left
            rests = standing.rests_of(user_habit)
            after = standing.stand(user_habit, today=today, calendar=calendar, rests=rests)
            _keep(user_habit, after)
        else:
            after = _replay(user_habit, today=today, calendar=calendar)
        details = Details(log.mood_score, log.energy_level, log.notes or "")
        _take_back(user, act, after, details=details, today=today, calendar=calendar)
        events.record("habit_undo", user_id=user.pk, at=now, user_habit_id=str(user_habit.pk))
    return Outcome(log.pk, user_habit, after, [])


def describe(user: User, user_habit_id: UUID, log_id: UUID, *, details: Details, now: dt.datetime) -> HabitLog | None:
    """Adds mood, energy or a note to a check-in made before; what is not given stays as it is. None: no such log."""
    with transaction.atomic():
        user_habit = _locked(user, user_habit_id)
        log = HabitLog.objects.filter(user_habit=user_habit, pk=log_id, completed_at__gte=now - 2 * OFFLINE).first()
        if log is None:
            return None
        given = {"mood_score": details.mood, "energy_level": details.energy, "notes": details.note or None}
        given = {column: value for column, value in given.items() if value is not None}
        known = Details(log.mood_score, log.energy_level, log.notes or "").noted
        for column, value in given.items():
            setattr(log, column, value)
        if given:
            log.save(update_fields=list(given))
        if details.noted - known:
            tally = achievements.lock(user.pk)
            achievements.award(tally, Progress(noted=details.noted - known), at=now)
    return log


@dataclasses.dataclass(frozen=True)
class _Act:
    """What one check-in adds to its day."""

    user_habit: UserHabit
    day: dt.date
    at: dt.datetime
    count_before: int
    count_after: int
    # The latest day with a check-in of this habit before this one.
    last_before: dt.date | None = None

    @property
    def completes(self) -> bool:
        """It is the one that reaches the day's target."""
        rule = self.user_habit.timeline.on(self.day)
        at_least = rule.direction == "at_least"
        return at_least and rule.met(self.count_after) and not rule.met(self.count_before)


def _locked(user: User, user_habit_id: UUID) -> UserHabit:
    found = _LOCKED(person=user.pk, habit=user_habit_id)
    if not found:
        raise UserHabit.DoesNotExist
    # Who asks is at hand already.
    found[0].user = user
    return found[0]


def _write(act: _Act, after: Standing, *, key: UUID, count: int, details: Details) -> bool:
    """False when the key is known; then nothing was written."""
    user_habit = act.user_habit
    note = sealing.seal(details.note, bound_to=sealing.place("habit_logs", "notes", key)) if details.note else None
    columns = standing.keep(user_habit, after)
    values = columns | {
        "key": key,
        "user_habit": user_habit.pk,
        "count": count,
        "target": user_habit.timeline.on(act.day).target,
        "at": act.at,
        "day": act.day,
        "mood": details.mood,
        "energy": details.energy,
        "note": note,
        "streak": after.streak.current,
        "streak_state": json.dumps(columns["streak_state"]),
    }
    return bool(prepared.fetch(_WRITE, values))


def _keep(user_habit: UserHabit, after: Standing) -> None:
    columns = standing.keep(user_habit, after)
    user_habit.save(update_fields=[*columns, "updated_at"])


def _replay(user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> Standing:
    """After a change in the past: the streak from all its logs, and the row in step with it."""
    user_habit.streak_state = None
    after = standing.stand(user_habit, today=today, calendar=calendar, rests=[])
    _keep(user_habit, after)
    return after


def _award(
    user: User, act: _Act, after: Standing, *, details: Details, today: dt.date, calendar: Calendar
) -> list[Achievement]:
    if not act.completes and not details.noted:
        return []
    tally = achievements.lock(user.pk)
    progress = _progress(user, act, after, details=details, today=today, calendar=calendar)
    return achievements.award(tally, progress, at=act.at)


def _take_back(user: User, act: _Act, after: Standing, *, details: Details, today: dt.date, calendar: Calendar) -> None:
    if not act.completes and not details.noted:
        return
    tally = achievements.lock(user.pk)
    achievements.take_back(tally, _progress(user, act, after, details=details, today=today, calendar=calendar))


def _progress(
    user: User, act: _Act, after: Standing, *, details: Details, today: dt.date, calendar: Calendar
) -> Progress:
    """The facts that achievements are judged by, the person's other habits among them."""
    others = [_Other(*row) for row in prepared.fetch(_OTHERS, [user.pk, act.user_habit.pk])]
    active = [other for other in others if other.status == UserHabit.Status.ACTIVE]
    asked = [other for other in active if other.rule.schedule.judged == "day" and other.rule.is_due(act.day)]
    last_days = [other.counted_on for other in others if other.counted and other.counted_on]
    if act.last_before:
        last_days.append(act.last_before)
    return Progress(
        streak=after.streak.current,
        streak_unit=after.streak.unit,
        rested=after.streak.rested,
        protected=after.streak.protected,
        habit_total=after.streak.total,
        total=after.streak.total + sum(other.total_completions for other in others),
        active_habits=len(active) + 1,
        day=act.day,
        hour=calendar.hour_of(act.at) if act.day == today else None,
        category=act.user_habit.habit.category.name_en,
        completed=act.completes,
        first_of_day=act.completes and not any(other.done_on(act.day) for other in others if other.did_on(act.day)),
        perfect_day=act.completes and act.day == today and all(other.done_on(act.day) for other in asked),
        days_away=max((act.day - max(last_days)).days - 1, 0) if last_days else 0,
        noted=details.noted,
    )


class _Other(NamedTuple):
    """Another habit of the person's, as it stood when its row was last written."""

    status: str
    frequency: str
    schedule: str
    target: int
    unit: str | None
    direction: str
    counted_on: dt.date | None
    counted: int
    total_completions: int

    @property
    def rule(self) -> Rule:
        return _rule(self.frequency, self.schedule, self.target, self.unit or "", self.direction)

    def did_on(self, day: dt.date) -> bool:
        return self.counted_on == day and self.counted > 0

    def done_on(self, day: dt.date) -> bool:
        return self.rule.met(self.counted if self.counted_on == day else 0)


@functools.lru_cache(maxsize=2048)
def _rule(frequency: str, schedule: str, target: int, unit: str, direction: str) -> Rule:
    return schedules.parse(frequency, json.loads(schedule), target=target, unit=unit, direction=direction)
