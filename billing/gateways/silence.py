"""Gateways that let calls wait until our timeout: for a while they are not called.

Such a call takes as long as the client waits (PORTONE_TIMEOUT, STRIPE_TIMEOUT), and its worker does nothing for anybody
meanwhile. After two timeouts in a row a gateway is silent for a minute: queues leave its rows, and other calls fail at
once. Then one call tries it. Each further timeout doubles the time, up to eight minutes; whatever else the gateway does
ends it. Each process learns for itself.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from billing.gateways.base import TimedOut, UnknownOutcome

log = structlog.get_logger(__name__)

# In a row: one may be chance.
TIMEOUTS = 2
FIRST, LONGEST = dt.timedelta(minutes=1), dt.timedelta(minutes=8)


@dataclasses.dataclass
class _Silence:
    """The timeouts of one gateway in a row, and until when it is not called."""

    timeouts: int = 0
    until: dt.datetime | None = None


_silences: dict[str, _Silence] = {}


def is_silent(gateway: str, now: dt.datetime) -> bool:
    """Whether the gateway is not to be called now."""
    until = _silences[gateway].until if gateway in _silences else None
    return until is not None and now < until


@contextmanager
def watched(gateway: str, *, at: dt.datetime) -> Iterator[None]:
    """Around calls of a gateway: learns from them.

    Raises UnknownOutcome at once while it is silent.
    """
    if is_silent(gateway, at):
        raise UnknownOutcome("silent")
    try:
        yield
    except TimedOut:
        _count(gateway, at=at)
        raise
    except Exception:
        _silences.pop(gateway, None)
        raise
    else:
        _silences.pop(gateway, None)


def forget() -> None:
    """Every gateway is called again."""
    _silences.clear()


def _count(gateway: str, *, at: dt.datetime) -> None:
    silence = _silences.setdefault(gateway, _Silence())
    silence.timeouts += 1
    if silence.timeouts >= TIMEOUTS:
        silence.until = at + min(FIRST * 2 ** min(silence.timeouts - TIMEOUTS, 10), LONGEST)
        log.warning("gateway is silent", gateway=gateway, timeouts=silence.timeouts, until=silence.until.isoformat())
