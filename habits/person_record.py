"""A person's record: habits with their rules, rests and check-ins. Pure but for `read`.

    record = read(user, first=…, last=…)     with the check-ins of these days; of all days without them
    record.day_counters(day)                 what the day counts towards achievements
    record.acts(through=…)                   everything that was done, in order, each with what its day counted then

What a day counts depends on the record alone, so whatever changes the record asks for its days again
(habits/check_in_rewards.py). A habit that asks for at least an amount is done by the check-in that reaches it, in the order
of time; one that allows at most an amount is done when its day is closed (`closed_through`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Min, Q, QuerySet

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from gamification.counters import DayCounters, Note
from gamification.criteria import Progress
from gamification.replays import Act
from habits import streaks
from habits.models import HabitLog, HabitRest, UserHabit, Weather
from habits.schedules import Rule, Timeline
from habits.streaks import Reason, Streak

type Span = tuple[dt.date, dt.date | None]


def habit_key(user_habit_id: UUID) -> str:
    """The short name of a habit in the names of counters."""
    return user_habit_id.hex[-12:]


class RecordedLog(NamedTuple):
    """One check-in. `order` decides between check-ins of the same instant."""

    at: dt.datetime
    order: UUID
    amount: int
    hour: int | None
    noted: frozenset[Note]
    weather: str


@dataclass(eq=False)
class RecordedHabit:
    """One habit with its rules, rests and check-ins by day, each day's in the order of time."""

    pk: UUID
    category: str
    timeline: Timeline
    begins_on: dt.date
    started_at: dt.datetime
    rests: list[Span] = field(default_factory=list)
    logs: dict[dt.date, list[RecordedLog]] = field(default_factory=dict)
    # The first days of pauses without an end.
    ended_on: list[dt.date] = field(default_factory=list)
    # The first day with a check-in, whether or not its check-ins are known.
    first_logged: dt.date | None = None

    @property
    def key(self) -> str:
        return habit_key(self.pk)

    @cached_property
    def counts(self) -> dict[dt.date, int]:
        return {day: sum(log.amount for log in logs) for day, logs in self.logs.items()}

    @cached_property
    def first_day(self) -> dt.date:
        """The first judged day, as in `streaks.first_day`."""
        if self.timeline.rules[0][1].direction == "at_most" or self.first_logged is None:
            return self.begins_on
        return min(self.begins_on, self.first_logged)

    @property
    def reduces(self) -> bool:
        """Whether it is, or was, a habit of which a day is done when it closes."""
        return any(rule.direction == "at_most" for _first, rule in self.timeline.rules)

    def rule(self, day: dt.date) -> Rule:
        return self.timeline.on(day)

    def rests_on(self, day: dt.date) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last in self.rests)

    def is_under_way(self, day: dt.date) -> bool:
        """Whether it is one of the habits that the person does on this day."""
        return self.first_day <= day and not any(first <= day for first in self.ended_on)

    def has_started(self, day: dt.date, at: dt.datetime) -> bool:
        """Whether it was there already, on the day on which it was chosen."""
        return day != self.begins_on or self.started_at <= at

    def asks_on(self, day: dt.date) -> bool:
        """Whether the day is perfect only if this is done.

        A habit that is judged by the week never asks.
        """
        rule = self.rule(day)
        due = rule.schedule.judged == "day" and rule.is_due(day)
        return due and self.first_day <= day and not self.rests_on(day)

    def kept_days(self, *, through: dt.date, calendar: Calendar) -> set[dt.date]:
        """The closed days, through this one, on which it stayed within its limit."""
        replay = streaks.replay(
            self.timeline,
            start=self.begins_on,
            counts=self.counts,
            today=through + ONE_DAY,
            rests=self.rests,
            week_start=calendar.week_start,
        )
        return {
            entry.day
            for entry in replay.ledger
            if entry.reason is Reason.DONE and entry.day <= through and self.rule(entry.day).direction == "at_most"
        }

    def standings(self, days: Iterable[dt.date], *, calendar: Calendar) -> Iterator[tuple[dt.date, Streak]]:
        """The streak on each of these days while it is open, or closed for a habit to reduce.

        The days are in order, and all check-ins must be known.
        """
        state = streaks.begin(self.timeline, start=self.begins_on, counts=self.counts)
        for day in days:
            at_most = self.rule(day).direction == "at_most"
            today = day + ONE_DAY if at_most else day
            if today <= state.through:
                continue
            state = streaks.advance(
                state,
                timeline=self.timeline,
                counts=self.counts,
                today=today,
                rests=self.rests,
                week_start=calendar.week_start,
            )
            count = 0 if at_most else self.counts.get(day, 0)
            yield day, streaks.with_today(state, timeline=self.timeline, count=count, today=today, rests=self.rests)


