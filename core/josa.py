"""Chooses the Korean particle that fits the word before it: 명상이, 걷기(아침)가, 50%를, TV를."""

import re

# Digits are read in Korean: the first group ends in a vowel, the second in ㄹ, the rest in another consonant.
_OPEN_DIGITS = "2459"
_RIEUL_DIGITS = "178"
# Units after a number, as the last syllable of their Korean reading: 30min is 삼십 분.
_UNITS = {
    "km": "터", "m": "터", "cm": "터", "mm": "터", "l": "터", "ml": "터", "ℓ": "터", "kg": "램", "g": "램", "mg": "램",
    "kcal": "리", "cal": "리", "min": "분", "h": "간", "hr": "간", "sec": "초",
}  # fmt: skip
_UNIT = re.compile(r"\d\s*([a-zℓ]+)$", re.IGNORECASE)
_SIGNS = {"%": "트", "％": "트", "℃": "도", "°": "도"}
# Capitals are read letter by letter: 엘 and 알 end in ㄹ, 엠 and 엔 in another consonant, the others in a vowel.
_CAPITALS = re.compile(r"(?:^|[^A-Za-z])[A-Z]*([A-Z])$")
_RIEUL_LETTERS, _CLOSED_LETTERS = "LR", "MN"
# What stands in brackets at the end is not read: 걷기(아침)가.
_BRACKETS = re.compile(r"(?<=.)\s*(?:\([^()]*\)|（[^（）]*）|\[[^\[\]]*\])\W*$")


def josa(word: str, pair: str) -> str:
    """Returns `word` with the particle of `pair` that it takes.

    `pair` is written as in dictionaries, after a consonant / after a vowel: 이/가, 은/는, 을/를, 과/와, 으로/로.
    When the final sound is unknown, as after English words, both are given: yoga을(를).
    """
    return word + particle(word, pair)


def particle(word: str, pair: str) -> str:
    """The particle alone."""
    closed, open_ = pair.split("/")
    final = _final(word)
    if final is None:
        return f"{closed}({open_})"
    if final == "ㄹ" and closed == "으로":
        return open_
    return closed if final else open_


def _final(word: str) -> str | None:
    """The final consonant as far as it affects the particle.

    "", "ㄹ", "·" (any other), or None if unknown.
    """
    sounds = _heard(word)
    if unit := _UNIT.search(sounds):
        sounds = _UNITS.get(unit[1].lower(), "")
    elif capital := _CAPITALS.search(sounds):
        return "ㄹ" if capital[1] in _RIEUL_LETTERS else "·" if capital[1] in _CLOSED_LETTERS else ""
    last = _SIGNS.get(sounds[-1:], sounds[-1:])
    if "가" <= last <= "힣":
        jamo = (ord(last) - ord("가")) % 28
        return {0: "", 8: "ㄹ"}.get(jamo, "·")
    if last.isascii() and last.isdigit():
        return "" if last in _OPEN_DIGITS else "ㄹ" if last in _RIEUL_DIGITS else "·"
    return None


def _heard(word: str) -> str:
    """The word without brackets, marks and emoji at its end; signs that are read stay."""
    while (shorter := _BRACKETS.sub("", word)) != word:
        word = shorter
    return re.sub(r"[^\w%％℃°]+$", "", word).rstrip("_")
