"""What 300 invented achievements beside the shipped ones cost a check-in, and how fast a back-fill reads records."""

import datetime as dt
import statistics
import time

from uuid6 import uuid7

from accounts.models import User
from bench.report import Section, number
from bench.stage import Stage
from gamification import achievements, backfills
from gamification.criteria import Criterion
from gamification.models import Achievement
from habits import checkins
from habits.models import HabitLog, UserHabit

INVENTED = 300
HABITS = 200


def section(stage: Stage) -> Section:
    """Checks in habits with ten years of history, in turn with and without the invented achievements."""
    rows = [
        (f"a check-in beside {INVENTED} invented achievements ÷ one without them", number(_ratio(stage), 2), "≤ 1.05"),
        ("a back-fill, check-ins read a second", number(_logs_a_second(stage.decade.people, now=stage.now), 0), "-"),
    ]
    return Section("The catalogue of achievements", ("what", "value", "aim"), rows)


def _ratio(stage: Stage) -> float:
    habits = stage.decade.habits[: stage.scale.of(HABITS)]
    times: dict[bool, list[float]] = {False: [], True: []}
    invented = [
        Achievement(
            id=f"invented_{n}", name=f"{n}", description="", icon="circle", criteria=_criterion(n), is_active=False
        )
        for n in range(INVENTED)
    ]
    Achievement.objects.bulk_create(invented)
    for turn in range(2 * stage.scale.rounds):
        with_them = bool(turn % 2)
        Achievement.objects.filter(id__startswith="invented_").update(is_active=with_them)
        achievements.forget_catalogue()
        achievements.watch()
        stage.decade.forget_today()
        times[with_them].append(_check_in_all(habits, at=stage.now))
    stage.decade.forget_today()
    Achievement.objects.filter(id__startswith="invented_").delete()
    achievements.forget_catalogue()
    return statistics.median(times[True]) / statistics.median(times[False])


def _criterion(nth: int) -> dict[str, object]:
    """Criteria of many kinds that nobody reaches: each is looked at as often as it can be."""
    kinds: list[dict[str, object]] = [
        {"kind": "streak_days", "need": 3000 + nth},
        {"kind": "total", "need": 90_000 + nth},
        {"kind": "days", "need": 3300 + nth},
        {"kind": "weekdays", "days": [1, 2, 3, 4, 5, 6, 7], "need": 90_000 + nth},
        {"kind": "hours", "start": 0, "end": 24, "need": 90_000 + nth},
        {"kind": "category", "category": "health", "need": 90_000 + nth},
        {"kind": "lunar", "feast": "dano"},
    ]
    return kinds[nth % len(kinds)]


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
