"""One act: what a check-in adds to its day, or what taking it back takes away; and all that follows from it.

    held = acts.hold(user, pk, day=…)           first: the person's check-ins wait here for one another, in turn
    after = acts.replayed(user_habit, …)        when a closed day changed
    acts.award(user, act, …), acts.take_back(…) last: what follows for the person

An ordinary check-in is judged by what `look` sees without a lock, and its one statement writes nothing if that has
changed since (`habits.checkins`). Whatever changes what acts are judged by therefore changes the habit's row, or, for
acts on the person's other habits, the person's progress.

Lock order is the person (only where a plan's number is counted), the person's progress, the habit; several habits are
locked in the order of their ids. Whoever follows it never waits in a circle.
"""

import dataclasses
import datetime as dt
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

from django.db.models import Sum
from django.db.models.expressions import RawSQL

from accounts.days import Calendar
from accounts.models import User
from core.db.compiled_queries import Compiled
from gamification import achievements
from gamification.achievements import Tally, Verdict
from gamification.criteria import Progress
from gamification.models import Achievement
from habits import schedules, streak_cache
from habits.check_in_details import NO_DETAILS, Details
from habits.models import HabitLog, HabitRest, UserHabit, UserHabitQuerySet
from habits.schedules import Rule
from habits.streak_cache import Standing

_LOCKED = Compiled(
    lambda person, habit: UserHabit.objects.select_for_update(of=("self",)).filter(user=person, pk=habit).for_today(),
    person=uuid4(),
    habit=uuid4(),
)
# What a check-in asks besides its own row: the person's other habits, as little of them as a perfect day and the sums
# ask for, the rests around its day, the person's progress, and the versions of both rows.
_OTHERS = """
    (SELECT json_agg(json_build_array(
        id, status, target_frequency, schedule::text, target_count, unit, direction, counted_on, counted,
        total_completions))
    FROM user_habits AS other WHERE other.user_id = user_habits.user_id AND other.id <> user_habits.id)
"""
_PROGRESS = f"""
    (SELECT json_build_array({achievements.TALLIED}, xmin::text, user_habits.xmin::text)
    FROM user_progress WHERE user_id = user_habits.user_id)
"""  # noqa: S608 -- texts of ours


def _with_others(found: UserHabitQuerySet, day: dt.date) -> UserHabitQuerySet:
    others = found.annotate(others=RawSQL(_OTHERS, []))  # noqa: S611 -- a text of ours
    return streak_cache.with_rests(others, day=day, of_others=True).for_today()


_HELD = Compiled(
    lambda person, habit, day: _with_others(
        UserHabit.objects.select_for_update(of=("self",)).filter(user=person, pk=habit), day
    ),
    person=uuid4(),
    habit=uuid4(),
    day=dt.date(1970, 1, 2),
)
_SEEN = Compiled(
    lambda person, habit, day: _with_others(
        UserHabit.objects.filter(user=person, pk=habit).annotate(progress=RawSQL(_PROGRESS, [])),  # noqa: S611
        day,
    ),
    person=uuid4(),
    habit=uuid4(),
    day=dt.date(1970, 1, 2),
)


class Moved(Exception):
    """What was seen without a lock does not settle the act, or has changed: do it again with `hold`."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """The versions of the person's progress and of the habit, as PostgreSQL counts them (`xmin`)."""

    progress: str | None
    habit: str | None


@dataclasses.dataclass(frozen=True)
class Held:
    """One habit, and what its acts are judged by: in the hands of one transaction, or as it was `seen` without a lock."""

    user_habit: UserHabit
    tally: Tally
    others: list["Other"]
    # The person's, as far as they reach into the days that are still open to the kept streak.
    rests: list[HabitRest]
    seen: Seen | None = None


@dataclasses.dataclass(frozen=True)
class Act:
    """What one check-in adds to its day. `details` are those that it newly says."""

    held: Held
    day: dt.date
    at: dt.datetime
    count_before: int
    count_after: int
    details: Details = NO_DETAILS
    # The latest day with a check-in of this habit before this one.
    last_before: dt.date | None = None

    @property
    def user_habit(self) -> UserHabit:
        return self.held.user_habit

    @property
    def completes(self) -> bool:
        """It is the one that reaches the day's target."""
        rule = self.user_habit.timeline.on(self.day)
        at_least = rule.direction == "at_least"
        return at_least and rule.met(self.count_after) and not rule.met(self.count_before)

    @property
    def counts(self) -> bool:
        """Something of it is counted toward achievements."""
        return self.completes or bool(self.details.noted or self.details.weather)


def locked(user: User, user_habit_id: UUID) -> UserHabit:
    """The person's habit, for this transaction alone. Raises UserHabit.DoesNotExist."""
    return _only(_LOCKED(person=user.pk, habit=user_habit_id), user)


def hold(user: User, user_habit_id: UUID, *, day: dt.date) -> Held:
    """The person's habit and progress, for this transaction alone, to act on `day`. Raises UserHabit.DoesNotExist."""
    # A statement of its own, and first: the next one then sees all that this person's check-ins before it wrote.
    tally = achievements.lock(user.pk)
    user_habit = _only(_HELD(person=user.pk, habit=user_habit_id, day=day), user)
    return Held(user_habit, tally, *_around(user_habit))


def look(user: User, user_habit_id: UUID, *, day: dt.date) -> Held:
    """The same without a lock. Raises UserHabit.DoesNotExist, and Moved where the person has no progress yet."""
    user_habit: Any = _only(_SEEN(person=user.pk, habit=user_habit_id, day=day), user)
    if user_habit.progress is None:
        raise Moved
    *tallied, progress, habit = user_habit.progress
    return Held(user_habit, achievements.tally(user.pk, tallied), *_around(user_habit), Seen(progress, habit))


