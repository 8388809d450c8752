"""The deletion ledger: a file outside the database that remembers who left when a backup has forgotten it.

Each step is a row first, in the same transaction as the step itself, and then a line in the file; lines that a crash
kept from the file are written by the next run. The file is only ever appended to. It names people by their number,
and must live at least as long as the oldest backup, in another place than the database.
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


def note(user_id: UUID, step: str, *, at: dt.datetime) -> None:
    """Writes the step down with the caller's transaction; the line follows once that is committed."""
    Departure.objects.create(user_id=user_id, step=step, occurred_at=at)
    # Should it fail, the daily job's does not.
    transaction.on_commit(lambda: flush(at=at), robust=True)


def flush(*, at: dt.datetime) -> int:
    """Appends the lines that are not in the file yet, and gives their number. A line may come twice, none is lost."""
    with transaction.atomic():
        waiting = list(Departure.objects.select_for_update().filter(written_at=None).order_by("occurred_at", "id"))
        if waiting:
            _append(Line(entry.user_id, entry.step, entry.occurred_at) for entry in waiting)
            Departure.objects.filter(pk__in=[entry.pk for entry in waiting]).update(written_at=at)
    return len(waiting)


def latest() -> dict[UUID, Line]:
    """Each person's last step, as the file tells it."""
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
    # One write of whole lines, on the disk before the rows say that it is.
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
            continue  # the power went while it was written; the row was not marked and the line came again
