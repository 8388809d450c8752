"""Screen views wait in Redis until a job writes them.

So a page does not wait for an insert, and does not fail when the insert fails.

    push(user_id=…, at=…)     one command, in the page's request
    take(most)                the oldest ones, for the writer; forget(them) once they are written

Only for events whose order and loss do not matter: without Redis they are lost and counted in the log. Each is sealed,
because it names a person. A writer that dies between `take` and `forget` writes the same rows again, whose ids are known by then; so do two
writers at once, and the second one forgets nothing.
"""

import datetime as dt
import json
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from core import events, redis
from core.crypto import sealing

log = structlog.get_logger(__name__)

KEY = "events:waiting"
# About 40 MB. Without a writer the newest are kept.
MOST = 100_000


def push(*, user_id: UUID, at: dt.datetime) -> None:
    """Adds a view of the current screen. Never raises for Redis."""
    view = events.values("screen_view", user_id=user_id, at=at)
    sealed = sealing.seal(json.dumps(view, default=str, separators=(",", ":")), bound_to=KEY)

    def command() -> bool:
        if redis.client().rpush(KEY, sealed) > MOST:
            redis.client().ltrim(KEY, -MOST, -1)
        return True

    if not redis.call(command, fallback=lambda: False):
        log.warning("screen view lost")


class TakenEntries(NamedTuple):
    """The oldest entries.

    `first` is the first of them as stored; `views` are the parameters of those that can be opened.
    """

    first: bytes
    number: int
    views: list[dict[str, Any]]


def take(most: int) -> TakenEntries:
    """The oldest entries, at most `most`. They stay in Redis until `forget`."""
    sealed: list[bytes] = redis.client().lrange(KEY, 0, most - 1)  # type: ignore[assignment] # not an awaitable here
    return TakenEntries(sealed[0] if sealed else b"", len(sealed), [view for one in sealed if (view := _opened(one))])


def forget(taken: TakenEntries) -> None:
    """Removes them, unless somebody else has already."""
    redis.client().eval(_FORGET, 1, KEY, taken.first, taken.number)


# An entry is unique: its seal has a nonce.
_FORGET = "if redis.call('LINDEX', KEYS[1], 0) == ARGV[1] then redis.call('LTRIM', KEYS[1], ARGV[2], -1) end"


def _opened(sealed: bytes) -> dict[str, Any] | None:
    try:
        view = json.loads(sealing.unseal(sealed.decode(), bound_to=KEY))
    except sealing.Unreadable:
        # Sealed with a removed key.
        return None
    at = dt.datetime.fromisoformat(view["occurred_at"])
    return view | {"event": UUID(view["event"]), "person": UUID(view["person"]), "occurred_at": at}
