"""The cache's KEY_FUNCTION: hides the hashes of addresses that allauth puts into keys."""

from core.crypto import sealing

# allauth counts attempts under the plain SHA-256 of the typed address, which a reader of Redis could find by guessing.
_ALLAUTH = "allauth:"


def make_key(key: str, key_prefix: str, version: int) -> str:
    if key.startswith(_ALLAUTH):
        key = _ALLAUTH + sealing.blind_index(key, purpose="cache")
    return f"{key_prefix}:{version}:{key}"
