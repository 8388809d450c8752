"""People with random habits of every kind, rests, changed rules, check-ins, events and letters."""

import datetime as dt
from random import Random

from accounts.days import ONE_DAY
from accounts.models import User
from habits import schedules
from habits.models import UserHabit
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitLogFactory, HabitRestFactory, UserHabitFactory
from tests.factories.rest import AppEventFactory, CoachingMessageFactory

MONDAY = dt.date(2026, 6, 1)


def rng(seed: int) -> Random:
    """A source of chance that repeats itself."""
    return Random(seed)  # noqa: S311


def rules(chance: Random, anchor: dt.date) -> schedules.Rule:
    days = sorted(chance.sample(range(1, 8), chance.randint(1, 5)))
    frequency, schedule = chance.choice(
        [
            ("daily", {}),
            ("weekly", {"times": chance.randint(1, 7)}),
            ("custom", {"kind": "weekdays", "days": days}),
            ("custom", {"kind": "interval", "every": chance.randint(2, 4), "from": anchor.isoformat()}),
            ("custom", {"kind": "window", "times": 2, "days": 5}),
            ("custom", {"kind": "weeks", "every": 2, "days": days, "from": MONDAY.isoformat()}),
            ("custom", {"kind": "week_total"}),
            ("custom", {"kind": "month_total"}),
        ]
    )
    direction = chance.choice(["at_least", "at_least", "at_most"])
    return schedules.parse(frequency, schedule, target=chance.randint(1, 3), direction=direction)


def person(chance: Random, first: dt.date, last: dt.date, *, zone: str = "Asia/Seoul", habits: int = 4) -> User:
    """Somebody who has used the service from `first` to `last`."""
    user = UserFactory(timezone=zone, day_start=chance.choice([0, 4]), week_start=chance.choice([1, 7]))
    User.objects.filter(pk=user.pk).update(created_at=user.calendar.bounds(first)[0])
    span = (last - first).days
    for _n in range(habits):
        habit(chance, user, first + chance.randint(0, span // 3) * ONE_DAY, last)
    if chance.random() < 0.5:
        begun = first + chance.randint(0, span) * ONE_DAY
        HabitRestFactory(user=user, user_habit=None, starts_on=begun, ends_on=begun + chance.randint(0, 3) * ONE_DAY)
    for n in range(span + 1):
        since, until = user.calendar.bounds(first + n * ONE_DAY)
        at = since + chance.random() * (until - since)
        for _event in range(chance.randint(0, 4)):
            AppEventFactory(
                user=user, occurred_at=at, event_type=chance.choice(["app_open", "screen_view", "habit_import"])
            )
            at += dt.timedelta(minutes=chance.choice([3, 11, 29, 31, 90]))
        if chance.random() < 0.3:
            CoachingMessageFactory(user=user, sent_at=since + chance.random() * (until - since))
    return user


def habit(chance: Random, user: User, begun: dt.date, last: dt.date) -> UserHabit:
    one = UserHabitFactory(user=user, started_on=begun, started_at=user.calendar.bounds(begun)[0])
    for name, value in rules(chance, begun).columns().items():
        setattr(one, name, value)
    if chance.random() < 0.4:
        one.rules = schedules.Timeline(((begun, one.rule), (begun + 6 * ONE_DAY, rules(chance, begun)))).to_json()
    one.save()
    if chance.random() < 0.4:
        rest = begun + chance.randint(1, 9) * ONE_DAY
        HabitRestFactory(user=user, user_habit=one, starts_on=rest, ends_on=chance.choice([None, rest + 2 * ONE_DAY]))
    for n in range(-1, (last - begun).days + 1):
        if chance.random() < 0.7:
            check_in(chance, one, begun + n * ONE_DAY)
    return one


def check_in(chance: Random, user_habit: UserHabit, day: dt.date) -> None:
    since, until = user_habit.user.calendar.bounds(day)
    HabitLogFactory(
        user_habit=user_habit,
        completed_at=since + chance.random() * (until - since),
        local_date=day,
        completed_count=chance.randint(1, 3),
        mood_score=chance.choice([None, chance.randint(1, 10)]),
        energy_level=chance.choice([None, chance.randint(1, 10)]),
    )
