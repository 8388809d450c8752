"""Exports on their way, of everything or of the habits alone: asked for, built by a worker, kept for a week.

The row is the work. A worker claims it for a while and renews the claim as it goes; one that died loses it to another,
and one that lost it (or whose person left) finds no row of its attempt and stops.
"""

import datetime as dt
import tempfile
from collections.abc import Callable
from typing import IO
from uuid import UUID

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from uuid6 import uuid7

from accounts.models import User
from core import wakeups
from core.db import leases
from files import storage
from habits.transfer import exporter, loop_export
from wellness.privacy import export_zip
from wellness.privacy.models import DataExport

log = structlog.get_logger(__name__)

KEPT = dt.timedelta(days=7)
# Longer than a worker is silent between two reports.
LEASE = dt.timedelta(minutes=3)
ATTEMPTS = 3

State, Kind = DataExport.State, DataExport.Kind
type Clock = Callable[[], dt.datetime]


class Superseded(Exception):
    """The row is gone, or another worker's: there is nothing left to do here."""


def ask(user: User, kind: str = Kind.EVERYTHING) -> DataExport:
    """The person's export at work, a new one when none is. A finished one before it goes."""
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user, kind=kind)
    except IntegrityError:
        return DataExport.objects.get(user=user, state__in=[State.PENDING, State.RUNNING])
    for old in DataExport.objects.filter(user=user).exclude(pk=export.pk):
        storage.erase(old)
    wakeups.wake_on_commit("wellness.build_exports")
    return export


def latest(user: User, *, now: dt.datetime) -> DataExport | None:
    return (
        DataExport.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), user=user).order_by("-created_at").first()
    )


def ready(user: User, export_id: UUID, *, now: dt.datetime) -> DataExport | None:
    """A finished export of this person that has not expired."""
    return DataExport.objects.filter(pk=export_id, user=user, state=State.DONE, expires_at__gt=now).first()


def build_waiting(clock: Clock) -> int:
    """Builds what waits, one after another, until nothing does. Gives how many were built."""
    built = 0
    while export := _claim(clock()):
        built += _build(export, clock)
    return built


def _claim(now: dt.datetime) -> DataExport | None:
    """The oldest that nobody is at, if any; one that failed too often is given up."""
    waiting = DataExport.objects.filter(leases.free(now), state__in=[State.PENDING, State.RUNNING])
    waiting.filter(attempts__gte=ATTEMPTS).update(state=State.FAILED, finished_at=now, expires_at=now + KEPT)
    return leases.claim(waiting, now=now, lease=LEASE, state=State.RUNNING, done=0)


def _build(export: DataExport, clock: Clock) -> bool:
    stored = None
    try:
        _set(export, total=(export_zip if export.kind == Kind.EVERYTHING else exporter).count(export.user_id))
        with tempfile.TemporaryFile() as file:
            _write(file, export, now=clock(), tell=lambda done: _tell(export, done, clock()))
            size = file.tell()
            file.seek(0)
            stored = default_storage.save(f"exports/{uuid7()}", File(file))
        now = clock()
        _set(
            export,
            state=State.DONE,
            done=F("total"),
            storage_path=stored,
            file_size=size,
            finished_at=now,
            expires_at=now + KEPT,
            lease_ends_at=None,
        )
    except Superseded:
        if stored:
            default_storage.delete(stored)
        return False
    except Exception:
        # The row stays claimed until its lease ends, and is tried again.
        log.exception("export failed", export_id=str(export.pk), attempt=export.attempts)
        return False
    return True


def _write(file: IO[bytes], export: DataExport, *, now: dt.datetime, tell: exporter.Tell) -> None:
    if export.kind == Kind.EVERYTHING:
        export_zip.write(file, export.user_id, tell=tell)
        return
    write = {Kind.CSV: exporter.as_csv, Kind.JSON: exporter.as_json, Kind.LOOP: loop_export.write}[Kind(export.kind)]
    write(file, exporter.gather(export.user_id, now=now), tell=tell)


def file_name(export: DataExport) -> str:
    """What the file is called when it is received."""
    day = f"{export.created_at:%Y-%m-%d}"
    return {
        Kind.EVERYTHING: f"wellness-{day}.zip",
        Kind.CSV: f"wellness-habits-{day}.csv",
        Kind.JSON: f"wellness-habits-{day}.json",
        # Loop's own name for it.
        Kind.LOOP: f"Loop Habits CSV {day}.zip",
    }[Kind(export.kind)]


def _tell(export: DataExport, done: int, now: dt.datetime) -> None:
    _set(export, done=done, lease_ends_at=now + LEASE)


def _set(export: DataExport, **values: object) -> None:
    mine = DataExport.objects.filter(pk=export.pk, state=State.RUNNING, attempts=export.attempts)
    if not mine.update(**values):
        raise Superseded
