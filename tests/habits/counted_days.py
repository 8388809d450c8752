"""Simulates one person with several habits, and counts their record without the service.

The service keeps counters of achievements from one change to the next. The simulation does random changes, and
`expected` counts the tables from scratch, in the plainest way that there is. A badge of every kind is earned when the model
of tests/habits/earned_badges.py says that its criterion was ever satisfied, and not otherwise.
"""

import datetime as dt
import random
from collections import Counter
from contextlib import suppress
from uuid import UUID

from uuid6 import uuid7

from coaching import messages
from gamification.criteria import Progress
from gamification.models import ProgressDay, UserAchievement, UserProgress
from habits import (
    archiving,
    check_in_details,
    checkins,
    corrections,
    deletion,
    editing,
    enrollment,
    pauses,
    photos,
    streaks,
)
from habits.enrollment import Choice
from habits.models import HabitLog, UserHabit
from habits.schedules import Daily, Rule, Schedule, Weekdays, Weekly
from habits.transfer import import_writer
from habits.transfer.parsed_file import ParsedDay, ParsedFile, ParsedHabit
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory
from tests.factories.rest import CoachingMessageFactory
from tests.files import pictures
from tests.habits import earned_badges

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
SMALL = pictures.photo(8, 8)
ZONES = ["Asia/Seoul", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"]


class Simulation:
    def __init__(self, seed: int):
        self.rng = random.Random(seed)  # noqa: S311 -- reproducible
        self.now = dt.datetime(2026, 3, 3 + self.rng.randrange(20), self.rng.randrange(24), tzinfo=dt.UTC)
        self.person = UserFactory(
            timezone=self.rng.choice(ZONES),
            day_start=self.rng.choice([0, 4]),
            privacy_settings={"health": True},
        )
        earned_badges.make_badges()
        self.badges, self.moments = earned_badges.EarnedBadges(self.person), list[Progress]()
        self.categories = [HabitCategoryFactory(name_en=f"group {number}") for number in range(3)]
        self.history = [f"seed {seed} in {self.person.timezone}"]
        for _habit in range(3):
            self.choose()

    @property
    def today(self) -> dt.date:
        return self.person.calendar.day_of(self.now)

    def rule(self) -> Rule:
        rng = self.rng
        days = tuple(sorted(rng.sample(range(1, 8), rng.randint(2, 6))))
        schedule: Schedule = rng.choice([Daily(), Daily(), Daily(), Weekly(rng.randint(1, 4)), Weekdays(days)])
        if rng.random() < 0.25:
            return Rule(schedule, rng.randint(0, 2), direction="at_most")
        return Rule(schedule, rng.choice([1, 1, 2, 3]))

    def a_choice(self) -> Choice:
        rule = self.rule()
        return Choice(rule.frequency, rule.schedule.to_json(), rule.target, None, rule.direction)

    def any_habit(self, **filters) -> UserHabit | None:
        found = list(self.person.habits.filter(**filters).order_by("pk"))
        return self.rng.choice(found) if found else None

    # The operations.

    def step(self) -> None:
        operation = self.rng.choices(OPERATIONS, WEIGHTS)[0]
        self.history.append(f"{self.now:%m-%d %H:%M} {operation.__name__}")
        operation(self)

    def choose(self) -> None:
        habit = HabitFactory(category=self.rng.choice(self.categories))
        with suppress(enrollment.PlanFull):
            enrollment.enroll(self.person, habit, choice=self.a_choice(), at=self.now)

    def time_passes(self) -> None:
        self.now += self.rng.choice([HOUR, 7 * HOUR, DAY, DAY, 3 * DAY])

    def details(self, weathers: list[str]) -> check_in_details.Details:
        rng = self.rng
        scores = [None, None, None, 3, 8]
        return check_in_details.Details(
            mood=rng.choice(scores),
            energy=rng.choice(scores),
            note=rng.choice(["", "", "적어 둔 말"]),
            weather=rng.choice(weathers),
        )

    def check_in(self, ago: dt.timedelta = dt.timedelta(0)) -> None:
        if habit := self.any_habit(status="active"):
            how = {"count": self.rng.choice([1, 1, 2]), "details": self.details(["", "", "rain"])}
            before = earned_badges.amounts(self.person)
            with suppress(checkins.TooOld, checkins.OverPlan):
                checkins.check_in(self.person, habit.pk, key=uuid7(), at=self.now - ago, now=self.now, **how)
                self.done_since(before)

    def done_since(self, before: earned_badges.Amounts) -> None:
        self.moments += self.badges.done_now(before, today=self.today)

    def check_in_all(self) -> None:
        for habit in self.person.habits.filter(status="active").order_by("pk"):
            if habit.direction == "at_least":
                before = earned_badges.amounts(self.person)
                with suppress(checkins.TooOld, checkins.OverPlan):
                    checkins.check_in(self.person, habit.pk, key=uuid7(), at=self.now, now=self.now, count=3)
                    self.done_since(before)
                    self.compare()

    def check_in_made_offline(self) -> None:
        self.check_in(self.rng.randint(1, 60) * HOUR)

    def back_date(self) -> None:
        if habit := self.any_habit():
            day, clock = self.today - self.rng.randint(0, 20) * DAY, self.rng.choice([None, dt.time(5, 30)])
            before = earned_badges.amounts(self.person)
            with suppress(checkins.CheckInRefused):
                corrections.add(self.person, habit.pk, key=uuid7(), day=day, clock=clock, now=self.now, count=1)
                self.done_since(before)

    def photograph(self) -> None:
        if log := self.any_log():
            photos.add(self.person, log.user_habit_id, log.pk, sent=[SMALL], now=self.now)

    def answer(self) -> None:
        message = CoachingMessageFactory(user=self.person, sent_at=self.now, read_at=self.now)
        messages.react(message, reaction="like", at=self.now)

    def any_log(self) -> HabitLog | None:
        found = list(HabitLog.objects.filter(user_habit__user=self.person).order_by("completed_at", "pk"))
        return self.rng.choice(found) if found else None

    def undo(self) -> None:
        if log := self.any_log():
            checkins.undo(self.person, log.user_habit_id, now=self.now, log_id=log.pk)

    def edit(self) -> None:
        if log := self.any_log():
            clock, count = dt.time(self.rng.randrange(24), 10), self.rng.randint(1, 3)
            details = self.details(["", "snow"])
            # What it completes counts as done by the edit, whatever it had completed before.
            before = earned_badges.amounts(self.person)
            before[log.user_habit_id, log.local_date] -= log.completed_count
            how = {"count": count, "clock": clock, "details": details, "now": self.now}
            with suppress(checkins.InTheFuture):
                corrections.edit(self.person, log.user_habit_id, log.pk, **how)
                self.done_since(before)

    def describe(self) -> None:
        if log := self.any_log():
            details = self.details(["wind"])
            checkins.describe(self.person, log.user_habit_id, log.pk, details=details, now=self.now)

    def change_the_rule(self) -> None:
        if habit := self.any_habit():
            editing.edit_habit(self.person, habit.pk, name="새 이름", choice=self.a_choice(), at=self.now)

    def rest(self) -> None:
        habit = self.rng.choice([None, self.any_habit()])
        first = self.today + self.rng.randint(-8, 3) * DAY
        last = self.rng.choice([None, first, first + 3 * DAY])
        pauses.pause(self.person, habit and habit.pk, starts_on=first, ends_on=last, at=self.now)

    def end_a_rest(self) -> None:
        rests = list(self.person.rests.order_by("created_at", "id"))
        if rests:
            pauses.end(self.person, self.rng.choice(rests).pk, at=self.now)

    def change_status(self) -> None:
        if habit := self.any_habit():
            status = self.rng.choice(["active", "active", "paused", "archived"])
            with suppress(enrollment.PlanFull):
                archiving.change_status(self.person, habit.pk, status=status, at=self.now)

    def travel(self) -> None:
        self.person.timezone = self.rng.choice(ZONES)
        self.person.save()

    def remove(self) -> None:
        if self.person.habits.count() > 2 and (habit := self.any_habit()):
            deletion.delete_habit(self.person, habit.pk, at=self.now)

    def bring_in(self) -> None:
        first = self.today - self.rng.randint(5, 40) * DAY
        days = {first + n * DAY: ParsedDay(self.rng.randint(1, 2)) for n in range(5) if self.rng.random() < 0.8}
        habit = ParsedHabit(str(uuid7()), "옮긴 습관", self.rule(), days=days, first_on=first, last_on=first + 4 * DAY)
        file = ParsedFile("loop", self.today, habits=[habit])
        import_writer.write(self.person.pk, file, ["add"], now=self.now)
        through = UserProgress.objects.get(user=self.person).closed_through
        self.moments += self.badges.whole_record(Tables(self.person, through).kept_by_habit)
        self.badges.allow_passing()

    # The comparison.

    def compare(self) -> None:
        told = "\n".join(self.history)
        days = {row.day: row.counters for row in ProgressDay.objects.filter(user=self.person)}
        row = UserProgress.objects.get(user=self.person)
        tables = Tables(self.person, row.closed_through)
        wanted = tables.counted()
        assert {day: Counter(counters) for day, counters in days.items()} == wanted, told
        total: Counter = sum(wanted.values(), Counter())
        total["perfect_weeks"] = full_weeks({day for day, counters in wanted.items() if counters["perfect"]})
        assert Counter(row.counters) == +total, told
        badges = UserAchievement.objects.filter(user=self.person).values_list("points_earned", flat=True)
        assert row.points == total["times"] + sum(badges), told
        moments = [*self.moments, *self.badges.closed_now(tables.kept_by_habit)]
        self.badges.look(+total, moments, reactions=messages.count_reactions(self.person.pk))
        self.moments.clear()
        earned = self.badges.earned()
        missing, extra = sorted(self.badges.ever - earned), sorted(earned - self.badges.ever)
        assert (missing, extra) == ([], []), f"missing {missing}, not earned {extra}\n{told}"


OPERATIONS, WEIGHTS = zip(
    (Simulation.time_passes, 5),
    (Simulation.check_in, 5),
    (Simulation.check_in_all, 3),
    (Simulation.check_in_made_offline, 2),
    (Simulation.back_date, 2),
    (Simulation.undo, 2),
    (Simulation.edit, 2),
    (Simulation.describe, 1),
    (Simulation.change_the_rule, 2),
    (Simulation.rest, 1),
    (Simulation.end_a_rest, 1),
    (Simulation.change_status, 1),
    (Simulation.travel, 1),
    (Simulation.remove, 1),
    (Simulation.choose, 1),
    (Simulation.bring_in, 1),
    (Simulation.answer, 1),
    (Simulation.photograph, 0.3),
    strict=True,
)


def full_weeks(perfect: set[dt.date]) -> int:
    weeks = Counter(day.isocalendar()[:2] for day in perfect)
    return sum(days == 7 for days in weeks.values())


class Tables:
    """What the tables hold of a person, read once, and what each day counts by it."""

    def __init__(self, person, closed_through: dt.date | None):
        self.person, self.closed_through = person, closed_through
        self.habits = list(person.habits.select_related("habit__category"))
        self.rests = list(person.rests.all())
        logs = HabitLog.objects.filter(user_habit__user=person).order_by("completed_at", "pk")
        self.logs: dict[UUID, list[HabitLog]] = {habit.pk: [] for habit in self.habits}
        for log in logs:
            self.logs[log.user_habit_id].append(log)
        self.kept = {habit.pk: self.kept_days(habit) for habit in self.habits}

    @property
    def kept_by_habit(self) -> dict[UUID, set[dt.date]]:
        """The closed days on which each habit stayed within its limit."""
        return {pk: days for pk, days in self.kept.items() if days}

    def counted(self) -> dict[dt.date, Counter]:
        days = {log.local_date for logs in self.logs.values() for log in logs}.union(*self.kept.values())
        counted = {day: self.day_of(day) for day in days}
        return {day: counters for day, counters in counted.items() if counters}

    def rests_of(self, habit: UserHabit) -> list[tuple[dt.date, dt.date | None]]:
        return [(rest.starts_on, rest.ends_on) for rest in self.rests if rest.user_habit_id in (None, habit.pk)]

    def kept_days(self, habit: UserHabit) -> set[dt.date]:
        if self.closed_through is None:
            return set()
        amounts: Counter = Counter()
        for log in self.logs[habit.pk]:
            amounts[log.local_date] += log.completed_count
        ledger = streaks.replay(
            habit.timeline,
            start=habit.started_on,
            counts=amounts,
            today=self.closed_through + DAY,
            rests=self.rests_of(habit),
            week_start=self.person.calendar.week_start,
        ).ledger
        at_most = [entry for entry in ledger if habit.timeline.on(entry.day).direction == "at_most"]
        return {entry.day for entry in at_most if entry.reason == "done" and entry.day <= self.closed_through}

    def day_of(self, day: dt.date) -> Counter:  # noqa: C901 -- one plain pass
        counters: Counter = Counter()
        asked = []
        for habit in self.habits:
            rule, logs = habit.timeline.on(day), [log for log in self.logs[habit.pk] if log.local_date == day]
            for log in logs:
                counters["logs"] += 1
                if log.weather:
                    counters[f"weather.{log.weather}"] += 1
                given = {
                    "mood": log.mood_score is not None,
                    "energy": log.energy_level is not None,
                    "note": log.notes is not None,
                    "photo": bool(log.image_urls),
                }
                counters.update(f"noted.{what}" for what, is_given in given.items() if is_given)
            amount = sum(log.completed_count for log in logs)
            done = rule.direction == "at_least" and rule.met(amount)
            if done or day in self.kept[habit.pk]:
                counters.update(["times", f"category.{habit.habit.category.name_en}", f"weekday.{day.isoweekday()}"])
                counters[f"habit.{habit.pk.hex[-12:]}"] += 1
                counters["days"] = counters[f"month.{day.month}"] = 1
            if done:
                sums = [sum(log.completed_count for log in logs[: n + 1]) for n in range(len(logs))]
                hour = next(log.local_hour for log, so_far in zip(logs, sums, strict=True) if rule.met(so_far))
                if hour is not None:
                    counters[f"hour.{hour}"] += 1
            if self.is_asked(habit, day):
                asked.append(rule.met(amount))
        if counters["days"] and asked and all(asked):
            counters["perfect"] = 1
        return +counters

    def is_asked(self, habit: UserHabit, day: dt.date) -> bool:
        rule = habit.timeline.on(day)
        begun = habit.started_on or habit.started_at.date()
        if habit.timeline.rules[0][1].direction == "at_least":
            begun = min([begun, *(log.local_date for log in self.logs[habit.pk] if log.local_date)])
        resting = any(first <= day and (last is None or day <= last) for first, last in self.rests_of(habit))
        return rule.schedule.judged == "day" and rule.is_due(day) and begun <= day and not resting


def run(seed: int, *, steps: int) -> None:
    """Runs one simulation and compares after every step."""
    simulation = Simulation(seed)
    for _step in range(steps):
        simulation.step()
        simulation.compare()
