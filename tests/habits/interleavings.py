"""Simulates one person with one habit: random operations in any order, compared with a simple model.

The service runs with its locks, stored states and cached columns. The simulation keeps plain lists of the logs and of the
rules with their first days, and computes the streak with the slow replay of tests/habits/test_streaks.py.
"""

import datetime as dt
import random
from uuid import UUID

from uuid6 import uuid7

from accounts.days import Calendar
from habits import (
    archiving,
    checkins,
    closed_days,
    corrections,
    editing,
    enrollment,
    pauses,
    streak_cache,
    streak_rollover,
    streaks,
)
from habits.enrollment import Choice
from habits.models import HabitLog, UserHabit
from habits.schedules import Daily, Interval, Rule, Schedule, Timeline, Weekdays, Weekly, Window
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory
from tests.habits.test_streaks import slow_replay

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# Zones whose clocks change by an hour or half an hour, and the zones furthest east and west.
ZONES = [
    "Asia/Seoul",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
# Days before the clocks change, and one ordinary day.
BEGINNINGS = [(2026, 3, 3), (2026, 3, 24), (2026, 3, 31), (2026, 9, 1), (2026, 10, 20), (2026, 10, 28), (2026, 6, 9)]


class Simulation:
    def __init__(self, seed: int):
        self.rng = random.Random(seed)  # noqa: S311 -- reproducible
        rng = self.rng
        self.now = dt.datetime(*rng.choice(BEGINNINGS), rng.randrange(24), rng.randrange(60), tzinfo=dt.UTC)
        self.person = UserFactory(
            timezone=rng.choice(ZONES), day_start=rng.choice([0, 0, 4]), week_start=rng.choice([1, 7])
        )
        rule = self.any_rule()
        self.habit = enrollment.enroll(self.person, HabitFactory(), choice=self.choice(rule), at=self.now)
        self.start = self.today
        self.rules = [(dt.date.min, rule)]
        self.logs: dict[UUID, tuple[dt.date, dt.datetime, int]] = {}
        self.history = [f"seed {seed}: {rule.sentence()} from {self.start} in {self.person.timezone}"]
        self.write_past_weeks()

    # The model, computed without the service.

    @property
    def calendar(self) -> Calendar:
        return self.person.calendar

    @property
    def today(self) -> dt.date:
        return self.calendar.day_of(self.now)

    @property
    def counts(self) -> dict[dt.date, int]:
        counts: dict[dt.date, int] = {}
        for day, _at, count in self.logs.values():
            counts[day] = counts.get(day, 0) + count
        return counts

    def any_rule(self) -> Rule:
        rng = self.rng
        kinds: list[Schedule] = [
            Daily(),
            Daily(),
            Weekly(rng.randint(1, 7)),
            Weekdays(tuple(sorted(rng.sample(range(1, 8), rng.randint(1, 7))))),
            Interval(rng.randint(2, 4), self.today if hasattr(self, "person") else self.now.date()),
            Window(2, rng.randint(3, 6)),
        ]
        schedule = rng.choice(kinds)
        if rng.random() < 0.25:
            return Rule(schedule, rng.randint(0, 2), direction="at_most")
        return Rule(schedule, rng.randint(1, 3))

    @staticmethod
    def choice(rule: Rule) -> Choice:
        return Choice(rule.frequency, rule.schedule.to_json(), rule.target, None, rule.direction)

    def write_past_weeks(self) -> None:
        """Writes past weeks directly into the table: freezes need long streaks."""
        days = [self.start + n * DAY for n in range(self.rng.choice([0, 3, 17, 40]))]
        for day in days:
            if self.rng.random() < 0.85:
                self.logs[uuid7()] = (day, self.calendar.at(day, dt.time(12)), self.rng.randint(1, 3))
        HabitLog.objects.bulk_create(
            HabitLog(id=key, user_habit=self.habit, local_date=day, completed_at=at, completed_count=n, target_count=1)
            for key, (day, at, n) in self.logs.items()
        )
        self.now += len(days) * DAY

    # The operations.

    def step(self) -> None:
        operation = self.rng.choices(OPERATIONS, WEIGHTS)[0]
        self.history.append(f"{self.now:%m-%d %H:%M} {operation.__name__}")
        operation(self)

    def time_passes(self) -> None:
        self.now += self.rng.choice([HOUR, 5 * HOUR, 20 * HOUR, DAY, DAY, 2 * DAY, 9 * DAY])

    def several_days(self) -> None:
        for _day in range(self.rng.randint(2, 4)):
            self.now += DAY
            self.check_in()

    def check_in(self, at: dt.datetime | None = None) -> None:
        key, at, count = uuid7(), at or self.now, self.rng.randint(1, 3)
        day = self.calendar.day_of(at)
        for _again in range(self.rng.choice([1, 1, 2])):  # a double tap has one key
            try:
                checkins.check_in(self.person, self.habit.pk, key=key, at=at, now=self.now, count=count)
            except checkins.NotActive:
                assert not UserHabit.objects.get(pk=self.habit.pk).is_active
                return
            except checkins.TooOld:
                assert day < min(self.start, self.today)
                return
        self.logs[key] = (day, at, count)

    def check_in_made_offline(self) -> None:
        self.check_in(self.now - self.rng.randint(1, 90) * HOUR)

    def undo_latest(self) -> None:
        todays = [(at, key) for key, (day, at, _count) in self.logs.items() if day == self.today]
        undone = checkins.undo(self.person, self.habit.pk, now=self.now)
        assert (undone.log_id if undone else None) == (max(todays)[1] if todays else None)
        if undone:
            del self.logs[undone.log_id]

    def undo_any(self) -> None:
        if self.logs:
            key = self.rng.choice(list(self.logs))
            for _again in range(2):
                checkins.undo(self.person, self.habit.pk, now=self.now, log_id=key)
            del self.logs[key]

    def remove_any(self) -> None:
        if self.logs:
            key = self.rng.choice(list(self.logs))
            corrections.remove(self.person, self.habit.pk, key, now=self.now)
            del self.logs[key]

    def edit_any(self) -> None:
        if not self.logs:
            return
        key = self.rng.choice(list(self.logs))
        day, count = self.logs[key][0], self.rng.randint(1, 4)
        clock = dt.time(self.rng.randrange(24), self.rng.randrange(60))
        try:
            outcome = corrections.edit(
                self.person, self.habit.pk, key, count=count, clock=clock, details=corrections.NO_DETAILS, now=self.now
            )
        except checkins.InTheFuture:
            return
        assert outcome is not None
        self.logs[key] = (day, HabitLog.objects.get(pk=key).completed_at, count)

    def back_date(self) -> None:
        key, day, count = uuid7(), self.today - self.rng.randint(0, 12) * DAY, self.rng.randint(1, 3)
        try:
            corrections.add(self.person, self.habit.pk, key=key, day=day, now=self.now, count=count)
        except checkins.TooOld:
            assert self.rules[0][1].direction == "at_most"
            assert day < min(self.start, self.today)
            return
        self.logs[key] = (day, HabitLog.objects.get(pk=key).completed_at, count)

    def set_a_total(self) -> None:
        day, total = self.today - self.rng.randint(0, 2) * DAY, self.rng.randint(0, 5)
        try:
            corrections.set_total(self.person, self.habit.pk, key=uuid7(), day=day, total=total, now=self.now)
        except checkins.TooOld:
            return
        assert streak_cache.counts_on(self.habit, day=day) == total
        self.logs = {key: log for key, log in self.logs.items() if log[0] != day}
        for log in HabitLog.objects.filter(user_habit=self.habit, local_date=day):
            self.logs[log.pk] = (day, log.completed_at, log.completed_count)

    def rest(self) -> None:
        first = self.today + self.rng.randint(-6, 4) * DAY
        last = self.rng.choice([None, first + self.rng.randint(0, 6) * DAY])
        which = self.rng.choice([self.habit.pk, self.habit.pk, None])
        if self.rng.random() < 0.5:
            pauses.skip(self.person, which, day=first, at=self.now)
        else:
            pauses.pause(self.person, which, starts_on=first, ends_on=last, at=self.now)

    def end_a_rest(self) -> None:
        rests = list(self.person.rests.order_by("created_at", "id"))
        if rests:
            pauses.end(self.person, self.rng.choice(rests).pk, at=self.now)

    def change_status(self) -> None:
        archiving.change_status(
            self.person, self.habit.pk, status=self.rng.choice(["active", "active", "paused", "archived"]), at=self.now
        )

    def activate(self) -> None:
        for rest in self.person.rests.covering(self.today):
            pauses.end(self.person, rest.pk, at=self.now)
        archiving.change_status(self.person, self.habit.pk, status="active", at=self.now)

    def change_the_rule(self) -> None:
        rule, day = self.any_rule(), self.today
        editing.edit_habit(self.person, self.habit.pk, name="다른 이름", choice=self.choice(rule), at=self.now)
        if self.start >= day and not any(logged < day for logged, _at, _count in self.logs.values()):
            self.rules = [(dt.date.min, rule)]
            return
        self.rules = [(first, one) for first, one in self.rules if first < day]
        if self.rules[-1][1] != rule:
            self.rules.append((day, rule))

    def travel(self) -> None:
        self.person.timezone = self.rng.choice(ZONES)
        self.person.day_start = self.rng.choice([0, 0, 4])
        self.person.save()

    def cross_the_date_line(self) -> None:
        """Travels west over the date line, where it is the day before, and back."""
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Kiritimati"):
            self.person.timezone = zone
            self.person.save()
            if self.rng.random() < 0.7:
                self.check_in()

    def choose_another_week(self) -> None:
        self.person.week_start = self.rng.choice([1, 7])
        self.person.save()

    def look_back(self) -> None:
        """Opens the page of its years, which keeps what it finds."""
        row = UserHabit.objects.select_related("habit__category", "user").get(pk=self.habit.pk)
        self.compare_closed_days(row, [(rest.starts_on, rest.ends_on) for rest in self.person.rests.all()])

    def roll_over(self) -> None:
        streak_rollover.roll_over(now=self.now)

    # The comparisons.

    def compare_ledger(self, row: UserHabit, rests: list) -> None:
        """What is folded from the end of a month equals the end of the replay."""
        before = streak_cache.month_state_before(row, self.today, self.calendar)
        if before is None:
            return
        again = streak_cache.replay(row, today=self.today, calendar=self.calendar, counts=self.counts, rests=rests)
        folded = streak_cache.ledger(
            row,
            after=before,
            counts=streak_cache.counts_by_day(row, after=before),
            today=self.today,
            calendar=self.calendar,
            rests=rests,
        )
        history = "\n".join(self.history)
        assert before in again.month_states, history
        assert folded == again.ledger[-len(folded) :], history

    def compare_closed_days(self, row: UserHabit, rests: list) -> None:
        """What is kept of closed days, and goes on from there, equals the replay."""
        again = streak_cache.replay(row, today=self.today, calendar=self.calendar, counts=self.counts, rests=rests)
        past = closed_days.read(row, today=self.today, calendar=self.calendar, rests=rests)
        history = "\n".join(self.history)
        assert past.reasons_since(dt.date.min) == {entry.day: entry.reason for entry in again.ledger}, history
        assert past.longest() == streaks.longest(again.ledger, most=closed_days.MOST_RUNS), history
        known = {day: count for day, count in self.counts.items() if day >= past.first}
        assert {day: count for day, count in past.counts.items() if day >= past.first} == known, history

    def compare(self) -> None:
        row = UserHabit.objects.select_related("habit__category", "user").get(pk=self.habit.pk)
        history = "\n".join(self.history)
        assert streak_cache.counts_by_day(row) == self.counts, history
        rests = [(rest.starts_on, rest.ends_on) for rest in self.person.rests.all()]
        self.compare_ledger(row, rests)
        self.compare_closed_days(row, rests)
        _lines, expected = slow_replay(
            Timeline(tuple(self.rules)),
            start=self.start,
            counts=self.counts,
            rests=rests,
            today=self.today,
            week_start=self.calendar.week_start,
        )
        since = row.streak_through
        standing = streak_cache.current(
            row, today=self.today, calendar=self.calendar, rests=streak_cache.rests_of(row, since=since)
        )
        streak = standing.streak
        assert {name: getattr(streak, name) for name in expected} == expected, history
        assert standing.count == self.counts.get(self.today, 0), history

    def compare_columns(self) -> None:
        """Compares the columns of a row that is valid for today and for the person's start of the week."""
        streak_rollover.roll_over(now=self.now)
        row = UserHabit.objects.select_related("habit__category", "user").get(pk=self.habit.pk)
        fresh = streak_cache.replay(row, today=self.today, calendar=self.calendar, counts=self.counts)
        state = row.streak_state
        if state is None or row.streak_through != self.today - DAY or state[-1] != fresh.state.sundays:
            return
        assert state == fresh.state.to_json(), "\n".join(self.history)
        stored = (row.current_streak, row.best_streak, row.total_completions)
        assert stored == (fresh.streak.current, fresh.streak.best, fresh.streak.total), "\n".join(self.history)


OPERATIONS, WEIGHTS = zip(
    (Simulation.several_days, 3),
    (Simulation.time_passes, 4),
    (Simulation.check_in, 6),
    (Simulation.check_in_made_offline, 2),
    (Simulation.undo_latest, 2),
    (Simulation.undo_any, 1),
    (Simulation.remove_any, 1),
    (Simulation.edit_any, 2),
    (Simulation.back_date, 2),
    (Simulation.set_a_total, 1),
    (Simulation.rest, 2),
    (Simulation.end_a_rest, 1),
    (Simulation.change_status, 1),
    (Simulation.activate, 2),
    (Simulation.change_the_rule, 2),
    (Simulation.travel, 2),
    (Simulation.cross_the_date_line, 2),
    (Simulation.choose_another_week, 1),
    (Simulation.roll_over, 1),
    (Simulation.look_back, 3),
    strict=True,
)


def run(seed: int, *, steps: int, each: bool = False) -> None:
    """Runs one interleaving and compares at its end, with `each` also after every step."""
    simulation = Simulation(seed)
    for _step in range(steps):
        simulation.step()
        if each:
            simulation.compare()
    simulation.compare()
    simulation.compare_columns()
