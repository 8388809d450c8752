"""One Redis client for this process, and a circuit breaker while Redis is unavailable.

The client can be shared between threads, and creating one costs more than a command. After one failure this process
skips Redis for a moment, so that requests do not each wait for the timeout.
"""

import functools
import time
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# Seconds for which Redis is skipped after a failure.
OPEN_SECONDS = 2.0


@functools.cache
def client() -> redis.Redis:
    """The shared client.

    Commands take at most REDIS_TIMEOUT seconds or raise redis.RedisError: a slow Redis must not slow pages.
    """
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=settings.REDIS_TIMEOUT,
        socket_connect_timeout=settings.REDIS_TIMEOUT,
        health_check_interval=30,
    )


class CircuitBreaker:
    """Runs Redis commands, or their fallback while Redis is unavailable."""

    def __init__(self) -> None:
        self.open_until = 0.0

    def call[Answer](self, command: Callable[[], Answer], *, fallback: Callable[[], Answer]) -> Answer:
        if time.monotonic() >= self.open_until:
            try:
                return command()
            except (RedisError, OSError) as error:
                self.open_until = time.monotonic() + OPEN_SECONDS
                log.warning("without_redis", error=type(error).__name__)
        return fallback()


circuit_breaker = CircuitBreaker()
