"""What 300 invented achievements cost a check-in, and how fast records are looked through for a new one.

The records are those of 100,000 people with ten million check-ins; a back-fill is measured for BACKFILL_SECONDS, because
each batch of people costs the same.
"""

import datetime as dt
import resource
import statistics
import time

from django.db import transaction
from uuid6 import uuid7

from accounts.models import User
from bench import crowd
from bench.people import Group
from bench.report import Section, number
from bench.stage import Stage
from gamification import achievements, backfills, criteria, progress_tally
from gamification.models import Achievement
from habits import check_in_rewards, checkins
from habits.models import HabitLog, UserHabit

INVENTED = 300
HABITS = 200
# Each did its one habit on two of three of these days.
PEOPLE, DAYS = 100_000, 150
BACKFILL_SECONDS = 30
# Four habits of ten years make 9,700 check-ins.
IMPORTED_HABITS, IMPORTED_DAYS = 4, 3650


def section(stage: Stage) -> Section:
    """Checks in habits with ten years of history, in turn with and without the invented achievements."""
    rows = [
        (f"a check-in beside {INVENTED} invented achievements ÷ one without them", number(_ratio(stage), 2), "≤ 1.05"),
        *_import(stage),
        *_crowd(stage),
    ]
    return Section("The catalogue of achievements", ("what", "value", "aim"), rows)


def _import(stage: Stage) -> list[tuple[str, str, str]]:
    """The pass that earns what an imported record of ten years earned."""
    group = Group("import", people=1, days=IMPORTED_DAYS, now=stage.now, habits=IMPORTED_HABITS)
    [person] = group.people
    logs = HabitLog.objects.filter(user_habit__user=person).count()
    begun = time.perf_counter()
    with transaction.atomic():
        tally = progress_tally.lock(person.pk, day=group.today)
        check_in_rewards.earn_record(person, tally, now=stage.now, act="import")
    return [
        (f"an import of {logs:,} check-ins, what they earn, seconds", number(time.perf_counter() - begun, 2), "≤ 2")
    ]


def _crowd(stage: Stage) -> list[tuple[str, str, str]]:
    people, through = stage.scale.of(PEOPLE), stage.now.date() - dt.timedelta(days=1)
    print(f"joining {people:,} people with {people * DAYS * 2 // 3:,} check-ins", flush=True)
    crowd.join("badges", people=people, habits=1, through=through, days=DAYS)
    crowd.count_up("badges", days=DAYS * 2 // 3)
    crowd.address()
    found = [
        *_preview("a sum", {"kind": "total", "need": DAYS // 3}, now=stage.now),
        *_preview("a moment", {"kind": "streak_days", "need": 2}, now=stage.now),
        *_backfill(stage),
    ]
    crowd.leave("badges")
    return found


def _preview(of: str, criterion: dict[str, object], *, now: dt.datetime) -> list[tuple[str, str, str]]:
    found = backfills.preview(criteria.parse(criterion), now=now)
    kind = "estimate" if found.is_estimate else "count"
    return [(f"a preview of {of} among {found.people:,} people, {kind}, seconds", number(found.seconds, 2), "≤ 5")]


def _backfill(stage: Stage) -> list[tuple[str, str, str]]:
    """Batches of a back-fill of a streak, which reads each record; nothing is granted."""
    entry = achievements.Entry(
        Achievement(pk="asked", points=0, criteria={}), criteria.parse({"kind": "streak_days", "need": 3000})
    )
    people = User.objects.filter(email_index__startswith="crowd badges ").order_by("pk")
    before, begun, seen = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter(), 0
    while time.perf_counter() - begun < BACKFILL_SECONDS and (batch := list(people[seen : seen + backfills.BATCH])):
        list(backfills.who_earned(entry, batch, now=stage.now))
        seen += len(batch)
    took = time.perf_counter() - begun
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    each = HabitLog.objects.filter(user_habit__user__in=people[:seen]).count()
    return [
        (f"a back-fill among {people.count():,} people, check-ins read a second", number(each / took, 0), "-"),
        ("memory that it gained, MB", number(memory), "≤ 50"),
    ]


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
