"""Writes seeded people into the database in batches, in one transaction."""

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
from devtools.seeding.histories import PersonHistory
from gamification import achievements
from gamification.achievements import Watch
from gamification.models import ProgressDay, UserProgress
from gamification.replays import ReplayResult
from habits.models import Habit, HabitLog

BATCH = 25


@dataclasses.dataclass(frozen=True)
class SeedContent:
    """The catalogue, plans, achievements and templates that histories are made of."""

    habits: list[Habit]
    plans: dict[str, SubscriptionPlan]
    achievements: Watch
    templates: list[AIPromptTemplate]

    @classmethod
    def read(cls) -> "SeedContent":
        return cls(
            habits=list(Habit.objects.in_catalogue().select_related("category").in_order()),
            plans=SubscriptionPlan.objects.in_bulk(),
            achievements=Watch(achievements.live_entries()),
            templates=list(AIPromptTemplate.objects.exclude(rule_template=None).order_by("name", "version")),
        )


@dataclasses.dataclass
class SeedResult:
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


type SeededPerson = tuple[Random, PersonHistory]


class AlreadySeeded(Exception):
    """The addresses of a seed belong to existing people."""


def seed(number: int, *, days: int, seed: int, until: dt.date, password: str) -> SeedResult:
    """`number` people with at most `days` days each, up to `until`.

    `password` is a hash. Raises AlreadySeeded.
    """
    if User.objects.filter(email=people.address(1)).exists():
        raise AlreadySeeded
    content = SeedContent.read()
    planned = (_plan(content, seed, one, days=days, until=until) for one in range(1, number + 1))
    return write(content, planned, first=until - dt.timedelta(days=days), until=until, password=password)


def _plan(content: SeedContent, seed: int, number: int, *, days: int, until: dt.date) -> SeededPerson:
    rng = people.random_for(seed, number)
    person = people.person(rng, number, days=days, until=until)
    history = histories.start(rng, person, chosen(rng, content, person.plan_id), until=until)
    histories.add_random_pauses(rng, history)
    return rng, history


def chosen(rng: Random, content: SeedContent, plan_id: str) -> list[Habit]:
    """Templates for one person: as many as their plan allows and they can manage."""
    most = content.plans[plan_id].limits.get("max_habits", DEFAULTS["max_habits"])
    number = rng.randint(2, most) if most > 0 else rng.randint(4, 8)
    return sorted(content.habits, key=lambda habit: rng.random() * _appeal(habit))[:number]


def _appeal(habit: Habit) -> float:
    """A lower value is preferred: habits that staff recommend, and habits with small counts."""
    counted = 1 < habit.default_target_count <= histories.TAPPED
    return (0.4 if habit.is_featured else 1.0) * (0.5 if counted else 1.0)


def write(
    content: SeedContent, planned: Iterable[SeededPerson], *, first: dt.date, until: dt.date, password: str
) -> SeedResult:
    """Generates each history and writes all its rows.

    `first` and `until` are the first and last day of all histories.
    """
    months = partitions.between(first - dt.timedelta(days=1), until + dt.timedelta(days=1))
    for table, column in partitions.partitioned():
        partitions.ensure_months(table, column, months)
    result, remaining = SeedResult(), iter(planned)
    with transaction.atomic():
        while _write_batch(content, remaining, result, password=password):
            pass
    return result


def _write_batch(content: SeedContent, remaining: Iterator[SeededPerson], result: SeedResult, *, password: str) -> bool:
    batch: list[SeededPerson] = []
    # Logs are written first, while the next history is generated; their foreign keys are checked at the end.
    _set_constraints("DEFERRED")
    with result.timing_logs(), _without_garbage_collection():
        result.logs += bulk_copy.copy(HabitLog, rows.LOG_COLUMNS, _logs(islice(remaining, BATCH), batch))
    result.people += len(batch)
    _write_other_rows(content, batch, password=password)
    with result.timing_logs():
        _set_constraints("IMMEDIATE")
    return len(batch) == BATCH


def _set_constraints(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL {when}")


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Disables garbage collection, which takes a fifth of the time.

    A batch is some hundred thousand small objects that all stay.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _logs(planned: Iterable[SeededPerson], batch: list[SeededPerson]) -> Iterator[rows.Row]:
    for rng, history in planned:
        batch.append((rng, history))
        histories.add_check_ins(rng, history)
        histories.compute_streaks(history)
        yield from map(rows.log_row, history.logs())


def _write_other_rows(content: SeedContent, batch: list[SeededPerson], *, password: str) -> None:
    instances: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    days: list[rows.Row] = []
    events: list[rows.Row] = []
    for rng, history in batch:
        awarded = awards.evaluate(history, content.achievements)
        messages = list(coach_messages.generate(rng, history, content.templates))
        for instance in _instances(rng, history, awarded, messages, content, password=password):
            instances[type(instance)].append(instance)
        days += rows.days(rng, history, messages)
        events += rows.events(rng, history, awarded, messages)
    for model, rows_of_model in instances.items():
        model._default_manager.bulk_create(rows_of_model)
    bulk_copy.copy(UserAnalytics, rows.ANALYTICS_COLUMNS, days)
    bulk_copy.copy(AppEvent, rows.EVENT_COLUMNS, events)


def _instances(
    rng: Random,
    history: PersonHistory,
    awarded: ReplayResult,
    messages: list[CoachingMessage],
    content: SeedContent,
    *,
    password: str,
) -> Iterator[models.Model]:
    person, user = history.person, rows.account(history, password=password)
    for habit in history.habits:
        habit.row.user = user
    yield user
    yield EmailAddress(user_id=person.id, email=person.email, verified=True, primary=True)
    yield from rows.given_consents(rng, person)
    yield from rows.payments(rng, history, content.plans[person.plan_id])
    yield from (habit.row for habit in history.habits)
    yield from history.rests
    closed = history.until - dt.timedelta(days=1) if any(not habit.at_least for habit in history.habits) else None
    yield UserProgress(user_id=person.id, counters=awarded.counters, points=awarded.points, closed_through=closed)
    for day, counters in awarded.days.items():
        yield ProgressDay(user_id=person.id, day=day, counters=counters, id=people.new_id(rng, history.ends_at))
    yield from rows.achievements(rng, history, awarded)
    yield from messages
    yield from rows.notifications(rng, user, history, awarded, messages)
