"""What the check-ins earn: each act put before gamification's own criteria, in the order in which they were made."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from devtools.seeding.histories import Doing, Life, Log
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
class Tally:
    """What gamification keeps for a person."""

    counters: dict[str, int] = dataclasses.field(default_factory=dict)
    points: int = 0
    earned: list[Earned] = dataclasses.field(default_factory=list)


def judge(life: Life, catalogue: Catalogue) -> Tally:
    """All that `life` earns. Its habits must have been settled."""
    tally, open_ = Tally(), list(catalogue)
    facts = _Facts(life)
    for log in life.logs():
        facts.turn_to(log)
        noted = _noted(log)
        if log.completes or noted:
            progress = facts.progress(log, noted)
            tally.counters = criteria.count(tally.counters, progress)
            progress = dataclasses.replace(progress, counters=tally.counters, level=points.level(tally.points))
            won = [entry for entry in open_ if criteria.satisfied(entry[1], progress)]
            for achievement, _criterion in won:
                tally.earned.append(Earned(achievement, log.at, progress))
                tally.points += achievement.points
            open_ = [entry for entry in open_ if entry not in won] if won else open_
        facts.add(log)
    return tally


def _noted(log: Log) -> frozenset[Note]:
    given: dict[Note, bool] = {"mood": log.mood is not None, "energy": log.energy is not None, "note": bool(log.note)}
    return frozenset(name for name, is_given in given.items() if is_given)


class _Facts:
    """How a person stood at each check-in, as `habits.checkins` would have read it from the rows."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._calendar = life.person.calendar
        self._day, self._next_start = dt.date.min, NEVER
        self._active = 0  # how many habits are under way on the day
        self._asked: list[Doing] = []  # those of them that a perfect day needs
        self._today: dict[Doing, int] = {}
        self._totals: dict[Doing, int] = {}
        self._last_day: dt.date | None = None
        self._states = {
            doing: streaks.begin(doing.timeline, start=doing.started_on, counts={}) for doing in life.doings
        }
        first, last = life.person.first_day, life.until
        self._rested = {doing: streaks.rested_days(doing.rests, first, last) for doing in life.doings}
        # A habit of "at most" is done when its day closes, without a check-in.
        self._closed = {doing: _done_before(doing) for doing in life.doings if not doing.at_least}

    def turn_to(self, log: Log) -> None:
        """To its day, and to the habits chosen by then."""
        if log.day == self._day and log.at < self._next_start:
            return
        if log.day != self._day:
            self._day, self._today = log.day, {}
        doings = self._life.doings
        self._next_start = min((start for doing in doings if (start := doing.row.started_at) > log.at), default=NEVER)
        under_way = [doing for doing in doings if _under_way(doing, log)]
        self._active = len(under_way)
        self._asked = [doing for doing in under_way if self._asks(doing, log.day)]
        for doing, done_before in self._closed.items():
            self._totals[doing] = done_before[max((log.day - doing.started_on).days, 0)]

    def add(self, log: Log) -> None:
        self._today[log.doing] = self._today.get(log.doing, 0) + log.amount
        self._last_day = log.day

    def progress(self, log: Log, noted: frozenset[Note]) -> Progress:
        """With `log`, which is added after it."""
        streak = self._streak(log)
        self._totals[log.doing] = streak.total
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
            category=log.doing.row.habit.category.name_en,
            completed=log.completes,
            first_of_day=log.completes
            and not any(self._is_done(doing) for doing in self._today if doing is not log.doing),
            perfect_day=log.completes and all(self._is_done(doing) for doing in self._asked if doing is not log.doing),
            days_away=max((log.day - self._last_day).days - 1, 0) if self._last_day else 0,
            noted=noted,
        )

    def _streak(self, log: Log) -> Streak:
        doing = log.doing
        self._states[doing] = state = streaks.advance(
            self._states[doing],
            timeline=doing.timeline,
            counts=doing.counts,
            today=log.day,
            rests=doing.rests,
            week_start=self._calendar.week_start,
        )
        count = self._today.get(doing, 0) + log.amount
        return streaks.with_today(state, timeline=doing.timeline, count=count, today=log.day, rests=doing.rests)

    def _asks(self, doing: Doing, day: dt.date) -> bool:
        return doing.rule.schedule.judged == "day" and doing.rule.is_due(day) and day not in self._rested[doing]

    def _is_done(self, doing: Doing) -> bool:
        return doing.rule.met(self._today.get(doing, 0))


def _done_before(doing: Doing) -> list[int]:
    """For each day from the first, on how many days before it the habit was done."""
    return [0, *accumulate(entry.reason is Reason.DONE for entry in doing.ledger)]


def _under_way(doing: Doing, log: Log) -> bool:
    paused = doing.rests[-1][0] if doing.rests and doing.rests[-1][1] is None else dt.date.max
    return doing.row.started_at <= log.at and log.day < paused
