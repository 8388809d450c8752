"""Who has a page open now: the pages themselves say it, the cache keeps it for a minute."""

import hashlib
import time
from uuid import UUID

from django.core.cache import cache

# Seconds after which somebody who says nothing any more is gone; pages say it every 20.
LASTS = 60


def others(page: str, *, me: UUID) -> list[UUID]:
    """Notes that this colleague is on the page; gives who else is."""
    # Whatever was sent: it is neither stored as it is nor a key that a cache refuses.
    key = f"staff:here:{hashlib.sha256(page.encode()).hexdigest()}"
    now = time.time()
    known: dict[UUID, float] = cache.get(key) or {}
    here = {who: at for who, at in known.items() if now - at < LASTS} | {me: now}
    cache.set(key, here, LASTS)
    return [who for who in here if who != me]
