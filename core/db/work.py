"""Job rows: claimed by one worker at a time, retried, given up after several attempts.

The row is the job; a task's message only wakes a worker. A worker claims the oldest free row under a lease that outlasts
the task's time limit. When the worker dies, the lease ends and another worker claims the row.

    QUEUE = WorkQueue("export", waiting=…, lease=LEASE, give_up=…)
    QUEUE.run(timezone.now, perform)    performs every waiting job; `perform(row)` gives whether the job is done
    row.update_claimed(done=5)          inside `perform`: raises Superseded once another worker has the row
"""

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import structlog
from django.db import models, transaction
from django.db.models import Q

from core.crypto import streams
from core.crypto.fields import SealedTextField
from core.db.columns import created, uuid_key
from core.db.compiled_queries import Compiled

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3

# Whether a run has to stop: asked between two batches, each of which is a whole.
type IsOver = Callable[[], bool]

type Clock = Callable[[], dt.datetime]
# Takes how many steps are done.
type Report = Callable[[int], None]


def never() -> bool:
    return False


def after(seconds: float) -> IsOver:
    """Over once `seconds` have passed, for a run that ends before its task's soft limit."""
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() >= ends


def delete_in_batches(rows: models.QuerySet[Any], *, is_over: IsOver = never, batch: int = 1_000) -> int:
    """Deletes ordered rows in batches, each in its own transaction; returns how many."""
    total = 0
    while not is_over():
        # Evaluated first: the keys of a batch find the rows, whatever their order would cost twice.
        deleted, _by_model = rows.model._default_manager.filter(
            pk__in=list(rows.values_list("pk", flat=True)[:batch])
        ).delete()
        if not deleted:
            break
        total += deleted
    return total


class Superseded(Exception):
    """The row is deleted or claimed by another worker: this attempt stops."""


class WorkRow(models.Model):
    """A job. Each claim raises `attempts`; a worker that holds an older number has lost the row."""

    # What must be unchanged while a worker holds the row.
    FENCE: ClassVar[tuple[str, ...]] = ("attempts",)

    id = uuid_key()
    attempts = models.IntegerField(default=0, db_default=0)
    created_at = created()

    class Meta:
        abstract = True

    def update_claimed(self, **values: object) -> None:
        """Writes `values` if this attempt still holds the row. Raises Superseded."""
        fence = {name: getattr(self, name) for name in self.FENCE}
        if not type(self)._default_manager.filter(pk=self.pk, **fence).update(**values):
            raise Superseded


