"""Sessions in Redis, sealed: allauth keeps addresses and half-finished logins in them.

The cookie's value is not in Redis either, only its hash: who reads Redis can neither read a session nor take it over.

Without Redis a session lives for its request alone, and nobody waits for it: after one failure this process does not
ask again for a moment. `user_sessions` signs the person in anew at each request meanwhile.
"""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from redis.exceptions import RedisError

from wellness.crypto import sealing

log = structlog.get_logger(__name__)

# Seconds for which Redis is left alone after it failed to answer.
PAUSE = 2.0


class _Redis:
    """Asks Redis, or gives the answer of an empty one while it cannot be reached."""

    def __init__(self) -> None:
        self.silent_until = 0.0

    def ask[Answer](self, deed: Callable[[], Answer], *, otherwise: Answer) -> Answer:
        if time.monotonic() < self.silent_until:
            return otherwise
        try:
            return deed()
        except (RedisError, OSError) as error:
            self.silent_until = time.monotonic() + PAUSE
            log.warning("sessions_without_redis", error=type(error).__name__)
            return otherwise


redis = _Redis()


class SessionStore(CacheStore):
    @property
    def cache_key(self) -> str:
        return self._redis_key(self._get_or_create_session_key())

    def load(self) -> dict[str, Any]:
        sealed = redis.ask(lambda: self._cache.get(self.cache_key), otherwise=None)
        if sealed is None:
            self._session_key = None
            return {}
        return json.loads(sealing.unseal(sealed, bound_to="session"))

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        if self.session_key is None:
            return self.create()
        text = json.dumps(self._get_session(no_load=must_create), separators=(",", ":"))
        age, sealed = self.get_expiry_age(), sealing.seal(text, bound_to="session")
        if must_create:
            if not redis.ask(lambda: self._cache.add(self.cache_key, sealed, age), otherwise=True):
                raise CreateError
        elif not redis.ask(lambda: self._redis_key(self.session_key) in self._cache, otherwise=True):
            raise UpdateError
        else:
            redis.ask(lambda: self._cache.set(self.cache_key, sealed, age), otherwise=None)
        return None

    def exists(self, session_key: str) -> bool:
        return bool(session_key) and redis.ask(lambda: self._redis_key(session_key) in self._cache, otherwise=False)

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key:
            redis.ask(lambda: self._cache.delete(self._redis_key(session_key)), otherwise=None)

    @staticmethod
    def _redis_key(session_key: str) -> str:
        return "session:" + hashlib.sha256(session_key.encode()).hexdigest()
