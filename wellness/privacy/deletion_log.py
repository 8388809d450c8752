"""The deletion log: a file outside the database that lists deletions.

A database restored from an older backup is corrected by it.

Each step is a row first, written in the same transaction as the step, and then a line of the file; after a crash the next
run writes missing lines. The file is append-only and names people by their id. It must be kept as long as the oldest
backup, in another place than the database.
"""

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from wellness.privacy.models import Departure

Step = Departure.Step


@dataclass(frozen=True)
class Line:
    user_id: UUID
    step: str
    at: dt.datetime


def record(user_id: UUID, step: str, *, at: dt.datetime) -> None:
    """Writes the row in the caller's transaction, and the line once that is committed."""
    Departure.objects.create(user_id=user_id, step=step, occurred_at=at)
    # If this fails, the daily job writes the line.
    transaction.on_commit(lambda: flush(at=at), robust=True)


def flush(*, at: dt.datetime) -> int:
    """Appends missing lines to the file, and gives their number.

    A line may be written twice; none is lost.
    """
    with transaction.atomic():
        waiting = list(Departure.objects.select_for_update().filter(written_at=None).order_by("occurred_at", "id"))
        if waiting:
            _append(Line(entry.user_id, entry.step, entry.occurred_at) for entry in waiting)
            Departure.objects.filter(pk__in=[entry.pk for entry in waiting]).update(written_at=at)
    return len(waiting)


def latest() -> dict[UUID, Line]:
    """Each person's last step in the file."""
    steps: dict[UUID, Line] = {}
    for line in _lines():
        if line.user_id not in steps or steps[line.user_id].at <= line.at:
            steps[line.user_id] = line
    return steps


def _append(lines: Iterator[Line]) -> None:
    file = settings.DELETION_LEDGER
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = "".join(
        json.dumps({"user_id": str(line.user_id), "step": line.step, "at": line.at.isoformat()}) + "\n"
        for line in lines
    )
    # One write of whole lines, synced to disk before the rows are marked as written.
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines() -> Iterator[Line]:
    if not settings.DELETION_LEDGER.exists():
        return
    for text in settings.DELETION_LEDGER.read_text().splitlines():
        try:
            line = json.loads(text)
            yield Line(UUID(line["user_id"]), line["step"], dt.datetime.fromisoformat(line["at"]))
        except (ValueError, KeyError):
            continue  # cut off by a power failure; the row was not marked, so the line was written again