def _around(user_habit: Any) -> tuple[list["Other"], list[HabitRest]]:
    return [Other.read(user_habit.user_id, row) for row in user_habit.others or []], streak_cache.rests_around(
        user_habit
    )


def _only(found: list[UserHabit], user: User) -> UserHabit:
    if not found:
        raise UserHabit.DoesNotExist
    # Who asks is at hand already.
    found[0].user = user
    return found[0]


def keep(user_habit: UserHabit, after: Standing) -> None:
    columns = streak_cache.keep(user_habit, after)
    user_habit.save(update_fields=[*columns, "updated_at"])


def replayed(user_habit: UserHabit, *, today: dt.date, calendar: Calendar) -> Standing:
    """After a change in the past: the streak from all its logs, and the row in step with it."""
    user_habit.streak_state = None
    after = streak_cache.stand(user_habit, today=today, calendar=calendar, rests=[])
    keep(user_habit, after)
    return after


def judge(user: User, act: Act, after: Standing, *, today: dt.date) -> Verdict:
    """What the act adds to the person's achievements; nothing is written."""
    tally = act.held.tally
    if not act.counts:
        return Verdict.nothing(tally)
    return achievements.judge(tally, _progress(user, act, after, today=today))


def award(user: User, act: Act, after: Standing, *, today: dt.date) -> list[Achievement]:
    """Counts the act toward the person's achievements; gives those that it earned."""
    return achievements.grant(act.held.tally, judge(user, act, after, today=today), at=act.at)


def take_back(user: User, act: Act, after: Standing, *, today: dt.date) -> None:
    """Uncounts an act that is undone. What it earned stays."""
    if not act.counts:
        return
    achievements.take_back(act.held.tally, _progress(user, act, after, today=today))


def recount(user: User, was: Act, becomes: Act, after: Standing, *, today: dt.date) -> None:
    """One check-in was put right: what it no longer adds is uncounted, what it adds now is counted."""
    old, new = was.details, becomes.details
    same_day = was.completes and becomes.completes
    gone = dataclasses.replace(
        was,
        count_after=was.count_before if same_day else was.count_after,
        details=Details(
            mood=old.mood if new.mood is None else None,
            energy=old.energy if new.energy is None else None,
            note=old.note if not new.note else "",
            weather=old.weather if new.weather != old.weather else "",
        ),
    )
    come = dataclasses.replace(
        becomes,
        count_after=becomes.count_before if same_day else becomes.count_after,
        details=Details(
            mood=new.mood if old.mood is None else None,
            energy=new.energy if old.energy is None else None,
            note=new.note if not old.note else "",
            weather=new.weather if new.weather != old.weather else "",
        ),
    )
    take_back(user, gone, after, today=today)
    award(user, come, after, today=today)


def _progress(user: User, act: Act, after: Standing, *, today: dt.date) -> Progress:
    """The facts that achievements are judged by, the person's other habits among them."""
    others = act.held.others
    active = [other for other in others if other.status == UserHabit.Status.ACTIVE]
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
        hour=user.calendar.hour_of(act.at) if act.day == today else None,
        category=act.user_habit.habit.category.name_en,
        completed=act.completes,
        first_of_day=act.completes and not _done_elsewhere(act, today=today),
        perfect_day=act.completes and act.day == today and _nothing_left(active, day=act.day, rests=act.held.rests),
        days_away=max((act.day - max(last_days)).days - 1, 0) if last_days else 0,
        noted=act.details.noted,
        weather=act.details.weather,
    )


def _done_elsewhere(act: Act, *, today: dt.date) -> bool:
    """Another habit was done on the day of the act. Its row knows of the latest day alone; earlier ones are in the logs."""
    others = act.held.others
    if act.day == today:
        return any(other.done_on(act.day) for other in others if other.did_on(act.day))
    logs = HabitLog.objects.filter(user_habit__in=[other.pk for other in others], local_date=act.day)
    counts = dict(logs.values_list("user_habit").annotate(Sum("completed_count")))
    return any(other.rule.met(counts[other.pk]) for other in others if other.pk in counts)


class Other(NamedTuple):
    """Another habit of the person's, as it stood when its row was last written."""

    user_id: UUID
    key: str
    status: str
    frequency: str
    schedule: str
    target: int
    unit: str | None
    direction: str
    counted_on: dt.date | None
    counted: int
    total_completions: int

    @classmethod
    def read(cls, user_id: UUID, row: list[Any]) -> Self:
        """A row of `_OTHERS` as JSON has it."""
        *before, counted_on, counted, total = row
        day = dt.date.fromisoformat(counted_on) if counted_on else None
        return cls._make([user_id, *before, day, counted, total])

    @property
    def pk(self) -> UUID:
        return UUID(self.key)

    @property
    def rule(self) -> Rule:
        return schedules.known(
            self.frequency, self.schedule, target=self.target, unit=self.unit or "", direction=self.direction
        )

    def did_on(self, day: dt.date) -> bool:
        return self.counted_on == day and self.counted > 0

    def done_on(self, day: dt.date) -> bool:
        return self.rule.met(self.counted if self.counted_on == day else 0)


def _nothing_left(active: list[Other], *, day: dt.date, rests: list[HabitRest]) -> bool:
    """All that the day asks of these habits is done. Who rests is asked nothing."""
    asked = [one for one in active if one.rule.schedule.judged == "day" and one.rule.is_due(day)]
    left = [one for one in asked if not one.done_on(day)]
    return all(any(rest.covers(day) and rest.concerns(one) for rest in rests) for one in left)
