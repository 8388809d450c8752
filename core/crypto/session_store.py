"""Sessions in Redis, sealed: allauth keeps addresses and half-finished logins in them.

The cookie's value is not in Redis either, only its hash: who reads Redis can neither read a session nor take it over.

Without Redis a session lives for its request alone; `user_sessions` signs the person in anew at each request meanwhile.
"""

import hashlib
import json
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from core import redis
from core.crypto import sealing
from core.redis import patience


class SessionStore(SessionBase):
    # Made while Redis was away, so not there yet to be written over.
    _is_unstored = False

    def load(self) -> dict[str, Any]:
        place = _place(self._get_or_create_session_key())
        sealed = patience.ask(lambda: redis.client().get(place), otherwise=lambda: None) or b""
        try:
            return json.loads(sealing.unseal(sealed.decode(), bound_to=place))
        except sealing.Unreadable:
            # Gone, sealed with a key that was retired since, or another's: the device's token signs in again.
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
        # First: it decides whether there is something to read, which the age would ask for.
        text = json.dumps(self._get_session(no_load=must_create), separators=(",", ":"))
        place, age = _place(self.session_key), self.get_expiry_age()
        sealed = sealing.seal(text, bound_to=place)
        is_new = must_create or self._is_unstored
        # A session that ended meanwhile (signed out elsewhere) is not brought back by a late save.
        stored = patience.ask(
            lambda: bool(redis.client().set(place, sealed, ex=age, nx=is_new, xx=not is_new)), otherwise=lambda: None
        )
        self._is_unstored = is_new and stored is None
        if stored is False:
            raise CreateError if must_create else UpdateError
        return None

    def exists(self, session_key: str) -> bool:
        if not session_key:
            return False
        return bool(patience.ask(lambda: redis.client().exists(_place(session_key)), otherwise=lambda: 0))

    def delete(self, session_key: str | None = None) -> None:
        if session_key := session_key or self.session_key:
            patience.ask(lambda: redis.client().delete(_place(session_key)), otherwise=lambda: 0)

    @classmethod
    def clear_expired(cls) -> None:
        """Redis lets them go by itself."""


def _place(session_key: str) -> str:
    return "session:" + hashlib.sha256(session_key.encode()).hexdigest()
