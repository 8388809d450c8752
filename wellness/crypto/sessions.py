"""Sessions in Redis, sealed: allauth keeps addresses and half-finished logins in them.

The cookie's value is not in Redis either, only its hash: who reads Redis can neither read a session nor take it over.
"""

import hashlib
import json
from typing import Any

from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.cache import SessionStore as CacheStore

from wellness.crypto import sealing


class SessionStore(CacheStore):
    @property
    def cache_key(self) -> str:
        return self._redis_key(self._get_or_create_session_key())

    def load(self) -> dict[str, Any]:
        sealed = self._cache.get(self.cache_key)
        if sealed is None:
            self._session_key = None
            return {}
        try:
            return json.loads(sealing.unseal(sealed, bound_to="session"))
        except sealing.Unreadable:
            # Sealed with a key that has left the ring since: whoever it was signs in again.
            self._session_key = None
            return {}

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        if self.session_key is None:
            return self.create()
        text = json.dumps(self._get_session(no_load=must_create), separators=(",", ":"))
        sealed = sealing.seal(text, bound_to="session")
        if must_create:
            if not self._cache.add(self.cache_key, sealed, self.get_expiry_age()):
                raise CreateError
        elif not self.exists(self.session_key):
            raise UpdateError
        else:
            self._cache.set(self.cache_key, sealed, self.get_expiry_age())
        return None

    def exists(self, session_key: str) -> bool:
        return bool(session_key) and self._redis_key(session_key) in self._cache

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key:
            self._cache.delete(self._redis_key(session_key))

    @staticmethod
    def _redis_key(session_key: str) -> str:
        return "session:" + hashlib.sha256(session_key.encode()).hexdigest()
