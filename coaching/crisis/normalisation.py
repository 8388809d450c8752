"""Normalises unusual spellings before the rules look for words.

People write so under stress, or so that a filter overlooks them.
"""

import re
import unicodedata

from accounts import keyboards

# Laughter and tears written as single jamo; they stand in the middle of sentences and say nothing.
_SIGHS = re.compile(r"([ㅋㅎㅠㅜㅡ])\1+")
# Latin letters and digits that are used for the vowels and consonants that they look like.
_LOOKALIKES = ((re.compile(r"(?<=[ㄱ-ㅎ])[r]"), "ㅏ"), (re.compile(r"(?<=[ㄱ-ㅎ])[l1|]"), "ㅣ"))
# Jamo of two consonants, as the two: what one types for the end of 없, 싫, 앉.
_PAIRS = str.maketrans(
    dict(
        zip(
            "ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ",
            ["ㄱㅅ", "ㄴㅈ", "ㄴㅎ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅂㅅ"],
            strict=True,
        )
    )
)
# Spelled as it sounds.
_BY_EAR = {
    "시퍼": "싶어", "시포": "싶어", "시따": "싶다", "십따": "싶다", "시픔": "싶음", "시픈": "싶은", "업서": "없어", "업써": "없어", "업따": "없다", "업는": "없는",
    "가타": "같아", "가튼": "같은", "주글": "죽을", "쥬글": "죽을", "주거": "죽어", "쥬거": "죽어", "듀거": "죽어", "쥭": "죽", "듁": "죽", "시러": "싫어",
    "실타": "싫다", "조켓": "좋겠", "조케": "좋겠", "마니": "많이", "어떠케": "어떻게", "구시": "고시", "죽구": "죽고", "죽꼬": "죽고", "살구싶": "살고싶",
}  # fmt: skip
_HEARD = re.compile("|".join(_BY_EAR))
_LONE_JAMO = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]")
_LATIN = re.compile(r"[a-z]{2}")
_DIGITS = re.compile(r"[0-9]")
_SPACES = re.compile(r"\s+")
# Everything but Hangul, Latin letters, digits and spaces: punctuation, emoji, invisible characters.
_MARKS = re.compile(r"[^0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ\s]")
LONGEST = 4000


def readings(text: str) -> list[str]:
    """The text in the ways it may be meant, each with single spaces and without marks.

    As written and without its digits; each of the two with jamo joined to syllables, and with Latin letters read as keys
    of the Korean keyboard; and all of them with words spelled as they sound put right. Only the first 4,000 characters are read.
    """
    folded = unicodedata.normalize("NFC", _without_forms(text[:LONGEST]))
    found: list[str] = []
    for spelling in (folded, _DIGITS.sub("", folded)):
        written = _tidy(spelling.casefold())
        found.append(written)
        if _LONE_JAMO.search(written):
            found.append(_joined_jamo(written))
        if _LATIN.search(written):
            found.append(_tidy(keyboards.to_hangul(keyboards.to_keys(_without_shift(spelling)))))
    heard = [_HEARD.sub(lambda word: _BY_EAR[word[0]], one) for one in found]
    return list(dict.fromkeys(found + heard))


def without_spaces(reading: str) -> str:
    return reading.replace(" ", "")


def _without_forms(text: str) -> str:
    """Full-width and decorated characters as plain ones.

    Jamo of their own stay as they are: NFKC would turn them into leading consonants, which look the same.
    """
    return "".join(sign if "ㄱ" <= sign <= "ㅣ" else unicodedata.normalize("NFKC", sign) for sign in text)


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", _MARKS.sub("", _SIGHS.sub("", text))).strip()


def _joined_jamo(text: str) -> str:
    for looks_like, jamo in _LOOKALIKES:
        text = looks_like.sub(jamo, text)
    return _tidy(keyboards.to_hangul(keyboards.to_keys(text.replace(" ", "").translate(_PAIRS))))


def _without_shift(text: str) -> str:
    """Keys that type the same jamo with and without shift, in lower case: `Wnr` at the beginning of a sentence."""
    return re.sub(r"[^QWERTOP]", lambda found: found[0].lower(), text)