@dataclass
class PersonRecord:
    """The habits of one person. Days through `closed_through` are closed for habits to reduce."""

    calendar: Calendar
    habits: list[RecordedHabit]
    closed_through: dt.date | None = None

    @property
    def days(self) -> list[dt.date]:
        """The days that count something, in order."""
        logged = {day for habit in self.habits for day in habit.logs}
        return sorted(logged.union(*self._kept.values()))

    @cached_property
    def _kept(self) -> dict[RecordedHabit, set[dt.date]]:
        if self.closed_through is None:
            return {}
        return {
            habit: habit.kept_days(through=self.closed_through, calendar=self.calendar)
            for habit in self.habits
            if habit.reduces
        }

    def reduced_on(self, day: dt.date) -> list[RecordedHabit]:
        """The habits to reduce that were kept on this closed day."""
        return [habit for habit, days in self._kept.items() if day in days]

    def day_counters(self, day: dt.date) -> dict[str, int]:
        """What the day counts."""
        counters = DayCounters(day)
        for habit in self.habits:
            logs = habit.logs.get(day, [])
            for log in logs:
                counters.check_in(log.noted, log.weather)
            done_by = completing(habit.rule(day), logs)
            if done_by is not None:
                counters.completion(habit=habit.key, category=habit.category, hour=done_by.hour)
        for habit in self.reduced_on(day):
            counters.completion(habit=habit.key, category=habit.category, hour=None)
        counters.perfect("days" in counters.counters and self._all_met(day))
        return counters.counters

    def _all_met(self, day: dt.date) -> bool:
        """Whether the day asks for something, and all of it is done."""
        asked = [habit.rule(day).met(habit.counts.get(day, 0)) for habit in self.habits if habit.asks_on(day)]
        return bool(asked) and all(asked)

    def acts(self) -> Iterator[Act]:
        """Everything that was done, in order, with all check-ins known."""
        standings = {
            habit: dict(habit.standings(sorted({*habit.logs, *self._kept.get(habit, ())}), calendar=self.calendar))
            for habit in self.habits
        }
        last: dt.date | None = None
        for day in self.days:
            away = (day - last).days - 1 if last else 0
            yield from self._acts_of(day, standings, away=max(away, 0))
            if any(day in habit.logs for habit in self.habits):
                last = day

    def _acts_of(
        self, day: dt.date, standings: dict[RecordedHabit, dict[dt.date, Streak]], *, away: int
    ) -> Iterator[Act]:
        counters, counts = DayCounters(day), dict[RecordedHabit, int]()
        # Asked once a day: a person with ten habits has ten check-ins, each of which looks at all ten.
        rules = {habit: habit.rule(day) for habit in self.habits}
        asks = [habit for habit in self.habits if habit.asks_on(day)]
        under_way = [habit for habit in self.habits if habit.is_under_way(day)]
        logs = sorted(
            ((log, habit) for habit in self.habits for log in habit.logs.get(day, [])), key=lambda one: one[0][:2]
        )
        for log, habit in logs:
            counters.check_in(log.noted, log.weather)
            before, rule = counts.get(habit, 0), rules[habit]
            counts[habit] = before + log.amount
            completes = rule.completes(counts[habit]) and not rule.met(before)
            if completes:
                counters.completion(habit=habit.key, category=habit.category, hour=log.hour)
            asked = [one for one in asks if one.has_started(day, log.at)]
            met = all(rules[one].met(counts.get(one, 0)) for one in asked)
            counters.perfect("days" in counters.counters and bool(asked) and met)
            facts = Progress(day=day)
            if completes:
                # A check-in can be dated before the time at which its habit was chosen.
                there = sum(one is habit or one.has_started(day, log.at) for one in under_way)
                facts = _done(habit, standings[habit].get(day), day, under_way=there, away=away)
            yield Act(log.at, day, dict(counters.counters), facts)
        closed = self.reduced_on(day)
        for habit in closed:
            counters.completion(habit=habit.key, category=habit.category, hour=None)
        if closed:
            counters.perfect(self._all_met(day))
        for habit in closed:
            facts = _done(habit, standings[habit].get(day), day, under_way=len(under_way), away=0)
            yield Act(self.calendar.bounds(day)[1], day, dict(counters.counters), facts, "day_closed")


