"""Recognises words of danger in what a person writes.

Pure code: no model, no database, no clock.
"""

from dataclasses import dataclass

from coaching.crisis.normalisation import readings, without_spaces
from coaching.crisis.words import HARMLESS, RULES, SOMEONE_ELSE, Danger

# What stands in the place of harmless words, so that what is left of and right of them is not joined.
_TAKEN_OUT = "·"


@dataclass(frozen=True)
class Found:
    danger: Danger
    # The writer is worried about another person.
    someone_else: bool


def detect(text: str) -> Found | None:
    """The first danger that the text speaks of, in the order of `Danger`; None if there is none."""
    texts = [_meant(without_spaces(reading)) for reading in readings(text)]
    for rule in RULES:
        if any(rule.pattern.search(one) for one in texts):
            return Found(rule.danger, any(SOMEONE_ELSE.search(one) for one in texts))
    return None


def _meant(text: str) -> str:
    for pattern in HARMLESS:
        text = pattern.sub(_TAKEN_OUT, text)
    return text
