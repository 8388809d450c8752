"""One Redis client for this process: it is safe to share between threads, and making one costs more than a command."""

import functools

import redis
from django.conf import settings


@functools.cache
def client() -> redis.Redis:
    """Answers within 0.3 seconds or raises redis.RedisError: a slow Redis must not make pages slow."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.3, socket_connect_timeout=0.3, health_check_interval=30
    )
