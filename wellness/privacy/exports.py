"""Exports of everything or of the habits: requested, built by a worker, kept for a week.

The file is sealed in the storage with a key of its row, and opened while it is sent.

A replica is read when it has everything that was written before (core/db/replica.py).

A worker renews its lease as it goes. Should another worker claim the row meanwhile, or the person leave, the build stops.
"""

import datetime as dt
import io
from typing import IO
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from uuid6 import uuid7

from accounts.models import User
from core import retention_periods, wakeups
from core.db import replica
from core.db.work import Clock, Superseded, WorkQueue
from files import storage
from habits.transfer import exporter, loop_export
from wellness.privacy import export_zip
from wellness.privacy.models import DataExport

State, Kind = DataExport.State, DataExport.Kind

KEPT_FOR = retention_periods.EXPORTS.timedelta
# Longer than a worker takes between two progress reports.
LEASE = dt.timedelta(minutes=3)
# Seconds that a worker waits for the replica to have all that the person wrote.
PATIENCE = 5.0

_WRITERS = {Kind.CSV: exporter.write_csv, Kind.JSON: exporter.write_json, Kind.LOOP: loop_export.write}


def request(user: User, kind: str = Kind.EVERYTHING) -> DataExport:
    """The person's export that is being built, else a new one, which replaces a finished one."""
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user, kind=kind)
    except IntegrityError:
        return DataExport.objects.get(user=user, state__in=DataExport.AT_WORK)
    for old in DataExport.objects.filter(user=user).exclude(pk=export.pk):
        storage.erase(old)
    wakeups.wake_on_commit("wellness.build_exports")
    return export


def latest(user: User, *, now: dt.datetime) -> DataExport | None:
    unexpired = DataExport.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), user=user)
    return unexpired.order_by("-created_at").first()


def finished(user: User, export_id: UUID, *, now: dt.datetime) -> DataExport | None:
    """A finished export of this person that has not expired."""
    return DataExport.objects.filter(pk=export_id, user=user, state=State.DONE, expires_at__gt=now).first()


def open_file(export: DataExport) -> io.BufferedReader:
    """The file of a finished export, opened while it is read. Raises FileNotFoundError."""
    return storage.open_sealed(export.storage_path or "", export.file_key)


def file_name(export: DataExport) -> str:
    """The name of the file when it is downloaded."""
    day = f"{export.created_at:%Y-%m-%d}"
    return {
        Kind.EVERYTHING: f"wellness-{day}.zip",
        Kind.CSV: f"wellness-habits-{day}.csv",
        Kind.JSON: f"wellness-habits-{day}.json",
        # The name that Loop itself gives it.
        Kind.LOOP: f"Loop Habits CSV {day}.zip",
    }[Kind(export.kind)]


# ── The worker's side ───────────────────────────────────────────────────────


def build_waiting(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Builds waiting exports, one after another, until it is `until`. Gives how many were built."""
    return QUEUE.run(clock, lambda export: build(export, clock), until=until)


def build(export: DataExport, clock: Clock) -> bool:
    """Builds a claimed export. Raises Superseded, and leaves no file then."""
    counter = export_zip if export.kind == Kind.EVERYTHING else exporter
    export.update_claimed(total=counter.count(export.user_id))
    path, size = replica.read(
        lambda: storage.save_sealed(f"exports/{uuid7()}", export.file_key, lambda file: _write(file, export, clock)),
        patience=PATIENCE,
    )
    try:
        _finish(export, State.DONE, now=clock(), done=F("total"), storage_path=path, file_size=size)
    except Superseded:
        default_storage.delete(path)
        raise
    return True


def report_progress(export: DataExport, done: int, *, now: dt.datetime) -> None:
    QUEUE.renew(export, now=now, done=done)


def _write(file: IO[bytes], export: DataExport, clock: Clock) -> None:
    def report(done: int) -> None:
        with replica.primary():
            report_progress(export, done, now=clock())

    if export.kind == Kind.EVERYTHING:
        export_zip.write(file, export.user_id, now=clock(), report=report)
    else:
        _WRITERS[Kind(export.kind)](file, exporter.collect(export.user_id, now=clock()), report=report)


def _finish(export: DataExport, state: DataExport.State, *, now: dt.datetime, **values: object) -> None:
    export.update_claimed(state=state, finished_at=now, expires_at=now + KEPT_FOR, lease_ends_at=None, **values)


QUEUE = WorkQueue(
    "export",
    waiting=lambda: DataExport.objects.filter(state__in=DataExport.AT_WORK),
    lease=LEASE,
    give_up=lambda export, now: _finish(export, State.FAILED, now=now),
    on_claim={"state": State.RUNNING, "done": 0},
)
