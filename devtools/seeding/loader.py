"""Seeded people into the database, a few at a time, all of them or none."""

import dataclasses
import datetime as dt
import gc
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from random import Random

from allauth.account.models import EmailAddress
from django.db import connection, models, transaction

from accounts.models import User
from analytics.models import AppEvent, UserAnalytics
from billing.entitlements import DEFAULTS
from billing.models import SubscriptionPlan
from coaching.models import AIPromptTemplate, CoachingMessage
from core.db import bulk_copy, partitions
from devtools.seeding import awards, coach_messages, histories, people, rows
from devtools.seeding.histories import Life
from gamification import criteria
from gamification.models import Achievement, UserProgress
from habits.models import Habit, HabitLog

BATCH = 25


@dataclasses.dataclass(frozen=True)
class World:
    """The content that lives are made of."""

    habits: list[Habit]
    plans: dict[str, SubscriptionPlan]
    achievements: awards.Catalogue
    templates: list[AIPromptTemplate]

    @classmethod
    def read(cls) -> "World":
        found = Achievement.objects.filter(is_active=True).order_by("sort_order", "id")
        return cls(
            habits=list(Habit.objects.in_catalogue().select_related("category").in_order()),
            plans=SubscriptionPlan.objects.in_bulk(),
            achievements=[(achievement, criteria.parse(achievement.criteria)) for achievement in found],
            templates=list(AIPromptTemplate.objects.exclude(rule_template=None).order_by("name", "version")),
        )


@dataclasses.dataclass
class Sown:
    people: int = 0
    logs: int = 0
    log_seconds: float = 0.0  # to make, write and check the logs

    @property
    def logs_a_second(self) -> float:
        return self.logs / self.log_seconds if self.log_seconds else 0.0

    @contextmanager
    def timing_logs(self) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.log_seconds += time.perf_counter() - begun


type Sprout = tuple[Random, Life]


class AlreadySown(Exception):
    """The addresses of a seed belong to people who are there already."""


def seed(number: int, *, days: int, seed: int, until: dt.date, password: str) -> Sown:
    """`number` people with at most `days` days each, up to `until`. `password` is a hash. Raises AlreadySown."""
    if User.objects.filter(email=people.address(1)).exists():
        raise AlreadySown
    world = World.read()
    lives_to_live = (_seeded(world, seed, one, days=days, until=until) for one in range(1, number + 1))
    return sow(world, lives_to_live, first=until - dt.timedelta(days=days), until=until, password=password)


def _seeded(world: World, seed: int, number: int, *, days: int, until: dt.date) -> Sprout:
    rng = people.generator(seed, number)
    person = people.person(rng, number, days=days, until=until)
    life = histories.begin(rng, person, _chosen(rng, world, person.plan_id), until=until)
    histories.rest_at_times(rng, life)
    return rng, life


def _chosen(rng: Random, world: World, plan_id: str) -> list[Habit]:
    """As many as the plan allows and a person keeps up with."""
    most = world.plans[plan_id].limits.get("max_habits", DEFAULTS["max_habits"])
    number = rng.randint(2, most) if most > 0 else rng.randint(4, 8)
    return sorted(world.habits, key=lambda habit: rng.random() * _appeal(habit))[:number]


def _appeal(habit: Habit) -> float:
    """Lower is liked better: what staff recommend, and what is counted glass by glass."""
    counted = 1 < habit.default_target_count <= histories.TAPPED
    return (0.4 if habit.is_featured else 1.0) * (0.5 if counted else 1.0)


def sow(world: World, sprouts: Iterable[Sprout], *, first: dt.date, until: dt.date, password: str) -> Sown:
    """Lives each life and writes all it leaves. `first` and `until` are the first and last days of any of them."""
    months = partitions.between(first - dt.timedelta(days=1), until + dt.timedelta(days=1))
    for table, column in partitions.partitioned():
        partitions.ensure_months(table, column, months)
    sown, waiting = Sown(), iter(sprouts)
    with transaction.atomic():
        while _sow_some(world, waiting, sown, password=password):
            pass
    return sown


def _sow_some(world: World, waiting: Iterator[Sprout], sown: Sown, *, password: str) -> bool:
    lived: list[Sprout] = []
    # The logs go first, the server writing one life while the next is lived; their foreign keys wait for the rest.
    _constraints("DEFERRED")
    with sown.timing_logs(), _uncollected():
        sown.logs += bulk_copy.copy(HabitLog, rows.LOG_COLUMNS, _logs(islice(waiting, BATCH), lived))
    sown.people += len(lived)
    _write_the_rest(world, lived, password=password)
    with sown.timing_logs():
        _constraints("IMMEDIATE")
    return len(lived) == BATCH


def _constraints(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL {when}")


@contextmanager
def _uncollected() -> Iterator[None]:
    """A batch of lives is a few hundred thousand small objects that all stay: looking them through is a fifth of the work."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _logs(sprouts: Iterable[Sprout], lived: list[Sprout]) -> Iterator[rows.Row]:
    for rng, life in sprouts:
        lived.append((rng, life))
        histories.live(rng, life)
        histories.settle(life)
        yield from map(rows.log_row, life.logs())


def _write_the_rest(world: World, lived: list[Sprout], *, password: str) -> None:
    instances: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    days: list[rows.Row] = []
    events: list[rows.Row] = []
    for rng, life in lived:
        tally = awards.judge(life, world.achievements)
        its_letters = list(coach_messages.letters(rng, life, world.templates))
        for instance in _instances(rng, life, tally, its_letters, world, password=password):
            instances[type(instance)].append(instance)
        days += rows.days(rng, life, its_letters)
        events += rows.events(rng, life, tally, its_letters)
    for model, its in instances.items():
        model._default_manager.bulk_create(its)
    bulk_copy.copy(UserAnalytics, rows.ANALYTICS_COLUMNS, days)
    bulk_copy.copy(AppEvent, rows.EVENT_COLUMNS, events)


def _instances(
    rng: Random, life: Life, tally: awards.Tally, its_letters: list[CoachingMessage], world: World, *, password: str
) -> Iterator[models.Model]:
    person, user = life.person, rows.account(life, password=password)
    for doing in life.doings:
        doing.row.user = user
    yield user
    yield EmailAddress(user_id=person.id, email=person.email, verified=True, primary=True)
    yield from rows.agreements(rng, person)
    yield from rows.payments(rng, life, world.plans[person.plan_id])
    yield from (doing.row for doing in life.doings)
    yield from life.rests
    yield UserProgress(user_id=person.id, counters=tally.counters, points=tally.points)
    yield from rows.achievements(rng, life, tally)
    yield from its_letters
    yield from rows.notifications(rng, user, life, tally, its_letters)
