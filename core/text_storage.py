"""The form in which text is stored and counted: LF, NFC, code points, no hidden controls.

A browser's page sends line breaks as CRLF, its dialog (htmx) as LF; macOS sends file names and pasted Hangul in NFD.
Bidirectional controls reorder the text around them, and noncharacters are reserved for programs: both are removed. Joiners
of emoji and the marks that right-to-left writing needs stay.
"""

import re
import unicodedata

# U+202A–U+202E and U+2066–U+2069 embed, override and isolate directions (Unicode Annex 9). The last two code points of
# each plane and U+FDD0–U+FDEF are noncharacters (Unicode 23.7).
_REMOVED = re.compile(
    "[\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)

_JOINER = "\N{ZERO WIDTH JOINER}"
# Skin tones and the tags of regional flags. Variation selectors and keycaps are marks (category M).
_CONTINUES = [(0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F)]
# Two of them are a flag.
_REGIONS = (0x1F1E6, 0x1F1FF)


def normalize(text: str) -> str:
    """The text as it is stored; comparing, searching and counting use the same form."""
    return unicodedata.normalize("NFC", _REMOVED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def shorten(text: str, longest: int) -> str:
    """At most `longest` code points of the text.

    What a person sees as one character is kept whole or left out.
    """
    end = min(longest, len(text))
    while 0 < end < len(text) and not _is_boundary(text, end):
        end -= 1
    return text[:end]


def _is_boundary(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.category(after)[0] == "M":
        return False
    if any(low <= ord(after) <= high for low, high in _CONTINUES):
        return False
    return not (_is_region(after) and _regions_before(text, at) % 2)


def _is_region(letter: str) -> bool:
    return _REGIONS[0] <= ord(letter) <= _REGIONS[1]


def _regions_before(text: str, at: int) -> int:
    start = at
    while start and _is_region(text[start - 1]):
        start -= 1
    return at - start