def progress_of(streak: Streak | None, **facts: Any) -> Progress:
    """The facts of a habit's streak, with others of its act."""
    if streak is None:
        return Progress(**facts)
    return Progress(
        streak=streak.current,
        streak_unit=streak.unit,
        rested=streak.rested,
        protected=streak.protected,
        habit_total=streak.total,
        **facts,
    )


def _done(habit: RecordedHabit, streak: Streak | None, day: dt.date, *, under_way: int, away: int) -> Progress:
    return progress_of(streak, completed=True, day=day, active_habits=under_way, days_away=away, habit=habit.key)


def completing(rule: Rule, logs: list[RecordedLog]) -> RecordedLog | None:
    """The check-in that reaches the day's target; None for habits to reduce."""
    count = 0
    for log in logs:
        count += log.amount
        if rule.completes(count):
            return log
    return None


def read(
    users: Iterable[User], *, first: dt.date | None = None, last: dt.date | None = None
) -> dict[UUID, PersonRecord]:
    """The records of these people.

    Between `first` and `last` all check-ins are known, without them those of all days.

    Of habits to reduce all are: their days are judged by the fold over all of them.
    """
    records = {user.pk: PersonRecord(user.calendar, []) for user in users}
    habits: dict[UUID, RecordedHabit] = {}
    unknown: list[UUID] = []
    for row in UserHabit.objects.filter(user__in=records).select_related("habit__category").order_by("pk"):
        habits[row.pk] = one = RecordedHabit(
            pk=row.pk,
            category=row.habit.category.name_en,
            timeline=row.timeline,
            begins_on=row.begins_on(records[row.user_id].calendar),
            started_at=row.started_at,
            first_logged=_first_logged(row),
        )
        records[row.user_id].habits.append(one)
        if row.first_logged_on is None and (row.counted_on or row.streak_through is None):
            unknown.append(row.pk)
    _add_rests(records, habits)
    _find_first_logged(habits, unknown)
    whole = [pk for pk, habit in habits.items() if first is None or habit.reduces]
    if whole:
        _add_logs(habits, HabitLog.objects.filter(user_habit__in=whole))
    if first is not None:
        others = habits.keys() - whole
        _add_logs(habits, HabitLog.objects.of_days(first, last or first).filter(user_habit__in=others))
    return records


def _first_logged(row: UserHabit) -> dt.date | None:
    # The row keeps the day whose last check-in was taken back, if it was the only one.
    is_empty = not row.counted and row.first_logged_on == row.counted_on
    return None if is_empty else row.first_logged_on


def _find_first_logged(habits: dict[UUID, RecordedHabit], unknown: list[UUID]) -> None:
    """Reads it from the logs for rows that were written by SQL and have never been rebuilt."""
    if unknown:
        logs = HabitLog.objects.filter(user_habit__in=unknown)
        for pk, day in logs.values_list("user_habit").annotate(Min("local_date")):
            habits[pk].first_logged = day


def _add_rests(records: dict[UUID, PersonRecord], habits: dict[UUID, RecordedHabit]) -> None:
    rests = HabitRest.objects.filter(user__in=records).values_list("user", "user_habit", "kind", "starts_on", "ends_on")
    for user, pk, kind, starts_on, ends_on in rests:
        for habit in [habits[pk]] if pk else records[user].habits:
            habit.rests.append((starts_on, ends_on))
            if ends_on is None and kind != HabitRest.Kind.LIMIT:
                habit.ended_on.append(starts_on)


def _add_logs(habits: dict[UUID, RecordedHabit], logs: QuerySet[HabitLog]) -> None:
    by_day: dict[tuple[UUID, dt.date], list[RecordedLog]] = defaultdict(list)
    rows = logs.exclude(local_date=None).values_list(
        "user_habit",
        "local_date",
        "completed_at",
        "pk",
        "completed_count",
        "local_hour",
        "mood_score",
        "energy_level",
        ExpressionWrapper(Q(notes__isnull=True), output_field=BooleanField()),
        "image_urls",
        "weather",
    )
    for pk, day, at, key, count, hour, mood, energy, no_note, photos, weather in rows:
        given: dict[Note, bool] = {
            "mood": mood is not None,
            "energy": energy is not None,
            "note": not no_note,
            "photo": bool(photos),
        }
        noted = frozenset(name for name, is_given in given.items() if is_given)
        known = weather if weather in Weather else ""
        by_day[pk, day].append(RecordedLog(at, key, count, hour, noted, known))
    for (pk, day), found in by_day.items():
        habits[pk].logs[day] = sorted(found, key=lambda log: log[:2])
