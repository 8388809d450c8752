"""Chooses the Korean particle that fits the word before it: 명상이, 걷기(아침)가, 50%를, TV를."""

import re

# Digits are read in Korean: the first group ends in a vowel, the second in ㄹ, the rest in another consonant.
_OPEN_DIGITS = "2459"
_RIEUL_DIGITS = "178"
# Units after a number, as the last syllable of their Korean reading: 30min is 삼십 분.
_UNITS = {
    "km": "터", "m": "터", "cm": "터", "mm": "터", "l": "터", "ml": "터", "ℓ": "터", "kg": "램", "g": "램", "mg": "램",
    "kcal": "리", "cal": "리", "min": "분", "mins": "분", "h": "간", "hr": "간", "hrs": "간", "s": "초", "sec": "초",
    "pt": "트", "set": "트", "sets": "트",
}  # fmt: skip
_UNIT = re.compile(r"\d\s*([A-Za-zℓ]+)$")
# A capital alone after a number is its letter, 2H and 5G, but for these: 500M is read 오백 미터.
_CAPITAL_UNITS = {"M": "터", "L": "터"}
_SIGNS = {"%": "트", "％": "트", "℃": "도", "°": "도"}
# Capitals are read letter by letter, and so is a single small letter after a number (30p): 엘 and 알 end in ㄹ, 엠 and 엔
# in another consonant, the others in a vowel.
_CAPITALS = re.compile(r"(?:^|[^A-Za-z])[A-Z]*([A-Z])$")
_RIEUL_LETTERS, _CLOSED_LETTERS = "LR", "MN"
# A digit right after a Latin letter is read in English, and so is that of 오메가3: MP3 is 엠피쓰리.
_ENGLISH_DIGIT = re.compile(r"(?:[A-Za-z]|오메가)-?(\d)$")
_OPEN_ENGLISH_DIGITS = "0234568"
# An English word, and the ends after which some such words take a vowel in Korean and others none: 북, 데스크; 스텝, 스텝스.
_ENGLISH_WORD = re.compile(r"[A-Za-z]+[a-z]$")
_UNTOLD = re.compile(r"(?:[bckpqt]|pe|gh|[kp]s)$")
# What stands in brackets at the end is not read: 걷기(아침)가.
_BRACKETS = re.compile(r"(?<=.)\s*(?:\([^()]*\)|（[^（）]*）|\[[^\[\]]*\])\W*$")


def josa(word: str, pair: str) -> str:
    """Returns `word` with the particle of `pair` that it takes.

    `pair` is written as in dictionaries, after a consonant / after a vowel: 이/가, 은/는, 을/를, 과/와, 으로/로.
    English words are read by their last letters: yoga를, Stretching이. When the final sound is unknown, both are given: book을(를).
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
    if digit := _ENGLISH_DIGIT.search(sounds):
        return "" if digit[1] in _OPEN_ENGLISH_DIGITS else "·"
    if unit := _UNIT.search(sounds):
        read = _unit(unit[1])
        return _letter(unit[1]) if read is None and (len(unit[1]) == 1 or unit[1].isupper()) else _syllable(read or "")
    if capital := _CAPITALS.search(sounds):
        return _letter(capital[1])
    if english := _ENGLISH_WORD.search(sounds):
        return _english(english[0].lower())
    return _syllable(sounds)


def _english(word: str) -> str | None:
    """The final sound of an English word as it is written in Korean; None where its letters do not tell it."""
    # A silent e: time is 타임, apple 애플.
    word = re.sub(r"(?<=[lmn])e$", "", word)
    if word.endswith("l"):
        return "ㄹ"
    if word.endswith(("m", "n", "ng")):
        return "·"
    return None if _UNTOLD.search(word) else ""


def _unit(letters: str) -> str | None:
    """The last syllable of the unit's reading; None where the letters are no unit."""
    if len(letters) == 1 and letters.isupper():
        return _CAPITAL_UNITS.get(letters)
    return _UNITS.get(letters.lower())


def _letter(letters: str) -> str:
    """The final sound of the name of the last letter."""
    last = letters[-1].upper()
    return "ㄹ" if last in _RIEUL_LETTERS else "·" if last in _CLOSED_LETTERS else ""


def _syllable(sounds: str) -> str | None:
    """The final sound of the last syllable, digit or sign."""
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
