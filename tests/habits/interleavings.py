"""One person, one habit, and whatever may happen to them in any order; told twice and compared.

The service tells it with its locks, kept folds and cached columns. The teller here keeps plain lists of what was logged
and of which rule began when, and asks the slow and obvious replay of tests/habits/test_streaks.py.
"""

import datetime as dt
import random
from uuid import UUID

from uuid6 import uuid7

from accounts.days import Calendar
from habits import archiving, checkins, corrections, editing, enrollment, pauses, streak_cache, streak_rollover
from habits.enrollment import Choice
from habits.models import HabitLog, UserHabit
from habits.schedules import Daily, Interval, Rule, Schedule, Timeline, Weekdays, Weekly, Window
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory
from tests.habits.test_streaks import slow_replay

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# Clocks that go forward, go back, by half an hour, and as far east and west as people live.
ZONES = [
    "Asia/Seoul",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
# Days before the clocks change, and one that is like any other.
BEGINNINGS = [(2026, 3, 3), (2026, 3, 24), (2026, 3, 31), (2026, 9, 1), (2026, 10, 20), (2026, 10, 28), (2026, 6, 9)]


class Teller:
    def __init__(self, seed: int):
        self.rng = random.Random(seed)  # noqa: S311 -- a story to be told again
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
        self.told = [f"seed {seed}: {rule.sentence()} from {self.start} in {self.person.timezone}"]
        self.live_for_a_while()

    # What is known without asking the service.

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

    def live_for_a_while(self) -> None:
        """Weeks that went by already, written straight into the table: freezes want long streaks."""
        days = [self.start + n * DAY for n in range(self.rng.choice([0, 3, 17, 40]))]
        for day in days:
            if self.rng.random() < 0.85:
                self.logs[uuid7()] = (day, self.calendar.at(day, dt.time(12)), self.rng.randint(1, 3))
        HabitLog.objects.bulk_create(
            HabitLog(id=key, user_habit=self.habit, local_date=day, completed_at=at, completed_count=n, target_count=1)
            for key, (day, at, n) in self.logs.items()
        )
        self.now += len(days) * DAY

    # What may happen.

    def step(self) -> None:
        deed = self.rng.choices(DEEDS, WEIGHTS)[0]
        self.told.append(f"{self.now:%m-%d %H:%M} {deed.__name__}")
        deed(self)

    def time_passes(self) -> None:
        self.now += self.rng.choice([HOUR, 5 * HOUR, 20 * HOUR, DAY, DAY, 2 * DAY, 9 * DAY])

    def days_of_doing(self) -> None:
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

    def type_a_total(self) -> None:
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

    def take_up(self) -> None:
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

    def live_a_day_twice(self) -> None:
        """Over the date line westwards, where the day before goes on, and back."""
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Kiritimati"):
            self.person.timezone = zone
            self.person.save()
            if self.rng.random() < 0.7:
                self.check_in()

    def choose_another_week(self) -> None:
        self.person.week_start = self.rng.choice([1, 7])
        self.person.save()

    def midnight_job(self) -> None:
        streak_rollover.roll_over(now=self.now)

    # What must hold.

    def compare(self) -> None:
        row = UserHabit.objects.select_related("habit__category", "user").get(pk=self.habit.pk)
        story = "\n".join(self.told)
        assert streak_cache.counts_by_day(row) == self.counts, story
        rests = [(rest.starts_on, rest.ends_on) for rest in self.person.rests.all()]
        _lines, expected = slow_replay(
            Timeline(tuple(self.rules)),
            start=self.start,
            counts=self.counts,
            rests=rests,
            today=self.today,
            week_start=self.calendar.week_start,
        )
        since = row.streak_through
        stands = streak_cache.current(
            row, today=self.today, calendar=self.calendar, rests=streak_cache.rests_of(row, since=since)
        )
        streak = stands.streak
        assert {name: getattr(streak, name) for name in expected} == expected, story
        assert stands.count == self.counts.get(self.today, 0), story

    def compare_columns(self) -> None:
        """What the row keeps, where it says that it holds for today and for the person's own weeks."""
        streak_rollover.roll_over(now=self.now)
        row = UserHabit.objects.select_related("habit__category", "user").get(pk=self.habit.pk)
        fresh = streak_cache.replay(row, today=self.today, calendar=self.calendar, counts=self.counts)
        state = row.streak_state
        if state is None or row.streak_through != self.today - DAY or state[-1] != fresh.state.sundays:
            return
        assert state == fresh.state.to_json(), "\n".join(self.told)
        kept = (row.current_streak, row.best_streak, row.total_completions)
        assert kept == (fresh.streak.current, fresh.streak.best, fresh.streak.total), "\n".join(self.told)


DEEDS, WEIGHTS = zip(
    (Teller.days_of_doing, 3),
    (Teller.time_passes, 4),
    (Teller.check_in, 6),
    (Teller.check_in_made_offline, 2),
    (Teller.undo_latest, 2),
    (Teller.undo_any, 1),
    (Teller.remove_any, 1),
    (Teller.edit_any, 2),
    (Teller.back_date, 2),
    (Teller.type_a_total, 1),
    (Teller.rest, 2),
    (Teller.end_a_rest, 1),
    (Teller.change_status, 1),
    (Teller.take_up, 2),
    (Teller.change_the_rule, 2),
    (Teller.travel, 2),
    (Teller.live_a_day_twice, 2),
    (Teller.choose_another_week, 1),
    (Teller.midnight_job, 1),
    strict=True,
)


def tell(seed: int, *, steps: int, each: bool = False) -> None:
    """One interleaving, compared at its end, or after `each` of its steps too."""
    teller = Teller(seed)
    for _step in range(steps):
        teller.step()
        if each:
            teller.compare()
    teller.compare()
    teller.compare_columns()
