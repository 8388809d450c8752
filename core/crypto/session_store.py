"""Session store in Redis with sealed contents.

allauth keeps addresses and unfinished logins in sessions.

Redis holds only a hash of the cookie's value, so that a reader of Redis can neither read a session nor take it over.
Without Redis a session lasts for one request; `user_sessions` then signs the person in again at each request.
"""

import hashlib
import json
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.core.exceptions import SuspiciousOperation

from core import redis
from core.crypto import sealing

# A session of nobody costs its creator nothing, so it is small and short (bytes of JSON, seconds). The largest is an
# unfinished sign-up with a provider; the longest waits for a mail to be read.
ANONYMOUS_SIZE = 8 * 1024
ANONYMOUS_AGE = 60 * 60


class SessionStore(SessionBase):
    # Created while Redis was unavailable, so there is no stored session to overwrite.
    _is_unstored = False

    def load(self) -> dict[str, Any]:
        place = _place(self._get_or_create_session_key())
        sealed = redis.call(lambda: redis.client().get(place), fallback=lambda: None) or b""
        try:
            return json.loads(sealing.unseal(sealed.decode(), bound_to=place))
        except sealing.Unreadable:
            # Deleted, sealed with a retired key, or made for another cookie: the device's token signs in again.
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
        # Read first: get_expiry_age() would load the session, also where `no_load` must prevent that.
        data = self._get_session(no_load=must_create)
        text = json.dumps(data, separators=(",", ":"))
        place, age = _place(self.session_key), self.get_expiry_age()
        if SESSION_KEY not in data:
            age = min(age, ANONYMOUS_AGE)
            if len(text) > ANONYMOUS_SIZE:
                raise SuspiciousOperation("too much in the session of nobody")
        sealed = sealing.seal(text, bound_to=place)
        is_new = must_create or self._is_unstored
        # A late save does not restore a session that was ended in the meantime (signed out elsewhere).
        stored = redis.call(
            lambda: bool(redis.client().set(place, sealed, ex=age, nx=is_new, xx=not is_new)), fallback=lambda: None
        )
        self._is_unstored = is_new and stored is None
        if stored is False:
            raise CreateError if must_create else UpdateError
        return None

    def exists(self, session_key: str) -> bool:
        if not session_key:
            return False
        return bool(redis.call(lambda: redis.client().exists(_place(session_key)), fallback=lambda: 0))

    def delete(self, session_key: str | None = None) -> None:
        if session_key := session_key or self.session_key:
            redis.call(lambda: redis.client().delete(_place(session_key)), fallback=lambda: 0)

    @classmethod
    def clear_expired(cls) -> None:
        """Does nothing: Redis expires sessions itself."""


def _place(session_key: str) -> str:
    return "session:" + hashlib.sha256(session_key.encode()).hexdigest()
