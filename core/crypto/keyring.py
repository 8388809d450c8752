"""The keys that seal personal data, read from the settings and validated before use."""

import base64
import dataclasses
import functools
from collections.abc import Iterable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


@dataclasses.dataclass(frozen=True)
class KeyRing:
    """Master keys by id: the first one seals, all of them open.

    `index` is a separate key for the blind index. `purged` are the ids that must not be used, whether the settings hold
    such a key or not; `kept_in_settings` those of them that the settings hold still.
    """

    # Left out of the repr, which errors would write to a log.
    masters: dict[str, bytes] = dataclasses.field(repr=False)
    index: bytes = dataclasses.field(repr=False)
    purged: frozenset[str] = frozenset()
    kept_in_settings: frozenset[str] = frozenset()

    @property
    def primary(self) -> str:
        return next(iter(self.masters))

    def __hash__(self) -> int:
        return id(self)

    def without(self, purged: frozenset[str]) -> "KeyRing":
        """The ring without these purged keys.

        Raises ImproperlyConfigured when no key remains.
        """
        left = {key_id: key for key_id, key in self.masters.items() if key_id not in purged}
        if not left:
            raise ImproperlyConfigured("PII_KEYS holds purged keys only: personal data cannot be sealed.")
        return KeyRing(left, self.index, purged, frozenset(self.masters.keys() & purged))

    @functools.cache  # noqa: B019 - a process has one ring; its derived keys live as long
    def derived(self, key_id: str, purpose: str, length: int = KEY_BYTES) -> bytes:
        """The key for one purpose, so that no two uses share key material.

        Raises KeyError for an unknown id.
        """
        return HKDF(hashes.SHA256(), length, salt=None, info=purpose.encode()).derive(self.masters[key_id])

    @functools.cache  # noqa: B019
    def derived_index(self, purpose: str) -> bytes:
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self.index)


def parse(keys: list[str], index_key: str) -> KeyRing:
    """Reads `["k2:<base64>", "k1:<base64>"]` (newest first) and one base64 key.

    Raises ImproperlyConfigured.
    """
    masters: dict[str, bytes] = {}
    for entry in keys:
        key_id, colon, encoded = entry.partition(":")
        if not colon or not key_id.isalnum() or key_id in masters:
            raise ImproperlyConfigured("PII_KEYS: each key is written <id>:<base64>, with an id of its own.")
        masters[key_id] = _decoded(encoded, f"PII_KEYS ({key_id})")
    if not masters:
        raise ImproperlyConfigured("PII_KEYS is empty: personal data cannot be sealed. See .env.example.")
    index = _decoded(index_key, "PII_INDEX_KEY")
    if len({*masters.values(), index}) != len(masters) + 1:
        raise ImproperlyConfigured("PII_KEYS and PII_INDEX_KEY must all differ from each other.")
    return KeyRing(masters, index)


def _decoded(encoded: str, name: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not base64.") from error
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise ImproperlyConfigured(f"{name} must be {KEY_BYTES} random bytes: openssl rand -base64 {KEY_BYTES}")
    return key


# The ids that core/crypto/purged_keys.py has read last.
_purged: frozenset[str] = frozenset()


@functools.cache
def current() -> KeyRing:
    """The ring of this process. Tests that change the settings call `current.cache_clear()`."""
    return parse(settings.PII_KEYS, settings.PII_INDEX_KEY).without(_purged)


def leave_out(key_ids: Iterable[str]) -> None:
    """Takes purged keys off the ring of this process, and puts others back."""
    global _purged  # noqa: PLW0603 - of the process, like the ring
    _purged = frozenset(key_ids)
    # Compared with the ring and not with the last call: another thread may have made it meanwhile.
    if _made_without() != _purged:
        current.cache_clear()
        # What was derived from a purged key leaves the memory, too.
        KeyRing.derived.cache_clear()


def _made_without() -> frozenset[str] | None:
    """The keys without which the ring of now was made; None when no key is left on it."""
    try:
        return current().purged
    except ImproperlyConfigured:
        return None
