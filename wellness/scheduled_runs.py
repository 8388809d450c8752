"""When each job of beat's schedule ran last, how long it took, and when it runs next."""

import dataclasses
import datetime as dt
import time
from typing import Any

from celery import Celery
from django.utils import timezone

from core.staff.models import ScheduledRun

# A job is late when its last run is that much older than its schedule says.
LATE = dt.timedelta(minutes=10)


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    task: str
    last: ScheduledRun | None
    next_at: dt.datetime
    is_late: bool

    @property
    def is_good(self) -> bool:
        return not (self.is_late or (self.last and self.last.error))


def jobs(app: Celery, *, now: dt.datetime) -> list[Job]:
    """Every scheduled job; one that never ran since the installation is not late."""
    runs = {run.name: run for run in ScheduledRun.objects.all()}
    return [
        _job(name, entry["task"], entry["schedule"], runs.get(entry["task"]), now)
        for name, entry in app.conf.beat_schedule.items()
    ]


def _job(name: str, task: str, schedule: Any, last: ScheduledRun | None, now: dt.datetime) -> Job:
    # Until the run after the last one: negative while it is overdue.
    left = schedule.remaining_estimate(last.began_at) if last else dt.timedelta()
    # Celery's clock is a little ahead of `now`, so the sum ends just before the minute.
    next_at = now + schedule.remaining_estimate(now) + dt.timedelta(seconds=1)
    return Job(name, task, last, next_at, is_late=left < -LATE)


# When each running task began, by its id.
_began: dict[str, float] = {}


def begin(app: Celery, *, task_id: str, task: Any, **_kwargs: object) -> None:
    """Notes that a scheduled task runs."""
    if any(entry["task"] == task.name for entry in app.conf.beat_schedule.values()):
        _began[task_id] = time.monotonic()
        values = {"began_at": timezone.now(), "took": None, "error": ""}
        ScheduledRun.objects.update_or_create(name=task.name, defaults=values)


def end(_app: Celery, *, task_id: str, task: Any, retval: Any = None, **_kwargs: object) -> None:
    """Notes how long a scheduled task took, and the exception that ended it."""
    began = _began.pop(task_id, None)
    if began is not None:
        error = type(retval).__name__ if isinstance(retval, Exception) else ""
        ScheduledRun.objects.filter(name=task.name).update(took=time.monotonic() - began, error=error)
