"""One Redis client for this process, and what to do while Redis is away.

The client is safe to share between threads, and making one costs more than a command. Nobody waits for a Redis that
does not answer: after one failure this process leaves it alone for a moment.
"""

import functools
import time
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# Seconds for which Redis is left alone after it failed to answer.
PAUSE = 2.0


@functools.cache
def client() -> redis.Redis:
    """Answers within 0.3 seconds or raises redis.RedisError: a slow Redis must not make pages slow."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.3, socket_connect_timeout=0.3, health_check_interval=30
    )


class Patience:
    """Asks Redis, or answers otherwise while it cannot be reached."""

    def __init__(self) -> None:
        self.silent_until = 0.0

    def ask[Answer](self, deed: Callable[[], Answer], *, otherwise: Callable[[], Answer]) -> Answer:
        if time.monotonic() >= self.silent_until:
            try:
                return deed()
            except (RedisError, OSError) as error:
                self.silent_until = time.monotonic() + PAUSE
                log.warning("without_redis", error=type(error).__name__)
        return otherwise()


patience = Patience()
