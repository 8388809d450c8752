"""Converts between the Hangul and Latin letters of the same keys of a Korean keyboard (두벌식).

`사랑해` typed while the Latin layout is on is `tkfkdgo`; `password` typed while Hangul is on is `ㅔㅁㄴㄴ재ㄱㅇ`.
"""

import itertools
import re
import unicodedata

# The jamo in Unicode order, written as the keys that type them.
_LEADS, _VOWELS, _TAILS = (
    keys.split()
    for keys in (
        "r R s e E f a q Q t T d w W c z x v g",
        "k o i O j p u P h hk ho hl y n nj np nl b m ml l",
        "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g",
    )
)

_LEAD = {keys: chr(0x1100 + place) for place, keys in enumerate(_LEADS)}
_VOWEL = {keys: chr(0x1161 + place) for place, keys in enumerate(_VOWELS)}
_TAIL = {keys: chr(0x11A8 + place) for place, keys in enumerate(_TAILS)}
_KEYS = {ord(jamo): keys for table in (_LEAD, _VOWEL, _TAIL) for keys, jamo in table.items()}

# A syllable takes as many keys as possible; a consonant before a vowel begins the next syllable.
_FIRST_OF_VOWELS = "".join(sorted({keys[0] for keys in _VOWELS}))
_SYLLABLE = re.compile(
    f"({'|'.join(_LEADS)})({'|'.join(sorted(_VOWELS, key=len, reverse=True))})"
    f"(?:({'|'.join(sorted(_TAILS, key=len, reverse=True))})(?![{_FIRST_OF_VOWELS}]))?"
)

# The position of the keys; each row is half a key to the right of the row above.
_ROWS = ("`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./")
_PLACES = {key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
_PLACES |= {key: (0, column + 1) for column, key in enumerate("!@#$%^&*()")}
# A step goes along the row, or to the two adjacent keys in the row below. The row of digits begins a key earlier.
_NEIGHBOURS = {(0, 1), (1, 0), (1, -1)}
_FROM_DIGITS = {(0, 1), (1, -1), (1, -2)}


def to_hangul(typed: str) -> str:
    """The text that the keys type in the Hangul layout; keys that form no syllable stay Latin."""
    return unicodedata.normalize(
        "NFC", _SYLLABLE.sub(lambda found: _LEAD[found[1]] + _VOWEL[found[2]] + _TAIL.get(found[3], ""), typed)
    )


def to_keys(written: str) -> str:
    """The keys that type the text, for syllables and single jamo; other characters stay."""
    return unicodedata.normalize("NFKD", written).translate(_KEYS)


def breaks(typed: str) -> int:
    """How often the text leaves a run of adjacent keys or of the alphabet: once in `qwer1234`."""
    text = typed.lower()
    return sum(not _is_a_step(*pair) for pair in itertools.pairwise(text))


def _is_a_step(one: str, other: str) -> bool:
    if abs(ord(one) - ord(other)) <= 1 and one.isalnum() and other.isalnum():
        return True
    if one not in _PLACES or other not in _PLACES:
        return False
    (row, column), (next_row, next_column) = sorted((_PLACES[one], _PLACES[other]))
    steps = _FROM_DIGITS if row == 0 else _NEIGHBOURS
    return (next_row - row, next_column - column) in steps
