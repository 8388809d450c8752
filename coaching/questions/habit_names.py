"""Finds the habit that a question means.

By any of its names, by a word of one, or by a name with a typing mistake.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Words of names that say nothing by themselves.
_COMMON = frozenset(
    [
        "하기",
        "마시기",
        "먹기",
        "쓰기",
        "보기",
        "가기",
        "습관",
        "매일",
        "하루",
        "아침",
        "점심",
        "저녁",
        "밤",
        "오늘",
        "이상",
        "이하",
        "전",
        "후",
        "뒤",
        "drink",
        "do",
        "a",
        "the",
        "my",
        "every",
        "daily",
        "day",
        "of",
        "and",
        "to",
        "minutes",
        "times",
        "glasses",
        "cups",
        "pages",
    ]
)
_PARTICLES = re.compile(
    r"(?:으로는|에서는|이라는|으로|에서|에는|이나|이랑|까지|부터|한테|은|는|이|가|을|를|도|만|의|에|로|와|과|랑|하고)$"
)
_WORD = re.compile(r"[0-9A-Za-z가-힣]+")
# Two habits in one question: 책이랑 일기, reading and walking.
_JOINED = re.compile(r"[가-힣](?:이랑|랑|하고|와|과)\s|,|&|\+|\b(?:and|vs|or)\b")
_NUMBERED = re.compile(r"^\d")
# How alike two words of three or more letters are when one is the other with a mistake.
_ALIKE = 0.74
_SHORTEST_GUESSED, _SHORTEST_IN_ENGLISH = 3, 5
_WHOLE = 3.0
# What may follow the name of one letter without a space, beside the verb of the name.
_AFTER_NAME = (
    "몇",
    "얼마",
    "언제",
    "며칠",
    "안",
    "못",
    "더",
    "한",
    "알림",
    "알람",
    "체크",
    "마셔",
    "마셨",
    "읽",
    "썼",
    "먹",
)


@dataclass(frozen=True)
class Match:
    """A habit that is meant, and the question without its name."""

    key: object
    rest: str


def find(question: str, names: Mapping[object, Sequence[str]]) -> list[Match]:
    """The habits that fit best, several if they fit equally.

    None if the question names no habit.
    """
    asked = folded(question)
    scored = [(_score(asked, those), key) for key, those in names.items()]
    best = max((score for (score, _used), _key in scored), default=0.0)
    if not best:
        return []
    found = [Match(key, _without(asked, used)) for (score, used), key in scored if score == best]
    return found if len(found) > 1 or not _JOINED.search(asked) else [*found, *_others(found[0], scored)]


def _others(first: Match, scored: Sequence[tuple[tuple[float, list[str]], object]]) -> list[Match]:
    """The habits that a question with "and" names beside the first, by words that the first does not take."""
    rest = _squeezed(first.rest)
    return [
        Match(key, _without(first.rest, used))
        for (score, used), key in scored
        if key != first.key and score >= 1.0 and all(_squeezed(word) in rest for word in used)
    ]


def verbs(names: Sequence[str]) -> list[str]:
    """The stems of the verbs in the names: 마시 of 물 마시기."""
    words = (word for name in names for word in _WORD.findall(folded(name)))
    return [word.removesuffix("기") for word in words if len(word) > 1 and word.endswith("기")]


def without_particle(word: str) -> str:
    return _PARTICLES.sub("", word) or word


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _score(asked: str, names: Sequence[str]) -> tuple[float, list[str]]:
    """How well one of the names fits, and the words of the question that it takes."""
    return max(
        (_score_of_name(asked, folded(name)) for name in names if name), default=(0.0, []), key=lambda one: one[0]
    )


def _score_of_name(asked: str, name: str) -> tuple[float, list[str]]:
    if _squeezed(name) and _squeezed(name) in _squeezed(asked) and _begins_a_word(asked, name):
        return _WHOLE + len(_squeezed(name)), [name]
    words = [word for word in _WORD.findall(name) if word not in _COMMON and not _NUMBERED.match(word)]
    glued = re.compile("|".join([*map(re.escape, verbs([name])), *_AFTER_NAME]))
    used: list[str] = []
    score = 0.0
    for word in words:
        for said in _WORD.findall(asked):
            if likeness := _likeness(word, said, glued):
                score += likeness
                used.append(word if said.startswith(word) and not said.isascii() else said)
                break
    return score, used


def _begins_a_word(asked: str, name: str) -> bool:
    """Whether the name stands at the beginning of a word: 물 is not in 선물."""
    return any(_squeezed(asked[found.start() :]).startswith(_squeezed(name)) for found in _WORD.finditer(asked))


def _squeezed(text: str) -> str:
    return "".join(_WORD.findall(text))


def _likeness(word: str, said: str, glued: re.Pattern[str]) -> float:
    """How alike they are; `glued` is what may follow a name of one letter without a space: 물마셨어, 물몇번."""
    bare = without_particle(said)
    if word in (said, bare):
        return 1.0
    if said.startswith(word) and (len(word) > 1 or glued.match(said, 1)):
        return 0.9
    # 읽기, 읽었어: the stem of a verb.
    if len(word) > 1 and word.endswith("기") and len(word) > 2 and said.startswith(word[:-1]):
        return 0.6
    # A mistake in a letter is a small part of a syllable, and a large part of a short English word: wake is not walk.
    if min(len(word), len(bare)) < (_SHORTEST_IN_ENGLISH if word.isascii() else _SHORTEST_GUESSED):
        return 0.0
    ratio = difflib.SequenceMatcher(None, word, bare).ratio()
    return 0.5 * ratio if ratio >= _ALIKE else 0.0


def _without(asked: str, used: list[str]) -> str:
    for word in used:
        asked = re.sub(r"\s*".join(map(re.escape, _squeezed(word))), " ", asked, count=1)
    return " ".join(asked.split())
