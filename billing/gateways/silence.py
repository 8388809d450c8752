"""Gateways that let calls wait until our timeout: for a while they are not called.

Such a call takes as long as the client waits (PORTONE_TIMEOUT, STRIPE_TIMEOUT), and its worker does nothing for anybody
meanwhile. After two timeouts in a row a gateway is silent for a minute: queues leave its rows, and other calls fail at
once. Then one call tries it. Each further timeout doubles the time, up to eight minutes; whatever else the gateway does
ends it. Each process learns for itself.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from billing.gateways.base import TimedOut, UnknownOutcome
from core.circuit_breaker import CircuitBreaker

log = structlog.get_logger(__name__)

# In a row: one may be chance.
TIMEOUTS = 2
FIRST, LONGEST = dt.timedelta(minutes=1), dt.timedelta(minutes=8)


def _breaker() -> CircuitBreaker:
    return CircuitBreaker(failures=TIMEOUTS, pause=FIRST.total_seconds(), longest=LONGEST.total_seconds())


_breakers: defaultdict[str, CircuitBreaker] = defaultdict(_breaker)


def is_silent(gateway: str, now: dt.datetime) -> bool:
    """Whether the gateway is not to be called now."""
    return _breakers[gateway].is_open(now.timestamp())


@contextmanager
def watched(gateway: str, *, at: dt.datetime) -> Iterator[None]:
    """Around calls of a gateway: learns from them.

    Raises UnknownOutcome at once while it is silent.
    """
    breaker = _breakers[gateway]
    if not breaker.allows_call(at.timestamp()):
        raise UnknownOutcome("silent")
    try:
        yield
    except TimedOut:
        breaker.record_failure(at.timestamp())
        if breaker.is_open(at.timestamp()):
            log.warning("gateway is silent", gateway=gateway, timeouts=breaker.failures)
        raise
    except Exception:
        breaker.record_success()
        raise
    else:
        breaker.record_success()


def forget() -> None:
    """Every gateway is called again."""
    _breakers.clear()
