"""What 300 invented achievements beside the shipped ones cost a check-in, and how fast a back-fill reads records."""

import datetime as dt
import statistics
import time
from dataclasses import dataclass

from uuid6 import uuid7

from accounts.models import User
from gamification import achievements, backfills
from gamification.criteria import Criterion
from gamification.models import Achievement
from habits import checkins
from habits.models import HabitLog, UserHabit

INVENTED = 300
ROUNDS = 5


@dataclass(frozen=True)
class CatalogueCost:
    """`ratio`: a check-in with the invented achievements ÷ one without. `logs_a_second`: read by a back-fill."""

    ratio: float
    logs_a_second: float


def measure(people: list[User], habits: list[UserHabit], *, now: dt.datetime) -> CatalogueCost:
    """Checks in all habits of a day again and again, in turn with and without the invented achievements."""
    times: dict[bool, list[float]] = {False: [], True: []}
    invented = [
        Achievement(
            id=f"invented_{n}", name=f"{n}", description="", icon="circle", criteria=_criterion(n), is_active=False
        )
        for n in range(INVENTED)
    ]
    Achievement.objects.bulk_create(invented)
    for number in range(2 * ROUNDS):
        with_them = bool(number % 2)
        Achievement.objects.filter(id__startswith="invented_").update(is_active=with_them)
        achievements.forget_catalogue()
        achievements.watch()
        times[with_them].append(_check_in_all(habits, at=now - dt.timedelta(days=2 * ROUNDS - number)))
    Achievement.objects.filter(id__startswith="invented_").delete()
    achievements.forget_catalogue()
    ratio = statistics.median(times[True]) / statistics.median(times[False])
    return CatalogueCost(ratio, _logs_a_second(people, now=now))


def _criterion(number: int) -> dict[str, object]:
    """Criteria of many kinds that nobody reaches: each is looked at as often as it can be."""
    kinds: list[dict[str, object]] = [
        {"kind": "streak_days", "need": 3000 + number},
        {"kind": "total", "need": 90_000 + number},
        {"kind": "days", "need": 3300 + number},
        {"kind": "weekdays", "days": [1, 2, 3, 4, 5, 6, 7], "need": 90_000 + number},
        {"kind": "hours", "start": 0, "end": 24, "need": 90_000 + number},
        {"kind": "category", "category": "health", "need": 90_000 + number},
        {"kind": "lunar", "feast": "dano"},
    ]
    return kinds[number % len(kinds)]


def _check_in_all(habits: list[UserHabit], *, at: dt.datetime) -> float:
    begun = time.perf_counter()
    for habit in habits:
        checkins.check_in(habit.user, habit.pk, key=uuid7(), at=at, now=at)
    return (time.perf_counter() - begun) / len(habits)


def _logs_a_second(people: list[User], *, now: dt.datetime) -> float:
    entry = achievements.Entry(Achievement(pk="asked", points=0, criteria={}), _parsed())
    begun = time.perf_counter()
    list(backfills.who_earned(entry, people, now=now))
    return HabitLog.objects.filter(user_habit__user__in=people).count() / (time.perf_counter() - begun)


def _parsed() -> Criterion:
    found = achievements.parsed(Achievement(pk="asked", criteria={"kind": "streak_days", "need": 3000}))
    assert found is not None  # noqa: S101 -- a constant
    return found
