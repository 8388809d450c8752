"""How cache keys are spelled in Redis: as everywhere, except where a library puts a hash of an address into them."""

from core.crypto import sealing

# allauth counts attempts under the plain SHA-256 of what was typed: whoever reads Redis tries addresses until one fits.
_TELLING = "allauth:"


def spell(key: str, key_prefix: str, version: int) -> str:
    if key.startswith(_TELLING):
        key = _TELLING + sealing.blind_index(key, purpose="cache")
    return f"{key_prefix}:{version}:{key}"
