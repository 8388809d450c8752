"""A model of which badges a simulated person has: one for each kind of criterion, earned once it was ever satisfied.

The model reads the tables after each act and works out the facts in the plainest way: sums from the check-ins, streaks by
folding over all days. What holds only at a moment (a streak, a date) is asked when a day of a habit was just done.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from gamification import achievements, criteria, points
from gamification.criteria import Progress
from gamification.models import Achievement, UserAchievement, UserProgress
from habits import streaks
from habits.models import HabitLog, HabitRest, UserHabit
from tests.factories.rest import AchievementFactory

DAY = dt.timedelta(days=1)
RULES: dict[str, dict[str, Any]] = {
    "streak_days": {"need": 3},
    "streak_weeks": {"need": 2},
    "rested": {"need": 1},
    "protected": {"need": 1},
    "habit_total": {"need": 5},
    "total": {"need": 15},
    "habits": {"need": 4},
    "habits_done": {"need": 2, "times": 3},
    "days": {"need": 6},
    "perfect_days": {"need": 3},
    "perfect_weeks": {"need": 1},
    "hours": {"start": 5, "end": 9, "need": 2},
    "weekdays": {"days": [6, 7], "need": 4},
    "category": {"category": "group 1", "need": 4},
    "categories": {"need": 2, "times": 3},
    "noted": {"what": "mood", "need": 2},
    "weather": {"weather": "rain", "need": 2},
    "seasons": {"need": 1, "days": 5},
    "comeback": {"away": 3},
    "date": {"month": 3, "day": 20},
    "lunar": {"feast": "daeboreum"},
    "reactions": {"need": 2},
    "level": {"need": 2},
    "all": {"of": [{"kind": "streak_days", "need": 2}, {"kind": "habits", "need": 3}]},
    "any": {"of": [{"kind": "habit_total", "need": 7}, {"kind": "streak_weeks", "need": 3}]},
}
# The other details beside the mood.
MORE: dict[str, dict[str, Any]] = {
    f"noted_{what}": {"kind": "noted", "what": what, "need": 2} for what in ("energy", "note", "photo")
}
BADGES = {
    f"of_{name}": rule for name, rule in ({kind: {"kind": kind, **rule} for kind, rule in RULES.items()} | MORE).items()
}
POINTS = 4
# A day is perfect or not by what is due then: while a whole record is replayed it can be perfect for a moment.
PASSING = {"of_perfect_days", "of_perfect_weeks"}

type Amounts = dict[tuple[UUID, dt.date], int]


def make_badges() -> None:
    """One badge of each kind, and no others."""
    Achievement.objects.update(is_active=False)
    for pk, rule in BADGES.items():
        AchievementFactory(id=pk, criteria=rule, points=POINTS)
    achievements.forget_catalogue()


def amounts(person) -> Amounts:
    """What was logged of each habit on each day."""
    found: Counter = Counter()
    for log in HabitLog.objects.filter(user_habit__user=person):
        found[log.user_habit_id, log.local_date] += log.completed_count
    return dict(found)


class EarnedBadges:
    def __init__(self, person) -> None:
        self.person = person
        self.criteria = {pk: criteria.parse(rule) for pk, rule in BADGES.items()}
        self.ever: set[str] = set()
        self.closed_through: dt.date | None = None

    def look(self, total: Mapping[str, int], moments: Iterable[Progress], *, reactions: int) -> None:
        """Adds what the record satisfies now, and what these moments did."""
        level = points.level(UserProgress.objects.get(user=self.person).points)
        whole = Progress(counters=total, level=level)
        facts = [whole, *(replace(one, counters=total) for one in moments)]
        # Letters are answered in acts of their own.
        facts.append(replace(whole, reactions=reactions))
        self.ever |= {pk for pk, one in self.criteria.items() if any(criteria.satisfied(one, fact) for fact in facts)}

    def allow_passing(self) -> None:
        """After a replay of the whole record."""
        self.ever |= self.earned() & PASSING

    def earned(self) -> set[str]:
        return {*UserAchievement.objects.filter(user=self.person).values_list("achievement_id", flat=True)}

    # ── Moments ──

    def done_now(self, before: Amounts, *, today: dt.date) -> list[Progress]:
        """The days of habits that were not done with these amounts and are now."""
        found = []
        for (pk, day), amount in amounts(self.person).items():
            habit = self.person.habits.get(pk=pk)
            rule = habit.timeline.on(day)
            if rule.direction == "at_least" and rule.met(amount) and not rule.met(before.get((pk, day), 0)):
                others = self.person.habits.filter(status="active").exclude(pk=pk).count()
                found.append(self.moment(habit, day, today=today, active=others + 1, away=self.away(day)))
        return found

    def closed_now(self, kept: Mapping[UUID, set[dt.date]]) -> list[Progress]:
        """The days within a limit that were closed since the last look."""
        through = UserProgress.objects.get(user=self.person).closed_through
        if through is None:
            return []
        before, self.closed_through = self.closed_through, through
        days = {(pk, day) for pk, days in kept.items() for day in days if before is None or day > before}
        return [self.kept_moment(pk, day) for pk, day in days]

    def kept_moment(self, pk: UUID, day: dt.date) -> Progress:
        habit = self.person.habits.get(pk=pk)
        return self.moment(habit, day, today=day + DAY, active=self.under_way(day), away=0)

    def whole_record(self, kept: Mapping[UUID, set[dt.date]]) -> list[Progress]:
        """Every day that the record has done, as it was on that day."""
        found = [self.kept_moment(pk, day) for pk, days in kept.items() for day in days]
        for (pk, day), amount in amounts(self.person).items():
            habit = self.person.habits.get(pk=pk)
            rule = habit.timeline.on(day)
            if rule.direction == "at_least" and rule.met(amount):
                active = self.under_way(day, at=self.done_at(habit, day), by=habit)
                found.append(self.moment(habit, day, today=day, active=active, away=self.away(day)))
        return found

    def moment(self, habit: UserHabit, day: dt.date, *, today: dt.date, active: int, away: int) -> Progress:
        streak = self.streak(habit, today=today)
        return Progress(
            streak=streak.current,
            streak_unit=streak.unit,
            rested=streak.rested,
            protected=streak.protected,
            habit_total=streak.total,
            active_habits=active,
            completed=True,
            day=day,
            days_away=away,
        )

    def streak(self, habit: UserHabit, *, today: dt.date) -> streaks.Streak:
        counts: Counter = Counter()
        for log in habit.logs.all():
            counts[log.local_date] += log.completed_count
        start = habit.begins_on(self.person.calendar)
        how = {"rests": self.rests(habit), "week_start": self.person.calendar.week_start}
        return streaks.replay(habit.timeline, start=start, counts=counts, today=today, **how).streak

    def rests(self, habit: UserHabit) -> list[tuple[dt.date, dt.date | None]]:
        found = self.person.rests.all()
        return [(one.starts_on, one.ends_on) for one in found if one.user_habit_id in (None, habit.pk)]

    def away(self, day: dt.date) -> int:
        days = [one for _pk, one in amounts(self.person) if one < day]
        return (day - max(days)).days - 1 if days else 0

    def done_at(self, habit: UserHabit, day: dt.date) -> dt.datetime:
        """The time of the check-in that reached what the day asks for."""
        amount, rule = 0, habit.timeline.on(day)
        for log in habit.logs.filter(local_date=day).order_by("completed_at", "pk"):
            amount += log.completed_count
            if rule.met(amount):
                return log.completed_at
        raise AssertionError(day)

    def under_way(self, day: dt.date, *, at: dt.datetime | None = None, by: UserHabit | None = None) -> int:
        """The habits that had begun by then and were not put aside.

        On the day on which one was chosen it is there from that time on, but for the one that is done itself.
        """
        found = 0
        for habit in self.person.habits.all():
            begun = habit.begins_on(self.person.calendar)
            if habit.timeline.rules[0][1].direction == "at_least":
                begun = min([begun, *(log.local_date for log in habit.logs.all())])
            aside = [
                rest.starts_on
                for rest in self.person.rests.all()
                if rest.user_habit_id in (None, habit.pk) and rest.ends_on is None and rest.kind != HabitRest.Kind.LIMIT
            ]
            later = at is not None and habit != by and day == habit.started_on and habit.started_at > at
            found += begun <= day and not later and not any(first <= day for first in aside)
        return found
