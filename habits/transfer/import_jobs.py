"""An import step by step.

A file is uploaded, read by a worker, previewed, confirmed, written by a worker, and deleted.

The lease is longer than any task may run. A worker writes in one transaction with the row's own "done", so an import
happens once or not at all.

The queue is fair: a person has one row, whose place is that of their last file, and a file that replaces another waits
until the worker has let go of the other. So one person never has two workers, and each of their files is behind those
of everybody who waits.
"""

import datetime as dt
import shutil
from collections.abc import Sequence
from typing import Any, BinaryIO
from uuid import UUID

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from uuid6 import uuid7

from accounts.models import User
from billing import entitlements
from core import retention_periods, wakeups
from core.crypto import streams
from core.db.work import Clock, Superseded, WorkQueue
from files import storage
from habits import enrollment
from habits.models import HabitImport
from habits.transfer import formats, import_writer, merge_plan
from habits.transfer.merge_plan import ImportAction
from habits.transfer.parsed_file import ImportRefused, ParsedFile, RefusalReason
from habits.transfer.upload_contents import MAX_BYTES

State = HabitImport.State

UPLOAD_KEPT_FOR = retention_periods.IMPORT_UPLOADS.timedelta
RESULT_KEPT_FOR = retention_periods.IMPORT_RESULTS.timedelta
# Longer than a task may run (CELERY_TASK_TIME_LIMIT).
LEASE = dt.timedelta(minutes=3)
# After that the worker takes other work before the next import.
TURN = dt.timedelta(seconds=20)


class ImportInProgress(Exception):
    """The person's last file is still being written."""


def start(user: User, file: BinaryIO, *, size: int, now: dt.datetime) -> HabitImport:
    """Stores a file to be read; it replaces the last one.

    Raises ImportInProgress, and ImportRefused for its size.
    """
    if size > MAX_BYTES:
        raise ImportRefused(RefusalReason.TOO_BIG)
    if not size:
        raise ImportRefused(RefusalReason.EMPTY)
    key = streams.new_key()
    path, _ = storage.save_sealed(f"imports/{uuid7()}", key, lambda sealed: shutil.copyfileobj(file, sealed))
    try:
        with transaction.atomic():
            old = HabitImport.objects.select_for_update().filter(user=user).first()
            if old and old.state == State.WRITING:
                raise ImportInProgress
            row = _replaced(old, now=now) if old else HabitImport(user=user)
            row.storage_path, row.file_key, row.created_at = path, key, now
            row.expires_at = now + UPLOAD_KEPT_FOR
            row.save()
    except (ImportInProgress, IntegrityError) as error:
        default_storage.delete(path)
        raise ImportInProgress from error
    wakeups.wake_on_commit("habits.carry_imports")
    return row


def _replaced(old: HabitImport, *, now: dt.datetime) -> HabitImport:
    """The locked row without its file, for another one.

    While a worker holds it, it keeps the lease: the worker gives it back.
    """
    storage.erase_files([old])
    held_until = old.lease_ends_at if _is_held(old, now=now) else None
    for field in HabitImport._meta.concrete_fields:
        if field.name not in ("id", "user"):
            setattr(old, field.attname, field.get_default())
    old.lease_ends_at = held_until
    return old


def _is_held(row: HabitImport, *, now: dt.datetime) -> bool:
    return row.lease_ends_at is not None and row.lease_ends_at > now


def latest(user: User, *, now: dt.datetime) -> HabitImport | None:
    return HabitImport.objects.filter(user=user, expires_at__gt=now).first()


def confirm(user: User, actions: Sequence[ImportAction], *, now: dt.datetime) -> bool:
    """Confirms the preview with an action for each habit. False when no preview waits for it."""
    ready = HabitImport.objects.filter(user=user, state=State.READY, expires_at__gt=now)
    confirmed = ready.update(
        state=State.WRITING, choices=list(actions), attempts=0, lease_ends_at=None, expires_at=now + RESULT_KEPT_FOR
    )
    if confirmed:
        wakeups.wake_on_commit("habits.carry_imports")
    return bool(confirmed)


def read_again(user: User, *, day_first: bool, now: dt.datetime) -> bool:
    """Has the file of a preview read again with this order of its dates.

    False when no preview waits.
    """
    ready = HabitImport.objects.filter(user=user, state=State.READY, expires_at__gt=now)
    changed = ready.update(state=State.READING, problems={"day_first": day_first}, attempts=0, lease_ends_at=None)
    if changed:
        wakeups.wake_on_commit("habits.carry_imports")
    return bool(changed)


