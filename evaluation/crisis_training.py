"""Computes the weights of `coaching/crisis/likelihood.py` from the sentences of crisis_sets/.

    python -m evaluation.crisis_training

It takes a few minutes and always gives the same file. What is held out is not read. Each sentence is one example; those of danger and
those without weigh the same together. The weights are found by logistic regression with AdaGrad
(Duchi, Hazan and Singer, 2011). Where no rule matches, the threshold lets MOST_ALARMS of the harmless sentences pass; where one does,
it stops MOST_MISSED of those of danger. For that each sentence is judged by weights that have not seen it.
"""

import hashlib
import math
import random
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from coaching.crisis import likelihood
from coaching.crisis.normalisation import readings, without_spaces
from coaching.crisis.words import Danger, danger_in
from evaluation import crisis

# Passes over the sentences, and the length of a step.
PASSES, RATE = 8, 0.3
# A feature of fewer sentences says nothing.
FEWEST = 2
# Parts of the sentences; each is judged by the weights of the others.
FOLDS = 5
# A miss costs more than a page of help that nobody needed.
MOST_ALARMS, MOST_MISSED = 0.022, 0.001
_SEED = 20261129
# Weights are kept in steps of this size, one byte each.
_STEPS = 127


class Example(NamedTuple):
    text: str
    places: list[int]
    has_rule: bool
    # None for a harmless sentence.
    danger: Danger | None


class Regression:
    """Logistic regression with AdaGrad: weights by place, of a matching rule, and the bias."""

    def __init__(self, known: Sequence[Example], answers: Sequence[bool], *, places: int = likelihood.PLACES) -> None:
        yes = sum(answers)
        self._loss = {True: len(known) / 2 / yes, False: len(known) / 2 / (len(known) - yes)}
        self.weights, self._squares = [0.0] * places, [1e-8] * places
        # The bias and the rule.
        self.others, self._other_squares = [0.0, 0.0], [1e-8, 1e-8]
        order = list(zip(_kept(known, places), known, answers, strict=True))
        chance = random.Random(_SEED)
        for _pass in range(PASSES):
            chance.shuffle(order)
            for kept, one, answer in order:
                self._learn(kept, one, answer)

    def _learn(self, kept: list[int], one: Example, answer: bool) -> None:  # noqa: FBT001
        scale = 1 / math.sqrt(max(len(one.places), 1))
        odds = self.others[0] + self.others[1] * one.has_rule + scale * sum(map(self.weights.__getitem__, kept))
        error = (1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))) - answer) * self._loss[answer]
        _step(self.weights, self._squares, kept, error * scale)
        _step(self.others, self._other_squares, [0, 1] if one.has_rule else [0], error)

    def packed(self) -> tuple[array[int], float]:
        """The weights in steps, one byte each, and the length of a step."""
        step = max(map(abs, self.weights)) / _STEPS
        return array("b", (round(weight / step) for weight in self.weights)), step


def _step(weights: list[float], squares: list[float], places: Sequence[int], gradient: float) -> None:
    square = gradient * gradient
    for place in places:
        squares[place] += square
        weights[place] -= RATE * gradient / math.sqrt(squares[place])


def _kept(known: Sequence[Example], places: int) -> list[list[int]]:
    """The places of each example, without those of fewer than FEWEST examples."""
    found = [[place % places for place in one.places] for one in known]
    number = Counter(place for those in found for place in those)
    return [[place for place in those if number[place] >= FEWEST] for those in found]


def examples() -> list[Example]:
    """Every sentence of the sets that are not held out."""
    return [
        _example(text, None if kind in crisis.HARMLESS else crisis.expected(kind))
        for name in crisis.KNOWN
        for kind, texts in crisis.sentences(name).items()
        for text in texts
    ]


def _example(text: str, danger: Danger | None) -> Example:
    reading = without_spaces(readings(text)[0])
    return Example(text, sorted(likelihood.features(reading)), danger_in(reading) is not None, danger)


def digest(known: Sequence[Example]) -> bytes:
    """Of all that the weights are computed from: sentences, features, rules."""
    return hashlib.sha256(repr([*map(tuple, known)]).encode()).digest()


def train(known: Sequence[Example], *, digest: bytes) -> likelihood.Weights:
    """The weights for danger, for each kind of danger, and the thresholds."""
    threshold, rule_threshold = _thresholds(known)
    return _trained(known)._replace(
        threshold=threshold, rule_threshold=rule_threshold, kinds=_kinds(known), digest=digest
    )


def _trained(known: Sequence[Example]) -> likelihood.Weights:
    """The weights for danger or none."""
    line = Regression(known, [one.danger is not None for one in known])
    danger, step = line.packed()
    bias, rule = line.others
    return likelihood.Weights(bias, rule, 0.0, 0.0, step, danger, {}, b"")


def _kinds(known: Sequence[Example]) -> dict[Danger, array[int]]:
    those = [one for one in known if one.danger]
    few = likelihood.PLACES_OF_KIND
    return {kind: Regression(those, [one.danger == kind for one in those], places=few).packed()[0] for kind in Danger}


def _thresholds(known: Sequence[Example]) -> tuple[float, float]:
    """Judges each sentence by the weights of the other parts, in the way that texts are read."""
    shuffled = random.Random(_SEED).sample(known, len(known))
    harmless, ruled = [], []
    for fold in range(FOLDS):
        by = _trained([one for place, one in enumerate(shuffled) if place % FOLDS != fold])
        for one in shuffled[fold::FOLDS]:
            found = likelihood.read(one.text, by)
            if one.danger is None and not found.rule:
                harmless.append(found.log_odds)
            if one.danger and found.rule:
                ruled.append(found.log_odds)
    return _quantile(harmless, 1 - MOST_ALARMS), _quantile(ruled, MOST_MISSED)


def _quantile(numbers: Sequence[float], part: float) -> float:
    return sorted(numbers)[math.ceil(len(numbers) * part) - 1]


def main() -> None:
    known = examples()
    found = train(known, digest=digest(known))
    likelihood.FILE.write_bytes(likelihood.packed(found))
    likelihood.weights.cache_clear()
    print(
        f"{likelihood.FILE.name}: thresholds {found.threshold:.2f} and {found.rule_threshold:.2f}, a rule {found.rule:.2f}"
    )


if __name__ == "__main__":
    main()
