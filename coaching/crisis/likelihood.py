"""How much a text reads like one of a person in danger, by a linear model of its letters.

The rules of `words` know wordings; people in danger have many more. The model has seen the sentences of
`evaluation/crisis_sets/`, and `evaluation/crisis_training.py` computed its weights from them (docs/adr/0049).

A sentence is read without spaces. Its features are the runs of 1 and 2 syllables and of 2 to 5 jamo in it, each present or
not, and whether a rule matches. Each feature has a weight; their sum, divided by the root of their number, is the logarithm of
the odds. Pure code: no network, no database, no clock, and nothing of the text is kept.
"""

import functools
import re
import struct
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from coaching.crisis.normalisation import readings, without_spaces
from coaching.crisis.words import Danger, danger_in

FILE = Path(__file__).with_name("likelihood.bin")
# Places of the weights: for danger or none, and, fewer, for each kind of danger against the others.
PLACES, PLACES_OF_KIND = 1 << 17, 1 << 14
_SYLLABLES, _JAMO = (1, 2), (2, 3, 4, 5)
_SENTENCE_END = re.compile(r"[.!?…;]+(?:\s|$)|\n")
# Characters of a piece that is read as a sentence of its own. One that is longer without spaces is read in overlapping windows.
SHORTEST, LONGEST = 4, 120
# A text up to this length is read as a whole too.
WHOLE = 300
_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = ["", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
_FIRST, _LAST = "가", "힣"


class Weights(NamedTuple):
    """What the file holds.

    `danger` has PLACES weights in steps of `step`; `kinds` has PLACES_OF_KIND for each kind, in steps of its own. `digest` is
    of the sentences that they were computed from.
    """

    bias: float
    rule: float
    # The least odds of danger, without and with a matching rule.
    threshold: float
    rule_threshold: float
    step: float
    danger: array[int]
    kinds: dict[Danger, array[int]]
    digest: bytes


_HEADER = struct.Struct("<5d32s")


def packed(weights: Weights) -> bytes:
    header = _HEADER.pack(*weights[:5], weights.digest)
    return b"".join((header, weights.danger.tobytes(), *(weights.kinds[kind].tobytes() for kind in Danger)))


def unpacked(data: bytes) -> Weights:
    bias, rule, threshold, rule_threshold, step, digest = _HEADER.unpack_from(data)
    start = _HEADER.size + PLACES
    kinds = {
        kind: array("b", data[start + place * PLACES_OF_KIND :][:PLACES_OF_KIND]) for place, kind in enumerate(Danger)
    }
    danger = array("b", data[_HEADER.size : start])
    return Weights(bias, rule, threshold, rule_threshold, step, danger, kinds, digest)


@functools.cache
def weights() -> Weights:
    """Those of the file, read once per process: 0.2 MB."""
    return unpacked(FILE.read_bytes())


class Judgement(NamedTuple):
    """The logarithm of the odds of danger, the danger of a rule that matches, the features."""

    log_odds: float
    rule: Danger | None
    places: set[int]

    def excess(self, by: Weights) -> float:
        """How far it is above its threshold; danger from 0."""
        return self.log_odds - (by.rule_threshold if self.rule else by.threshold)

    def danger(self, by: Weights) -> Danger:
        """What a text of a person in danger is about."""
        return self.rule or _kind(self.places, by)


def read(text: str, by: Weights) -> Judgement:
    """The judgement of the piece of `text` that reads most like one of a person in danger."""
    found = (_judge(reading, by) for piece in pieces(text) for reading in _readings(piece))
    return max(found, key=lambda judgement: judgement.excess(by))


def pieces(text: str) -> list[str]:
    """What is read each for itself: the sentences of a text, and the whole of a short one.

    The whole of a long one as well, where every sentence is too short to be read alone: a list of one word in a line.
    """
    found = [piece for piece in _SENTENCE_END.split(text) if len(piece) >= SHORTEST]
    is_read_by_sentences = len(found) == 1 or (found and len(text) > WHOLE)
    return found if is_read_by_sentences else [text, *found]


def _readings(piece: str) -> Iterator[str]:
    for reading in map(without_spaces, readings(piece)):
        for start in range(0, max(len(reading) - LONGEST // 2, 1), LONGEST // 2):
            yield reading[start : start + LONGEST]


def _judge(reading: str, by: Weights) -> Judgement:
    rule, places = danger_in(reading), features(reading)
    total = by.step * sum(map(by.danger.__getitem__, places)) / max(len(places), 1) ** 0.5
    return Judgement(by.bias + by.rule * bool(rule) + total, rule, places)


def _kind(places: Iterable[int], by: Weights) -> Danger:
    few = [place % PLACES_OF_KIND for place in places]
    return max(Danger, key=lambda kind: sum(map(by.kinds[kind].__getitem__, few)))


def features(reading: str) -> set[int]:
    """The places of the weights of a text without spaces."""
    syllables, jamo = f"^{reading}$", f"^{_in_jamo(reading)}$"
    return set(_places(syllables, _SYLLABLES, b"s")) | set(_places(jamo, _JAMO, b"j"))


def _places(text: str, lengths: Iterable[int], kind: bytes) -> Iterator[int]:
    for length in lengths:
        for start in range(len(text) - length + 1):
            yield crc32(text[start : start + length].encode(), kind[0]) % PLACES


def _in_jamo(text: str) -> str:
    return "".join(map(jamo_of, text))


@functools.lru_cache(4096)
def jamo_of(sign: str) -> str:
    """The jamo of a syllable; other signs as they are."""
    if not _FIRST <= sign <= _LAST:
        return sign
    lead, rest = divmod(ord(sign) - ord(_FIRST), 588)
    vowel, tail = divmod(rest, 28)
    return _LEADS[lead] + _VOWELS[vowel] + _TAILS[tail]
