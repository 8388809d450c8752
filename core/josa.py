"""Chooses the Korean particle that fits the word before it: 명상이, 걷기가, 3km를."""

import re

# Digits are read in Korean: the first group ends in a vowel, the second in ㄹ, the rest in another consonant.
_OPEN_DIGITS = "2459"
_RIEUL_DIGITS = "178"
_UNITS = {"km": "터", "m": "터", "cm": "터", "l": "터", "ml": "터", "kg": "램", "g": "램"}
_UNIT = re.compile(r"\d\s*([a-z]+)$", re.IGNORECASE)


def josa(word: str, pair: str) -> str:
    """Returns `word` with the particle of `pair` that it takes.

    `pair` is written as in dictionaries, after a consonant / after a vowel: 이/가, 은/는, 을/를, 과/와, 으로/로.
    When the final sound is unknown, as after English words, both are given: TED을(를).
    """
    closed, open_ = pair.split("/")
    final = _final(word)
    if final is None:
        return f"{word}{closed}({open_})"
    if final == "ㄹ" and closed == "으로":
        return f"{word}{open_}"
    return f"{word}{closed if final else open_}"


def _final(word: str) -> str | None:
    """The final consonant as far as it affects the particle.

    "", "ㄹ", "·" (any other), or None if unknown.
    """
    sounds = re.sub(r"[\W_]+$", "", word)
    if unit := _UNIT.search(sounds):
        sounds = _UNITS.get(unit[1].lower(), "")
    last = sounds[-1:]
    if "가" <= last <= "힣":
        jamo = (ord(last) - ord("가")) % 28
        return {0: "", 8: "ㄹ"}.get(jamo, "·")
    if last.isascii() and last.isdigit():
        return "" if last in _OPEN_DIGITS else "ㄹ" if last in _RIEUL_DIGITS else "·"
    return None
