"""The cache in Redis; while that is away, one in this process.

allauth counts attempts in the cache. Were it an error without Redis, nobody could sign in; were it simply empty, anybody
could guess on and on. So each process keeps counting by itself, and the limits hold as often as there are processes.
"""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from core.redis import patience

# Seconds that anything is kept here at most: what other processes change meanwhile is not heard of.
LONGEST = 5 * 60
# Counters, each of a few hundred bytes.
MOST = 20_000


class Meanwhile(LocMemCache):
    def __init__(self, params: dict[str, Any]):
        super().__init__("meanwhile", params | {"OPTIONS": {"MAX_ENTRIES": MOST}})

    def get_backend_timeout(self, timeout: float | None = DEFAULT_TIMEOUT) -> float | None:
        ends = super().get_backend_timeout(timeout)
        longest = time.time() + LONGEST
        return longest if ends is None else min(ends, longest)


def _asked(name: str) -> Callable[..., Any]:
    in_redis, in_process = getattr(RedisCache, name), getattr(Meanwhile, name)

    def ask(self: "SteadyCache", *args: Any, **kwargs: Any) -> Any:
        return patience.ask(
            lambda: in_redis(self, *args, **kwargs), otherwise=lambda: in_process(self.meanwhile, *args, **kwargs)
        )

    return ask


class SteadyCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]):
        super().__init__(server, params)
        self.meanwhile = Meanwhile(params)

    add = _asked("add")
    get = _asked("get")
    set = _asked("set")
    touch = _asked("touch")
    delete = _asked("delete")
    has_key = _asked("has_key")
    incr = _asked("incr")
    get_many = _asked("get_many")
    set_many = _asked("set_many")
    delete_many = _asked("delete_many")

    def clear(self) -> None:
        self.meanwhile.clear()
        patience.ask(super().clear, otherwise=lambda: False)
