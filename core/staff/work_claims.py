"""Who looks after a kind of waiting work, so that two people do not do the same."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from core.staff.models import WorkClaim

# After that somebody else has to look.
LASTS = dt.timedelta(hours=24)
LONGEST_NAME = 100


@transaction.atomic
def toggle(name: str, *, by: UUID, at: dt.datetime) -> None:
    """Takes the work, or puts down what one has taken.

    What others hold stays theirs until it lapses.
    """
    name = name.replace("\0", "")[:LONGEST_NAME]
    held = WorkClaim.objects.select_for_update().filter(name=name).first()
    if held is not None and held.owner_id == by:
        held.delete()
    elif name and (held is None or held.claimed_at <= at - LASTS):
        WorkClaim.objects.update_or_create(name=name, defaults={"owner_id": by, "claimed_at": at})


def owners(names: Collection[str], *, now: dt.datetime) -> dict[str, UUID]:
    held = WorkClaim.objects.filter(name__in=names, claimed_at__gt=now - LASTS)
    return dict(held.values_list("name", "owner_id"))
