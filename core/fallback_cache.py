"""Cache backend in Redis that falls back to memory while Redis is unavailable.

allauth counts login attempts in the cache. If the cache raised errors without Redis, nobody could sign in; if it were
empty, passwords could be guessed without limit. So each process counts by itself, and each process has the full limit.
"""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from core import redis

# Seconds: how long an entry lives in memory at most, since changes by other processes are not seen.
LONGEST = 5 * 60
# Entries, each a counter of a few hundred bytes.
MOST = 20_000


class ProcessCache(LocMemCache):
    """The cache of this process, used while Redis is unavailable."""

    def __init__(self, params: dict[str, Any]):
        super().__init__("fallback", params | {"OPTIONS": {"MAX_ENTRIES": MOST}})

    def get_backend_timeout(self, timeout: float | None = DEFAULT_TIMEOUT) -> float | None:
        ends = super().get_backend_timeout(timeout)
        longest = time.time() + LONGEST
        return longest if ends is None else min(ends, longest)


def _with_fallback(name: str) -> Callable[..., Any]:
    in_redis, in_process = getattr(RedisCache, name), getattr(ProcessCache, name)

    def call(self: "FallbackCache", *args: Any, **kwargs: Any) -> Any:
        return redis.call(
            lambda: in_redis(self, *args, **kwargs), fallback=lambda: in_process(self.process_cache, *args, **kwargs)
        )

    return call


class _OneClient(RedisCacheClient):
    """Keeps its client: Django makes one for each command, which costs more than the command."""

    _kept: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if self._kept is None:
            self._kept = super().get_client(key, write=write)
        return self._kept


class FallbackCache(RedisCache):
    """Django's Redis cache on one server, or the process cache while Redis is unavailable."""

    def __init__(self, server: str, params: dict[str, Any]):
        super().__init__(server, params)
        self._class = _OneClient
        self.process_cache = ProcessCache(params)

    add = _with_fallback("add")
    get = _with_fallback("get")
    set = _with_fallback("set")
    touch = _with_fallback("touch")
    delete = _with_fallback("delete")
    has_key = _with_fallback("has_key")
    incr = _with_fallback("incr")
    get_many = _with_fallback("get_many")
    set_many = _with_fallback("set_many")
    delete_many = _with_fallback("delete_many")

    def clear(self) -> None:
        self.process_cache.clear()
        redis.call(super().clear, fallback=lambda: False)
