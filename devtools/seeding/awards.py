"""Achievements and points of a history, judged by gamification's own criteria in order."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from devtools.seeding.histories import HabitHistory, Log, PersonHistory
from gamification import criteria, points
from gamification.criteria import Criterion, Note, Progress
from gamification.models import Achievement
from habits import streaks
from habits.streaks import Reason, Streak

NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)

type Catalogue = Sequence[tuple[Achievement, Criterion]]


class Earned(NamedTuple):
    achievement: Achievement
    at: dt.datetime
    progress: Progress


@dataclasses.dataclass(slots=True)
class PersonAwards:
    """A person's counters, points and achievements, as gamification stores them."""

    counters: dict[str, int] = dataclasses.field(default_factory=dict)
    points: int = 0
    earned: list[Earned] = dataclasses.field(default_factory=list)


def evaluate(history: PersonHistory, catalogue: Catalogue) -> PersonAwards:
    """Everything that a history earns. Its ledgers must have been computed."""
    awarded, remaining = PersonAwards(), list(catalogue)
    tracker = _ProgressTracker(history)
    for log in history.logs():
        tracker.move_to(log)
        noted = _details_of(log)
        if log.completes or noted:
            progress = tracker.progress(log, noted)
            awarded.counters = criteria.count(awarded.counters, progress)
            progress = dataclasses.replace(progress, counters=awarded.counters, level=points.level(awarded.points))
            won = [entry for entry in remaining if criteria.satisfied(entry[1], progress)]
            for achievement, _criterion in won:
                awarded.earned.append(Earned(achievement, log.at, progress))
                awarded.points += achievement.points
            remaining = [entry for entry in remaining if entry not in won] if won else remaining
        tracker.add(log)
    return awarded


def _details_of(log: Log) -> frozenset[Note]:
    given: dict[Note, bool] = {"mood": log.mood is not None, "energy": log.energy is not None, "note": bool(log.note)}
    return frozenset(name for name, is_given in given.items() if is_given)


class _ProgressTracker:
    """A person's progress at each check-in, as `habits.checkins` would read it from the rows."""

    def __init__(self, history: PersonHistory) -> None:
        self._life = history
        self._calendar = history.person.calendar
        self._day, self._next_start = dt.date.min, NEVER
        self._active = 0  # how many habits are active on the day
        self._due: list[HabitHistory] = []  # the active habits that a perfect day needs
        self._today: dict[HabitHistory, int] = {}
        self._totals: dict[HabitHistory, int] = {}
        self._last_day: dt.date | None = None
        self._states = {
            habit: streaks.begin(habit.timeline, start=habit.started_on, counts={}) for habit in history.habits
        }
        first, last = history.person.first_day, history.until
        self._rested = {habit: streaks.rested_days(habit.rests, first, last) for habit in history.habits}
        # An "at most" habit is done when its day ends, without a check-in.
        self._at_most = {habit: _done_before(habit) for habit in history.habits if not habit.at_least}

    def move_to(self, log: Log) -> None:
        """Moves on to the day of `log` and to the habits started by then."""
        if log.day == self._day and log.at < self._next_start:
            return
        if log.day != self._day:
            self._day, self._today = log.day, {}
        habits = self._life.habits
        self._next_start = min((start for habit in habits if (start := habit.row.started_at) > log.at), default=NEVER)
        active = [habit for habit in habits if _is_active(habit, log)]
        self._active = len(active)
        self._due = [habit for habit in active if self._is_due(habit, log.day)]
        for habit, done_before in self._at_most.items():
            self._totals[habit] = done_before[max((log.day - habit.started_on).days, 0)]

    def add(self, log: Log) -> None:
        self._today[log.habit] = self._today.get(log.habit, 0) + log.amount
        self._last_day = log.day

    def progress(self, log: Log, noted: frozenset[Note]) -> Progress:
        """The progress including `log`, which is added afterwards."""
        streak = self._streak(log)
        self._totals[log.habit] = streak.total
        return Progress(
            streak=streak.current,
            streak_unit=streak.unit,
            rested=streak.rested,
            protected=streak.protected,
            habit_total=streak.total,
            total=sum(self._totals.values()),
            active_habits=self._active,
            day=log.day,
            hour=self._calendar.hour_of(log.at),
            category=log.habit.row.habit.category.name_en,
            completed=log.completes,
            first_of_day=log.completes
            and not any(self._is_done(habit) for habit in self._today if habit is not log.habit),
            perfect_day=log.completes and all(self._is_done(habit) for habit in self._due if habit is not log.habit),
            days_away=max((log.day - self._last_day).days - 1, 0) if self._last_day else 0,
            noted=noted,
        )

    def _streak(self, log: Log) -> Streak:
        habit = log.habit
        self._states[habit] = state = streaks.advance(
            self._states[habit],
            timeline=habit.timeline,
            counts=habit.counts,
            today=log.day,
            rests=habit.rests,
            week_start=self._calendar.week_start,
        )
        count = self._today.get(habit, 0) + log.amount
        return streaks.with_today(state, timeline=habit.timeline, count=count, today=log.day, rests=habit.rests)

    def _is_due(self, habit: HabitHistory, day: dt.date) -> bool:
        return habit.rule.schedule.judged == "day" and habit.rule.is_due(day) and day not in self._rested[habit]

    def _is_done(self, habit: HabitHistory) -> bool:
        return habit.rule.met(self._today.get(habit, 0))


def _done_before(habit: HabitHistory) -> list[int]:
    """For each day from the first, the number of earlier days on which the habit was done."""
    return [0, *accumulate(entry.reason is Reason.DONE for entry in habit.ledger)]


def _is_active(habit: HabitHistory, log: Log) -> bool:
    paused = habit.rests[-1][0] if habit.rests and habit.rests[-1][1] is None else dt.date.max
    return habit.row.started_at <= log.at and log.day < paused
