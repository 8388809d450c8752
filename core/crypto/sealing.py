"""Encryption of single values as `<key id>:<base64url>`.

AES-256-GCM binds a value to its place; AES-SIV is used where a value must be found by equality. A value that cannot be
opened raises `Unreadable`; no function returns cipher text or garbage instead.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from core.crypto import keyring

NONCE_BYTES = 12
# Values are padded to blocks of this size, because the length of a name helps to identify it.
BLOCK_BYTES = 32


class Unreadable(Exception):
    """The value was sealed with a removed key or for another place, or it has been changed."""


def place(table: str, column: str, row: object) -> str:
    """What a sealed value is bound to: copied to another row, column or table, it does not open."""
    return f"{table}|{column}|{row}"


def seal(text: str, *, bound_to: str) -> str:
    ring = keyring.current()
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(ring.derived(ring.primary, "seal"))
    return f"{ring.primary}:{_encode(nonce + cipher.encrypt(nonce, _padded(text.encode()), bound_to.encode()))}"


def unseal(token: str, *, bound_to: str) -> str:
    key_id, raw = _split(token)
    cipher = AESGCM(_derived(key_id, "seal"))
    try:
        padded = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
    except InvalidTag as error:
        raise Unreadable(f"sealed with {key_id}, not for this place or changed since") from error
    return _unpadded(padded).decode()


def seal_findable(text: str, *, bound_to: str, key_id: str | None = None) -> str:
    """Seals deterministically: the same text in the same place gives the same value.

    For columns of tables we do not own that are searched by equality, such as allauth's addresses. Leaks equality
    within the column, as an index would.
    """
    key_id = key_id or keyring.current().primary
    return f"{key_id}:{_encode(_siv(key_id).encrypt(text.encode(), [bound_to.encode()]))}"


def unseal_findable(token: str, *, bound_to: str) -> str:
    key_id, raw = _split(token)
    try:
        return _siv(key_id).decrypt(raw, [bound_to.encode()]).decode()
    except InvalidTag as error:
        raise Unreadable(f"sealed with {key_id}, not for this place or changed since") from error


def findable_values(text: str, *, bound_to: str) -> list[str]:
    """The findable value under each key of the ring: during a rotation, rows use different keys."""
    return [seal_findable(text, bound_to=bound_to, key_id=key_id) for key_id in keyring.current().masters]


def blind_index(text: str, *, purpose: str) -> str:
    """HMAC-SHA-256 in hex under the index key: makes a sealed column searchable and unique."""
    return hmac.new(keyring.current().derived_index(purpose), text.encode(), hashlib.sha256).hexdigest()


def key_id_of(token: str) -> str:
    return token.partition(":")[0]


def is_newest(token: str) -> bool:
    """Whether the value was sealed with the current primary key."""
    return key_id_of(token) == keyring.current().primary


def _siv(key_id: str) -> AESSIV:
    return AESSIV(_derived(key_id, "findable", 64))


def _derived(key_id: str, purpose: str, length: int = keyring.KEY_BYTES) -> bytes:
    try:
        return keyring.current().derived(key_id, purpose, length)
    except KeyError as error:
        raise Unreadable(f"sealed with {key_id}, which is not on the key ring") from error


def _split(token: str) -> tuple[str, bytes]:
    key_id, colon, body = token.partition(":")
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except ValueError as error:
        raise Unreadable("not a sealed value") from error
    # Each value has one encoding: the decoder would also accept others, with characters and bits that it ignores.
    if not colon or len(raw) < NONCE_BYTES or _encode(raw) != body:
        raise Unreadable("not a sealed value")
    return key_id, raw


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _padded(raw: bytes) -> bytes:
    # ISO/IEC 7816-4: one 0x80, then zeros.
    return raw + b"\x80" + b"\0" * (-(len(raw) + 1) % BLOCK_BYTES)


def _unpadded(padded: bytes) -> bytes:
    raw, mark, zeros = padded.rpartition(b"\x80")
    if not mark or zeros.strip(b"\0"):
        raise Unreadable("sealed without its padding")
    return raw
