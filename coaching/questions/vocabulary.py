"""The words that a question may consist of. Pure.

unknown_words("요가 몇 번 했어", names=[]) -> ["요가"]

A count of everything is no answer to a question about a word that the record does not have, so every word has to be known:
of a period, of a measure, of grammar, or the verb of a habit that is named.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_HANGUL_A, _VOWELS, _FINALS = ord("가"), 21, 28
_N, _L, _M, _SS = 4, 8, 16, 20
_EO, _YEO, _WO, _I, _U, _EU, _A, _OE, _WAE, _O, _WA = 4, 6, 14, 20, 13, 18, 0, 11, 10, 8, 9
_WORDS = {
    kind: words.split() for kind, words in tomllib.loads((Path(__file__).parent / "words.toml").read_text()).items()
}
_PARTICLES, _VERB_ENDINGS, _ALONE = (frozenset(_WORDS[kind]) for kind in ("particles", "endings", "alone"))
# Beginnings of verbs that could be cut into shorter words: 일어나기 is not 일 with endings.
_UNCUT = _WORDS["uncut"]
ENGLISH = frozenset(_WORDS["english"])
_CONTRACTED = {_I: [_YEO], _U: [_WO], _EU: [_EO, _A], _OE: [_WAE], _O: [_WA], _A: [_A], _EO: [_EO], _YEO: [_YEO]}

_NUMBER = re.compile(r"\d+(?:번|회|개|일|주|주일|주간|달|개월|월|년|점|시|분|프로|퍼센트|잔|쪽|페이지)?")
_UNIT = re.compile(
    r"몇(?:잔|쪽|분|km|킬로|걸음|페이지|시간|장|컵|리터|ml|세트|보|g|줄|곡|문제|단어|점|퍼센트|퍼|프로|단계|레벨)|쪽수|잔수|몇"
)
_TOKEN = re.compile(r"[0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ]+")
_LONGEST = 10


def unknown_words(text: str, *, names: Iterable[str]) -> list[str]:
    """The words that say something this grammar does not know.

    `names` are those of the habits that are meant: their words and verbs are known. Verbs that any habit has come last.
    """
    known, beside_a_habit = _known(frozenset(names)), _known(frozenset(["-"]))
    unknown = [word for word in _TOKEN.findall(text.casefold()) if not _is_known(word, known)]
    return sorted(unknown, key=lambda word: _is_known(word, beside_a_habit))


def is_only_of_days(text: str) -> bool:
    """Whether the text has only days and words with which a question goes on: 그럼 지난달은."""
    known = _Known(frozenset(_words("periods", "particles", "going_on")), frozenset())
    return all(
        word.isdigit() or word in known.words if word.isascii() else word in _PARTICLES or _consists_of(word, known)
        for word in _TOKEN.findall(text.casefold())
    )


class _Known(NamedTuple):
    words: frozenset[str]
    verbs: frozenset[str]


def _is_known(word: str, known: _Known) -> bool:
    if word.isascii():
        return word.isdigit() or len(word) == 1 or word in known.words
    return word in _ALONE or word in _PARTICLES or _consists_of(word, known)


def _consists_of(word: str, known: _Known) -> bool:
    """Whether the word can be cut into known ones: nouns with particles, verbs with endings."""
    # The places that are reached, by whether a verb ends there.
    reached = {(0, False)}
    for start in range(len(word)):
        for is_verb in (False, True):
            if (start, is_verb) in reached:
                reached |= _steps(word, start, known, is_verb=is_verb)
    return bool({(len(word), False), (len(word), True)} & reached)


def _steps(word: str, start: int, known: _Known, *, is_verb: bool) -> set[tuple[int, bool]]:
    found = {(match.end(), False) for pattern in (_NUMBER, _UNIT) if (match := pattern.match(word, start))}
    shortest = next((len(one) for one in _UNCUT if word.startswith(one, start)), 0)
    for end in range(start + 1 + shortest, min(start + _LONGEST, len(word)) + 1):
        piece = word[start:end]
        if piece in known.words and (start or piece not in _PARTICLES):
            found.add((end, False))
        if piece in known.verbs or (is_verb and piece in _VERB_ENDINGS):
            found.add((end, True))
    return found


def _words(*kinds: str) -> list[str]:
    return [word for kind in kinds for word in _WORDS[kind]]


@lru_cache(maxsize=256)
def _known(names: frozenset[str]) -> _Known:
    stems, words = list(_WORDS["verbs"]), _words("words", "periods", "particles", "english")
    if names:
        its = [word for name in names for word in _TOKEN.findall(name.casefold())]
        stems += [*_WORDS["verbs_of_habits"], *(word.removesuffix("기") for word in its if word.endswith("기"))]
        words += [*its, *_WORDS["english_of_habits"]]
    return _Known(frozenset(words), frozenset(form for stem in stems if stem for form in verb_forms(stem)))


@lru_cache(maxsize=1024)
def verb_forms(stem: str) -> tuple[str, ...]:
    """What the stem becomes before endings.

    For 마시: 마신, 마실, 마심, 마셔, 마셨, and 마셧, a typing mistake.
    """
    head, last = stem[:-1], stem[-1]
    code = ord(last) - _HANGUL_A
    if not 0 <= code < 11172 or code % _FINALS:
        return (stem, stem + "었", stem + "았", stem + "엇", stem + "앗", stem + "은", stem + "을", stem + "음")
    lead, vowel = divmod(code // _FINALS, _VOWELS)
    past = ["해", "했", "햇", "하여"]
    if last != "하":
        past = [_syllable(lead, one, final) for one in _CONTRACTED.get(vowel, [vowel]) for final in (0, _SS, _SS - 1)]
    return (stem, *(head + one for one in (*(_syllable(lead, vowel, final) for final in (_N, _L, _M)), *past)))


def _syllable(lead: int, vowel: int, final: int) -> str:
    return chr(_HANGUL_A + (lead * _VOWELS + vowel) * _FINALS + final)
