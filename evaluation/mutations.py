"""Ten ways to spell a sentence as people do under stress, or to be overlooked."""

import re
import unicodedata
from collections.abc import Callable
from itertools import cycle

from accounts import keyboards
from coaching.crisis.likelihood import jamo_of

_SHORT = {
    "자살": "ㅈㅅ", "자해": "ㅈㅎ", "싶어": "시퍼", "싶다": "시따", "죽고": "죽구", "죽을": "주글", "죽어": "주거", "폭식": "폭식ㅜㅜ", "알코올": "알콜",
    "남자친구": "남친", "여자친구": "여친", "없어": "업서", "같아": "가타", "좋겠": "조켓",
}  # fmt: skip
_ENGLISH = {
    "자살": "suicide", "자해": "self harm", "죽고 싶": "want to die ", "살고 싶지": "don't want to live ", "알코올": "alcohol ", "스토킹": "stalking",
    "친구": "friend", "남편": "husband", "약": "drug", "술": "alcohol ",
}  # fmt: skip


def _split_every(text: str, *, step: int) -> str:
    return "".join(jamo_of(sign) if place % step == 0 else sign for place, sign in enumerate(text))


def _between(text: str, signs: str) -> str:
    following = cycle(signs)
    return "".join(sign + (next(following) if sign.isalpha() else "") for sign in text)


def _replaced(text: str, table: dict[str, str]) -> str:
    for word, other in table.items():
        text = text.replace(word, other)
    return text


def _in_english(text: str) -> str:
    """English words among the Korean; a sentence with none of them is typed with the Latin layout on."""
    only_self_harm = {
        word: other for word, other in _ENGLISH.items() if " " in other or word in ("자살", "자해", "스토킹")
    }
    mixed = _replaced(text, only_self_harm)
    return mixed if mixed != text else keyboards.to_keys(text)


MUTATIONS: dict[str, Callable[[str], str]] = {
    "no spaces": lambda text: text.replace(" ", ""),
    "spaces": lambda text: " ".join(text.replace(" ", "")),
    "split jamo": lambda text: _split_every(text, step=1),
    "half split": lambda text: _split_every(text, step=2),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "digits": lambda text: _between(text, "1407"),
    "emoji": lambda text: _between(text, "😭🙏💔"),
    "marks": lambda text: _between(text, ".\u200b*-"),
    "short forms": lambda text: re.sub(r"$", "ㅠㅠ", _replaced(text, _SHORT)),
    "English": _in_english,
}
