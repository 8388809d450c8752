"""Rows that are work, with `lease_ends_at` and `attempts`: a worker holds one until then; one that died loses it to another."""

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.db.models import Q


def free(now: dt.datetime) -> Q:
    """Nobody is at it."""
    return Q(lease_ends_at=None) | Q(lease_ends_at__lt=now)


def claim[Row: models.Model](
    waiting: models.QuerySet[Row], *, now: dt.datetime, lease: dt.timedelta, **also: object
) -> Row | None:
    """The oldest of `waiting`, held from now on, one attempt further and with what `also` says; None without any."""
    with transaction.atomic():
        row: Any = waiting.select_for_update(skip_locked=True).order_by("created_at").first()
        if row:
            changes = also | {"lease_ends_at": now + lease, "attempts": row.attempts + 1}
            for name, value in changes.items():
                setattr(row, name, value)
            row.save(update_fields=changes)
    return row
