"""A file on its way in: uploaded, read by a worker, shown, agreed to, written by a worker; the file is gone then.

The row is the work. A worker claims it until its lease ends, which is later than any task is allowed to run: one that
died loses it to another. What it writes it writes in one transaction with the row's own "done", so that an import
happens once or not at all.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO
from uuid import UUID

import structlog
from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from uuid6 import uuid7

from accounts.models import User
from billing import entitlements
from core import wakeups
from core.db import leases
from files import storage
from habits import enrollment
from habits.models import HabitImport
from habits.transfer import formats, importer, merge_plan
from habits.transfer.merge_plan import Deed
from habits.transfer.parse_result import Found, Refusal, Refused
from habits.transfer.upload_contents import MOST_BYTES

log = structlog.get_logger(__name__)

# A file waits so long for its person to agree; a result is shown so long.
WAITS, SHOWN = dt.timedelta(days=1), dt.timedelta(days=7)
# Longer than a task may run (CELERY_TASK_TIME_LIMIT).
LEASE = dt.timedelta(minutes=3)
ATTEMPTS = 3

State = HabitImport.State
type Clock = Callable[[], dt.datetime]


class AtWork(Exception):
    """The last file is still being written."""


class Superseded(Exception):
    """The row is gone, or another worker's: there is nothing left to do here."""


def start(user: User, file: BinaryIO, *, size: int, now: dt.datetime) -> HabitImport:
    """A file to be read; it takes the place of the last one. Raises AtWork, and Refused for one too big or empty."""
    if size > MOST_BYTES:
        raise Refused(Refusal.TOO_BIG)
    if not size:
        raise Refused(Refusal.EMPTY)
    path = default_storage.save(f"imports/{uuid7()}", File(file))
    try:
        with transaction.atomic():
            old = HabitImport.objects.select_for_update().filter(user=user).first()
            if old and old.state == State.WRITING:
                raise AtWork
            if old:
                storage.erase(old)
            row = HabitImport.objects.create(user=user, storage_path=path, expires_at=now + WAITS)
    except (AtWork, IntegrityError) as error:
        default_storage.delete(path)
        raise AtWork from error
    wakeups.wake_on_commit("habits.carry_imports")
    return row


def latest(user: User, *, now: dt.datetime) -> HabitImport | None:
    return HabitImport.objects.filter(user=user, expires_at__gt=now).first()


def confirm(user: User, deeds: Sequence[Deed], *, now: dt.datetime) -> bool:
    """The person agrees to what was shown, habit by habit. False when nothing waits for that."""
    ready = HabitImport.objects.filter(user=user, state=State.READY, expires_at__gt=now)
    agreed = ready.update(
        state=State.WRITING, choices=list(deeds), attempts=0, lease_ends_at=None, expires_at=now + SHOWN
    )
    if agreed:
        wakeups.wake_on_commit("habits.carry_imports")
    return bool(agreed)


def forget(user: User) -> None:
    """Away with the file, or with what was shown of it; not while it is being written."""
    with transaction.atomic():
        row = HabitImport.objects.select_for_update().filter(user=user).exclude(state=State.WRITING).first()
        if row:
            storage.erase(row)


def progress(row: HabitImport) -> int:
    """Days written so far, as the worker last said."""
    return min(cache.get(_bar(row.pk), 0), row.total)


# ── The worker's side ───────────────────────────────────────────────────────


def work(clock: Clock) -> int:
    """Reads and writes what waits, one after another. Gives how many steps were done."""
    done = 0
    while row := _claim(clock()):
        done += _step(row, clock)
    return done


def _claim(now: dt.datetime) -> HabitImport | None:
    """The oldest that nobody is at, if any; one that failed too often is given up."""
    waiting = HabitImport.objects.filter(leases.free(now), state__in=[State.READING, State.WRITING])
    with transaction.atomic():
        for lost in waiting.select_for_update(skip_locked=True).filter(attempts__gte=ATTEMPTS):
            _end(lost, State.FAILED, now=now)
    return leases.claim(waiting, now=now, lease=LEASE)


def _step(row: HabitImport, clock: Clock) -> bool:
    try:
        found = _found(row, now=clock())
        if row.state == State.READING:
            _show(row, found, now=clock())
        else:
            _write(row, found, now=clock())
    except Refused as refused:
        _end(row, State.REFUSED, now=clock(), reason=refused.refusal.value)
    except User.DoesNotExist:
        # Somebody who is leaving.
        _end(row, State.FAILED, now=clock())
    except Superseded:
        return False
    except Exception:
        # The row stays claimed until its lease ends, and is tried again.
        log.exception("import failed", import_id=str(row.pk), attempt=row.attempts)
        return False
    return True


def _found(row: HabitImport, *, now: dt.datetime) -> Found:
    calendar = row.user.calendar
    try:
        with default_storage.open(row.storage_path or "") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as gone:
        raise Superseded from gone
    return formats.read(data, today=calendar.day_of(now), zone=calendar.zone)


def _show(row: HabitImport, found: Found, *, now: dt.datetime) -> None:
    user = row.user
    matched = merge_plan.match(user, found)
    limit = entitlements.limit(user, "max_habits", at=now)
    room = None if limit.most is None else max(limit.most - user.habits.counted().count(), 0)
    space = enrollment.MOST_HABITS - user.habits.count()
    deeds = merge_plan.suggested(matched, room=room, space=space)
    _set(
        row,
        state=State.READY,
        source=found.source.value,
        preview=merge_plan.preview(matched, deeds),
        problems=_problems(found),
        lease_ends_at=None,
    )


def _problems(found: Found) -> dict[str, Any]:
    return {
        "counted": {str(why): times for why, times in found.counted.items()},
        "lines": [[str(one.why), one.part, one.line] for one in found.problems],
    }


def _write(row: HabitImport, found: Found, *, now: dt.datetime) -> None:
    chosen = [one for one, deed in zip(row.preview, row.choices, strict=False) if deed != "leave"]
    _set(row, total=sum(one["fresh"] for one in chosen))
    importer.make_months(found)
    with transaction.atomic():
        written = importer.write(row.user_id, found, row.choices, now=now, tell=lambda done: _tell(row, done))
        _set(
            row,
            state=State.DONE,
            result={name: number for name, number in vars(written).items() if number},
            finished_at=now,
            expires_at=now + SHOWN,
            lease_ends_at=None,
        )
    _drop_file(row)


def _end(row: HabitImport, state: HabitImport.State, *, now: dt.datetime, reason: str = "") -> None:
    HabitImport.objects.filter(pk=row.pk, attempts=row.attempts).update(
        state=state, reason=reason or None, finished_at=now, expires_at=now + SHOWN, lease_ends_at=None
    )
    _drop_file(row)


def _drop_file(row: HabitImport) -> None:
    storage.erase_bytes([row])
    HabitImport.objects.filter(pk=row.pk).update(storage_path=None)


def _set(row: HabitImport, **values: object) -> None:
    mine = HabitImport.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
    if not mine.update(**values):
        raise Superseded


def _tell(row: HabitImport, done: int) -> None:
    """Seen while the transaction is open, so it cannot be in it. Without Redis the bar waits; the work does not."""
    cache.set(_bar(row.pk), done, timeout=LEASE.seconds)


def _bar(pk: UUID) -> str:
    return f"import:{pk}"
