"""Sessions in Redis, sealed: allauth keeps addresses and half-finished logins in them.

The cookie's value is not in Redis either, only its hash: who reads Redis can neither read a session nor take it over.
"""

import hashlib
import json
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.core.cache import cache

from wellness.crypto import sealing


class SessionStore(SessionBase):
    def load(self) -> dict[str, Any]:
        name = _name(self._get_or_create_session_key())
        sealed = cache.get(name)
        try:
            return json.loads(sealing.unseal(sealed or "", bound_to=name))
        except sealing.Unreadable:
            # Gone, of a key that was retired since, or of another session: the person signs in again.
            self._session_key = None
            return {}

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        if self.session_key is None:
            return self.create()
        name = _name(self.session_key)
        text = json.dumps(self._get_session(no_load=must_create), separators=(",", ":"))
        sealed = sealing.seal(text, bound_to=name)
        if must_create:
            if not cache.add(name, sealed, self.get_expiry_age()):
                raise CreateError
        elif name not in cache:
            raise UpdateError
        else:
            cache.set(name, sealed, self.get_expiry_age())
        return None

    def exists(self, session_key: str) -> bool:
        return bool(session_key) and _name(session_key) in cache

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key:
            cache.delete(_name(session_key))

    @classmethod
    def clear_expired(cls) -> None:
        """Redis forgets them by itself."""


def _name(session_key: str) -> str:
    return "session:" + hashlib.sha256(session_key.encode()).hexdigest()
