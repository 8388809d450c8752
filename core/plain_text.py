"""Normalises texts that people type and removes invisible control characters.

Bidirectional controls reorder the text around them, and noncharacters are reserved for programs. Joiners of emoji and the
marks that right-to-left writing needs stay.
"""

import re
import unicodedata
from typing import Any

from django import forms

# U+202A–U+202E and U+2066–U+2069 embed, override and isolate directions (Unicode Annex 9). The last two code points of
# each plane and U+FDD0–U+FDEF are noncharacters (Unicode 23.7).
_REMOVED = re.compile(
    "[\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)


def clean(text: str) -> str:
    """The text in NFC, without directional controls and noncharacters."""
    return unicodedata.normalize("NFC", _REMOVED.sub("", text))


class CleanCharField(forms.CharField):
    """The form field of stored texts. Passwords and keys use Django's own field."""

    def to_python(self, value: Any) -> Any:
        # Before Django trims it and decides whether it is empty.
        return super().to_python(clean(value) if isinstance(value, str) else value)
