"""One Redis client for this process, and a circuit breaker while Redis is unavailable.

The client can be shared between threads, and creating one costs more than a command. After one failure this process
skips Redis for two seconds, so that requests do not each wait for the timeout.
"""

import functools
import time
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

from core.circuit_breaker import CircuitBreaker

log = structlog.get_logger(__name__)

circuit_breaker = CircuitBreaker(pause=2.0)


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


def call[Answer](command: Callable[[], Answer], *, fallback: Callable[[], Answer]) -> Answer:
    """What `command` answers, or `fallback` while Redis is unavailable."""
    if circuit_breaker.allows_call(time.monotonic()):
        try:
            answer = command()
        except (RedisError, OSError) as error:
            circuit_breaker.record_failure(time.monotonic())
            log.warning("without_redis", error=type(error).__name__)
        else:
            circuit_breaker.record_success()
            return answer
    return fallback()