class LeasedRow(WorkRow):
    # The worker that claimed the row holds it until then; NULL while no worker does.
    lease_ends_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class FileJob(LeasedRow):
    """A job with a state, a file in the storage, and progress."""

    FENCE: ClassVar[tuple[str, ...]] = ("attempts", "state")
    # The states in which the row waits for a worker or is in a worker's hands.
    AT_WORK: ClassVar[list[str]]
    state: Any

    # A random name in the storage; NULL while there is no file.
    storage_path = models.CharField(max_length=200, null=True)
    # Opens the file, which is sealed in the storage. It goes with the row.
    file_key = SealedTextField(default=streams.new_key)
    # Steps of the whole job, for the progress bar.
    total = models.IntegerField(default=0, db_default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def paths(self) -> list[str]:
        """Everything it has in the storage."""
        return [self.storage_path] if self.storage_path else []

    @property
    def is_at_work(self) -> bool:
        return self.state in self.AT_WORK


@dataclass(frozen=True)
class WorkQueue[Row: WorkRow]:
    """Claims and performs the rows of one kind of job.

    `lease` is how long a claim lasts, for all rows or for each. `give_up` ends a row that failed `max_attempts` times.
    `lease_column` and `order` suit tables whose rows wait for an instant of their own; `on_claim` are columns to set.
    `lane` is the column that says who is called, such as the gateway: a slow one takes no more of a run than the others,
    and the rows of one that `is_closed` wait unclaimed.
    """

    name: str
    waiting: Callable[[], models.QuerySet[Row]]
    lease: dt.timedelta | Callable[[Row], dt.timedelta]
    give_up: Callable[[Row, dt.datetime], object]
    max_attempts: int = MAX_ATTEMPTS
    lease_column: str = "lease_ends_at"
    order: str = "created_at"
    on_claim: Mapping[str, object] = field(default_factory=dict)
    lane: str = ""
    is_closed: Callable[[str, dt.datetime], bool] = lambda _lane, _now: False

    def run(self, clock: Clock, perform: Callable[[Row], bool], *, until: dt.datetime | None = None) -> int:
        """Performs waiting jobs, oldest first, until none waits or it is `until`.

        With lanes the next job is of the lane that has taken the least time. Gives how many were done.
        """
        done, taken = 0, dict.fromkeys(self._lanes(clock()), dt.timedelta())
        while taken and (until is None or clock() < until):
            lane, began = min(taken, key=taken.__getitem__), clock()
            row = self.claim(began, lane=lane)
            if row is None:
                del taken[lane]
                continue
            done += self.attempt(row, perform, clock)
            # Behind the lanes that have taken as long.
            taken[lane] = taken.pop(lane) + (clock() - began)
        return done

    def claim(self, now: dt.datetime, *, lane: str | None = None) -> Row | None:
        """The oldest free row, of one lane or of all, now under a lease; None when there is none.

        Gives up rows that failed too often, when their turn comes.
        """
        if lane is not None and self.is_closed(lane, now):
            return None
        given_up: list[object] = []
        with transaction.atomic():
            while row := self._oldest_free(now, lane=lane, but=given_up):
                if row.attempts < self.max_attempts:
                    self._take(row, now)
                    return row
                given_up.append(row.pk)
                self._give_up(row, now)
        return None

    def attempt(self, row: Row, perform: Callable[[Row], bool], clock: Clock) -> bool:
        """Performs a claimed job.

        A failed one stays claimed until its lease ends; the last failure gives it up.
        """
        try:
            if perform(row):
                return True
        except Superseded:
            return False
        except Exception:
            log.exception("job failed", job=self.name, row=str(row.pk), attempt=row.attempts)
        if row.attempts >= self.max_attempts:
            self._give_up(row, clock())
        return False

    def renew(self, row: Row, *, now: dt.datetime, **values: object) -> None:
        """Extends the lease and reports progress. Raises Superseded."""
        row.update_claimed(**{self.lease_column: now + self._lease(row)}, **values)

    def _lanes(self, now: dt.datetime) -> list[str | None]:
        """The lanes with free rows; one that is no lane where the queue has none."""
        if not self.lane:
            return [None]
        return list(self._free(now).order_by(self.lane).values_list(self.lane, flat=True).distinct())

    def _oldest_free(self, now: dt.datetime, *, lane: str | None, but: list[object]) -> Row | None:
        if but or bool(self.lane) != (lane is not None):
            rows: Iterable[Row] = self._locked(now, lane).exclude(pk__in=but)[:1]
        else:
            rows = self._compiled(now=now, **({"lane": lane} if lane is not None else {}))
        return next(iter(rows), None)

    @cached_property
    def _compiled(self) -> Compiled[Row]:
        """The first row of each claim in a run."""
        now = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
        if self.lane:
            return Compiled(lambda now, lane: self._locked(now, lane)[:1], now=now, lane="a lane")
        return Compiled(lambda now: self._locked(now)[:1], now=now)

    def _locked(self, now: dt.datetime, lane: str | None = None) -> models.QuerySet[Row]:
        """The rows that no worker holds, oldest first; the one that is read is locked."""
        rows = self._free(now) if lane is None else self._free(now).filter(**{self.lane: lane})
        return rows.order_by(self.order).select_for_update(skip_locked=True, of=("self",))

    def _free(self, now: dt.datetime) -> models.QuerySet[Row]:
        is_free = Q(**{f"{self.lease_column}__isnull": True}) | Q(**{f"{self.lease_column}__lte": now})
        return self.waiting().filter(is_free)

    def _give_up(self, row: Row, now: dt.datetime) -> None:
        with contextlib.suppress(Superseded):
            self.give_up(row, now)

    def _take(self, row: Row, now: dt.datetime) -> None:
        changes = {**self.on_claim, self.lease_column: now + self._lease(row), "attempts": row.attempts + 1}
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=changes)

    def _lease(self, row: Row) -> dt.timedelta:
        return self.lease if isinstance(self.lease, dt.timedelta) else self.lease(row)
