"""Finds the habit that a question means.

By any of its names, by a word of one, or by a name with a typing mistake.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coaching.questions import vocabulary

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
        "새벽",
        "아침",
        "점심",
        "오후",
        "저녁",
        "밤",
        "morning",
        "afternoon",
        "evening",
        "night",
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
# Words of a name that are read; the longest name of a habit has room for a hundred.
_MOST_WORDS = 12
# Pairs of words that are compared letter by letter for one question. A person may have five hundred habits.
_MOST_COMPARED = 4_000
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


class _Question:
    """A question as it is compared with names: its words, each also without its particle."""

    def __init__(self, text: str):
        self.text = folded(text)
        self.squeezed = _squeezed(self.text)
        self.words = [(said, without_particle(said)) for said in _WORD.findall(self.text)]
        self.compared = 0

    def alike(self, word: str, said: str) -> float:
        """How alike two words are of which one may be the other with a mistake; 0 for others."""
        most = 2 * min(len(word), len(said)) / (len(word) + len(said))
        if most < _ALIKE or self.compared >= _MOST_COMPARED:
            return 0.0
        self.compared += 1
        ratio = difflib.SequenceMatcher(None, word, said).ratio()
        return ratio if ratio >= _ALIKE else 0.0


def find(question: str, names: Mapping[object, Sequence[str]]) -> list[Match]:
    """The habits that fit best, several if they fit equally.

    None if the question names no habit.
    """
    asked = _Question(question)
    scored = [(_score(asked, those), key) for key, those in names.items()]
    best = max((score for (score, _used), _key in scored), default=0.0)
    if not best:
        return []
    found = [Match(key, _without(asked.text, used)) for (score, used), key in scored if score == best]
    return found if len(found) > 1 or not _JOINED.search(asked.text) else [*found, *_others(found[0], scored)]


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


def _score(asked: _Question, names: Sequence[str]) -> tuple[float, list[str]]:
    """How well one of the names fits, and the words of the question that it takes."""
    return max(
        (_score_of_name(asked, folded(name)) for name in names if name), default=(0.0, []), key=lambda one: one[0]
    )


def _score_of_name(asked: _Question, name: str) -> tuple[float, list[str]]:
    if (squeezed := _squeezed(name)) and squeezed in asked.squeezed and _begins_a_word(asked.text, name):
        return _WHOLE + len(squeezed), [name]
    words = [word for word in _WORD.findall(name) if word not in _COMMON and not _NUMBERED.match(word)]
    used: list[str] = []
    score = 0.0
    for word in words[:_MOST_WORDS]:
        for said, bare in asked.words:
            if likeness := _likeness(asked, word, said, bare, name):
                score += likeness
                used.append(word if said.startswith(word) and not said.isascii() else said)
                break
    return score, used


def _begins_a_word(asked: str, name: str) -> bool:
    """Whether the name stands at the beginning of a word: 물 is not in 선물."""
    return any(_squeezed(asked[found.start() :]).startswith(_squeezed(name)) for found in _WORD.finditer(asked))


def _squeezed(text: str) -> str:
    return "".join(_WORD.findall(text))


def _likeness(asked: _Question, word: str, said: str, bare: str, name: str) -> float:
    """How alike they are; `bare` is what was said without its particle."""
    if word in (said, bare):
        return 1.0
    if said.startswith(word) and (len(word) > 1 or _is_glued(name, said)):
        return 0.9
    # 읽기, 읽었어: the stem of a verb.
    if len(word) > 1 and word.endswith("기") and len(word) > 2 and said.startswith(word[:-1]):
        return 0.6
    # A word of questions is no mistake: after is not water.
    if bare in vocabulary.ENGLISH:
        return 0.0
    # A mistake in a letter is a small part of a syllable, and a large part of a short English word: wake is not walk.
    if min(len(word), len(bare)) < (_SHORTEST_IN_ENGLISH if word.isascii() else _SHORTEST_GUESSED):
        return 0.0
    return 0.5 * asked.alike(word, bare)


def _is_glued(name: str, said: str) -> bool:
    """Whether what follows a name of one letter may follow it without a space: 물마셨어, 물몇번."""
    return any(said.startswith(after, 1) for after in (*verbs([name]), *_AFTER_NAME))


def _without(asked: str, used: list[str]) -> str:
    for word in used:
        asked = re.sub(r"\s*".join(map(re.escape, _squeezed(word))), " ", asked, count=1)
    return " ".join(asked.split())
