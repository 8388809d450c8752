"""Chooses the tone of a message, or silence: Thompson sampling with bounded probabilities.

Pure functions: no database and no clock.

    choose(arms, seed=…, preference=…) -> ArmDecision(arm, probability)

An eligible day is silent with the fixed probability SILENCE. Else a tone is drawn: the probability of each is how often its
draw from a Beta posterior is the highest, held in [LOWEST, HIGHEST]. A posterior begins with the shared prior, which is
what all people's rewards say, weighing PRIOR_WEIGHT decisions; a person's own rewards are added to it. A person's first
messages keep the tone they chose. Everything is computed from the arguments: the same arguments give the same decision,
bit for bit, so a logged decision can be computed again.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

POLICY_VERSION = "1"
SILENT = "silence"
SILENCE = 0.1
# The lowest probability of each tone; with four of them and the silence none is above HIGHEST then.
LOWEST, HIGHEST = 0.1, 0.9
# Messages that keep the preferred tone.
FIRST = 10
# Draws that the probabilities are counted from.
DRAWS = 200
# How many decisions the shared prior counts for.
PRIOR_WEIGHT = 20.0
# What a message costs the reader, in rewards: writing must be worth more than silence by this.
COST = 0.02
REACTIONS = {"love": 0.2, "helpful": 0.2, "like": 0.1, "not_helpful": -0.3}


class Arm(NamedTuple):
    """A tone with its rewards so far: of this person, and of all people."""

    tone: str
    successes: float
    failures: float
    shared_rewards: float
    shared_decisions: float

    @property
    def posterior(self) -> tuple[float, float]:
        """The parameters of the Beta distribution."""
        share = (self.shared_rewards + 1) / (self.shared_decisions + 2)
        weight = min(PRIOR_WEIGHT, self.shared_decisions) + 2
        return share * weight + self.successes, (1 - share) * weight + self.failures


class ArmDecision(NamedTuple):
    """`probability` is that of the arm under this policy, silence included."""

    arm: str
    probability: float

    @property
    def is_silent(self) -> bool:
        return self.arm == SILENT


def choose(arms: Sequence[Arm], *, seed: int, preference: str | None = None, may_be_silent: bool = True) -> ArmDecision:
    """`preference` is the tone of the first messages, None when the choice is free."""
    rng = Random(seed)  # noqa: S311 -- has to be repeatable
    silence = SILENCE if may_be_silent else 0.0
    if rng.random() < silence:
        return ArmDecision(SILENT, silence)
    if preference is not None:
        return ArmDecision(preference, 1 - silence)
    chances = probabilities(arms, rng)
    drawn, passed = rng.random(), 0.0
    for arm, chance in zip(arms, chances, strict=True):
        passed += chance
        if drawn < passed:
            return ArmDecision(arm.tone, (1 - silence) * chance)
    return ArmDecision(arms[-1].tone, (1 - silence) * chances[-1])


def probabilities(arms: Sequence[Arm], rng: Random) -> list[float]:
    """The probability of each tone among tones, held in [LOWEST, HIGHEST]."""
    wins = [0] * len(arms)
    posteriors = [arm.posterior for arm in arms]
    for _ in range(DRAWS):
        draws = [rng.betavariate(*posterior) for posterior in posteriors]
        wins[draws.index(max(draws))] += 1
    return _bounded([win / DRAWS for win in wins])


def _bounded(shares: list[float]) -> list[float]:
    """Shares that sum to 1, each at least so high that with the silence before it LOWEST remains."""
    low = min(LOWEST / (1 - SILENCE), 1 / len(shares))
    free = 1 - low * len(shares)
    return [low + free * share for share in shares]


def reward(*, checked_in: bool, reaction: str | None, silent: bool) -> float:
    """From 0 to 1: the check-in within 24 hours, then the reaction, less the message's cost."""
    value = 0.8 * checked_in + (0.0 if silent else REACTIONS.get(reaction or "", 0.0) - COST)
    return min(max(value, 0.0), 1.0)
