"""Signs who is acting, so that SQL alone cannot put a name into the audit trail.

The setting `wellness.actor` reads `user|address|seconds|signature`: the person's id and address or nothing, the time in
seconds since 1970, and HMAC-SHA-256 over the three in hex. The function `audit_actor` (migration 0002) verifies it with the
key in `audit_signing_key`, which the web's database role cannot read, and ignores what is older than five minutes. A copied
signature can name that person for five minutes; nothing else can.
"""

import hashlib
import hmac
import time

from django.db import connections

from core.crypto import keyring

SETTING = "wellness.actor"
_BLOCK_BYTES = 64  # of SHA-256


def sign(user: str, address: str) -> str:
    """The value of the setting. Neither part can hold a quote or a bar: a UUID, an IP address, or empty."""
    claim = f"{user}|{address}|{int(time.time())}"
    return f"{claim}|{hmac.new(_key(), claim.encode(), hashlib.sha256).hexdigest()}"


def install_key(using: str) -> None:
    """Writes the key that the database verifies with. Runs after each migration and when PII_INDEX_KEY was changed."""
    padded = _key().ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    with connections[using].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_signing_key (inner_pad, outer_pad) VALUES (%s, %s)"
            " ON CONFLICT (only_one) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            [inner, outer],
        )


def _key() -> bytes:
    return keyring.current().derived_index("audit actor")
