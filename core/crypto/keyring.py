"""The keys that seal personal data, read from the settings and validated before use."""

import base64
import dataclasses
import functools

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


@dataclasses.dataclass(frozen=True)
class KeyRing:
    """Master keys by id: the first one seals, all of them open.

    `index` is a separate key for the blind index.
    """

    # Left out of the repr, which errors would write to a log.
    masters: dict[str, bytes] = dataclasses.field(repr=False)
    index: bytes = dataclasses.field(repr=False)

    @property
    def primary(self) -> str:
        return next(iter(self.masters))

    def __hash__(self) -> int:
        return id(self)

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


@functools.cache
def current() -> KeyRing:
    """The ring of this process. Tests that change the settings call `current.cache_clear()`."""
    return parse(settings.PII_KEYS, settings.PII_INDEX_KEY)
