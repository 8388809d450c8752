"""Rejects passwords that attackers guess first.

The lists are Django's 20,000 most common passwords and Korean words and names (accounts/content/passwords), each also
typed in the other keyboard layout, doubled, or with digits around it. No rule requires digits or symbols.
"""

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import structlog
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator

from accounts import keyboards

log = structlog.get_logger(__name__)

CONTENT = Path(__file__).parent / "content" / "passwords"
SHORTEST, LONGEST = 8, 256
# The number of digits and symbols around a word that attackers try with it: a year, a birthday, 1234!
AROUND = 8
# A run over the keyboard still counts as one with a jump every so many keys.
KEYS_A_JUMP = 6
# Seconds to wait for the service for leaked passwords.
TIMEOUT = 2

_LETTERS = re.compile(r"[^\W\d_]")
_AS_LETTERS = str.maketrans("@013457$!", "aoieastsi")


class Weakness(StrEnum):
    SHORT = "short"
    LONG = "long"
    NUMBER = "number"
    RUN = "run"
    COMMON = "common"
    OTHER_LAYOUT = "other_layout"
    OWN = "own"
    LEAKED = "leaked"


def normalise(password: str) -> str:
    """NFKC form: a Mac sends decomposed Hangul, some keyboards send full-width digits."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, *, own: tuple[str, ...] = ()) -> Weakness | None:
    """Why the password is easy to guess, or None. `own` holds the person's address and name."""
    password = normalise(password)
    if not SHORTEST <= len(password) <= LONGEST:
        return Weakness.SHORT if len(password) < SHORTEST else Weakness.LONG
    if password.isdecimal():
        return Weakness.NUMBER
    keys = keyboards.to_keys(password)
    if any(_is_run(text) for text in (password, keys)):
        return Weakness.RUN
    if any(core in _known_of(own) for core in _cores(password)):
        return Weakness.OWN
    if any(_is_common(core) for core in _cores(password)):
        return Weakness.COMMON
    typed_otherwise = {keys, keyboards.to_hangul(password), keyboards.to_hangul(password[:1].lower() + password[1:])}
    if any(_is_common(core) for text in typed_otherwise for core in _cores(text)):
        return Weakness.OTHER_LAYOUT
    return None


def has_leaked(password: str) -> bool:
    """Whether a service for leaked passwords knows it; False without BREACHED_PASSWORDS_URL.

    Only five digits of the password's SHA-1 are sent; the answer lists the rest of each hash with that prefix. When the
    service does not answer, the password is accepted.
    """
    if not settings.BREACHED_PASSWORDS_URL:
        return False
    import requests  # noqa: PLC0415 -- large, and most processes never ask

    digest = hashlib.sha1(normalise(password).encode(), usedforsecurity=False).hexdigest().upper()
    url = f"{settings.BREACHED_PASSWORDS_URL}/range/{digest[:5]}"
    try:
        answer = requests.get(url, headers={"Add-Padding": "true"}, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
    except requests.RequestException as error:
        log.warning("breached_passwords_unknown", error=type(error).__name__)
        return False
    seen = (line.partition(":") for line in answer.text.splitlines())
    # Padding entries have a count of 0.
    return any(rest == digest[5:] and times.strip() != "0" for rest, _colon, times in seen)


def _is_run(text: str) -> bool:
    return keyboards.breaks(text) <= len(text) // KEYS_A_JUMP or len(set(text.lower())) <= 2


def _cores(text: str) -> Iterator[str]:
    """Yields the whole text, then the word inside without digits and symbols around it.

    The word is also given with look-alikes replaced by letters.
    """
    text = text.lower()
    yield text
    places = [place.start() for place in _LETTERS.finditer(text)]
    if places and len(text) - (places[-1] + 1 - places[0]) <= AROUND:
        inside = text[places[0] : places[-1] + 1]
        yield _joined(inside)
        yield _joined(inside.translate(_AS_LETTERS))


def _joined(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def _is_common(core: str) -> bool:
    word = _unit(core)
    if core in _guessed() or word in _guessed() or len(word) <= min(3, len(core) - 1):
        return True
    # Two words, or a full name.
    return any(word[:cut] in _korean() and word[cut:] in _korean() for cut in range(1, len(word)))


def _unit(text: str) -> str:
    """The repeated part of a text: `사랑해사랑해` → `사랑해`."""
    size = (text + text).find(text, 1)
    return text[:size]


def _known_of(own: tuple[str, ...]) -> set[str]:
    words = [*own, *(text.partition("@")[0] for text in own)]
    return {_joined(normalise(word).lower()) for word in words} - {""}


@functools.cache
def _guessed() -> frozenset[str]:
    return _korean() | CommonPasswordValidator().passwords


@functools.cache
def _korean() -> frozenset[str]:
    lines = [line for file in sorted(CONTENT.glob("*.txt")) for line in file.read_text().splitlines()]
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