def discard(user: User, *, now: dt.datetime) -> None:
    """Deletes the file and its preview; not while it is being written.

    While a worker reads it, an empty row stays and keeps the lease. It expires at once.
    """
    with transaction.atomic():
        row = HabitImport.objects.select_for_update().filter(user=user).exclude(state=State.WRITING).first()
        if row is None:
            return
        if not _is_held(row, now=now):
            storage.erase(row)
            return
        empty = _replaced(row, now=now)
        empty.state, empty.created_at, empty.expires_at = State.FAILED, now, now
        empty.save()


def progress(row: HabitImport) -> int:
    """Days written so far, as last reported by the worker."""
    return min(cache.get(_progress_key(row.pk), 0), row.total)


# ── The worker's side ───────────────────────────────────────────────────────


def run_waiting(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Reads and writes waiting imports until it is `until` or time for other work.

    Gives how many steps were done.
    """
    turn = clock() + TURN
    until = min(until or turn, turn)
    done = QUEUE.run(clock, lambda row: perform(row, clock), until=until)
    if clock() >= until:
        wakeups.wake_on_commit("habits.carry_imports")
    return done


def perform(row: HabitImport, clock: Clock) -> bool:
    """Reads or writes a claimed import, whichever is next.

    Raises Superseded, and ends the lease then.
    """
    try:
        _perform(row, clock)
    except Superseded:
        HabitImport.objects.filter(pk=row.pk, lease_ends_at=row.lease_ends_at).update(lease_ends_at=None)
        raise
    return True


def _perform(row: HabitImport, clock: Clock) -> None:
    try:
        parsed = _parse(row, now=clock())
        if row.state == State.READING:
            _store_preview(row, parsed, now=clock())
        else:
            _write(row, parsed, now=clock())
    except ImportRefused as refused:
        _finish(row, State.REFUSED, now=clock(), reason=refused.reason.value)
    except User.DoesNotExist:
        # The person has requested deletion.
        _finish(row, State.FAILED, now=clock())


def report_progress(row: HabitImport, done: int) -> None:
    """Kept in Redis: the page shows it while the transaction is open.

    Without Redis only the bar stops.
    """
    cache.set(_progress_key(row.pk), done, timeout=LEASE.seconds)


def _parse(row: HabitImport, *, now: dt.datetime) -> ParsedFile:
    calendar = row.user.calendar
    try:
        with storage.open_sealed(row.storage_path or "", row.file_key) as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Superseded from error
    day_first = row.problems.get("day_first")
    return formats.parse(data, today=calendar.day_of(now), zone=calendar.zone, day_first=day_first)


def _store_preview(row: HabitImport, parsed: ParsedFile, *, now: dt.datetime) -> None:
    user = row.user
    matches = merge_plan.match(user, parsed)
    limit = entitlements.limit(user, "max_habits", at=now)
    plan_room = None if limit.most is None else max(limit.most - user.habits.counted().count(), 0)
    room = enrollment.MOST_HABITS - user.habits.count()
    actions = merge_plan.suggest_actions(matches, plan_room=plan_room, room=room)
    row.update_claimed(
        state=State.READY,
        source=parsed.source,
        preview=merge_plan.preview(matches, actions),
        problems=_problems(parsed),
        lease_ends_at=None,
    )


def _problems(parsed: ParsedFile) -> dict[str, Any]:
    return {
        "day_first": parsed.day_first,
        "counted": {str(reason): times for reason, times in parsed.problem_counts.items()},
        "lines": [[str(one.reason), one.part, one.line] for one in parsed.problems],
    }


def _write(row: HabitImport, parsed: ParsedFile, *, now: dt.datetime) -> None:
    chosen = [one for one, action in zip(row.preview, row.choices, strict=False) if action != "leave"]
    row.update_claimed(total=sum(one["fresh"] for one in chosen))
    import_writer.ensure_partitions(parsed)
    with transaction.atomic():
        summary = import_writer.write(
            row.user_id, parsed, row.choices, now=now, report=lambda done: report_progress(row, done)
        )
        row.update_claimed(
            state=State.DONE,
            result={name: number for name, number in vars(summary).items() if number},
            finished_at=now,
            expires_at=now + RESULT_KEPT_FOR,
            lease_ends_at=None,
        )
    _delete_file(row)


def _finish(row: HabitImport, state: HabitImport.State, *, now: dt.datetime, reason: str = "") -> None:
    row.update_claimed(
        state=state, reason=reason or None, finished_at=now, expires_at=now + RESULT_KEPT_FOR, lease_ends_at=None
    )
    _delete_file(row)


def _delete_file(row: HabitImport) -> None:
    storage.erase_files([row])
    HabitImport.objects.filter(pk=row.pk, storage_path=row.storage_path).update(storage_path=None)


def _progress_key(pk: UUID) -> str:
    return f"import:{pk}"


QUEUE = WorkQueue(
    "import",
    waiting=lambda: HabitImport.objects.filter(state__in=HabitImport.AT_WORK),
    lease=LEASE,
    give_up=lambda row, now: _finish(row, State.FAILED, now=now),
)
