"""Recognises that what a person writes speaks of danger.

Pure code: no network, no database, no clock.
"""

from dataclasses import dataclass

from coaching.crisis import likelihood
from coaching.crisis.normalisation import LONGEST, readings, without_spaces
from coaching.crisis.words import SOMEONE_ELSE, Danger


@dataclass(frozen=True)
class Found:
    danger: Danger
    # The writer is worried about another person.
    someone_else: bool


def detect(text: str) -> Found | None:
    """The danger that a text speaks of; None if there is none."""
    text = text[:LONGEST]
    by = likelihood.weights()
    found = likelihood.read(text, by)
    if found.excess(by) < 0:
        return None
    return Found(found.danger(by), any(SOMEONE_ELSE.search(without_spaces(one)) for one in readings(text)))
