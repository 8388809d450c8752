"""Worlds in which the effect of messages is known, for the coach's estimates and its bandit."""

from random import Random

from coaching import bandit, effect
from coaching.bandit import Arm
from coaching.effect import DecisionOutcome, Estimate

TONES = ("encouraging", "gentle", "energetic", "thoughtful")
# How often people check anything in within a day, as Beta parameters: on 87 of 100 days, some on far fewer.
RATES = (2.4, 0.35)
MEAN_MISSED = RATES[1] / sum(RATES)
# Days that the expectation is taken from.
KNOWN_DAYS = 28


def world(rng: Random, *, decisions: int, points: float) -> list[DecisionOutcome]:
    """Decisions about people with rates of their own. Messages raise the rate by `points` of a hundred on average."""
    gain = points / 100 / MEAN_MISSED
    outcomes = []
    for _ in range(decisions):
        rate = rng.betavariate(*RATES)
        known = sum(rng.random() < rate for _ in range(KNOWN_DAYS))
        expected = (known + 1) / (KNOWN_DAYS + 2)
        if rng.random() < bandit.SILENCE:
            outcomes.append(DecisionOutcome(bandit.SILENT, bandit.SILENCE, rng.random() < rate, expected))
        else:
            helped = rate + gain * (1 - rate)
            outcomes.append(DecisionOutcome(rng.choice(TONES), 1 - bandit.SILENCE, rng.random() < helped, expected))
    return outcomes


def estimate(outcomes: list[DecisionOutcome], *, anytime: bool = False) -> Estimate:
    found = effect.difference(outcomes, TONES, silence=bandit.SILENT, anytime=anytime)
    if found is None:
        raise ValueError("too few decisions")
    return found


def found_share(rng: Random, *, worlds: int, decisions: int, points: float) -> float:
    """The share of worlds whose interval leaves out zero."""
    found = 0
    for _ in range(worlds):
        result = estimate(world(rng, decisions=decisions, points=points))
        found += not result.low <= 0 <= result.high
    return found / worlds


def ever_found_share(rng: Random, *, worlds: int, decisions: int, every: int) -> float:
    """The share of null worlds in which somebody who looks every so many decisions is misled at least once."""
    misled = 0
    for _ in range(worlds):
        outcomes = world(rng, decisions=decisions, points=0)
        for number in range(every, decisions + 1, every):
            result = effect.difference(outcomes[:number], TONES, silence=bandit.SILENT, anytime=True)
            if result and not result.low <= 0 <= result.high:
                misled += 1
                break
    return misled / worlds


def logged(rng: Random, number: int) -> list[tuple[list[Arm], int, str | None, bandit.ArmDecision]]:
    """Decisions with all they were computed from."""
    rows = []
    for _ in range(number):
        arms = [Arm(tone, rng.random() * 9, rng.random() * 9, rng.random() * 90, 100.0) for tone in TONES]
        seed, preference = rng.getrandbits(62), rng.choice([None, None, *TONES])
        rows.append((arms, seed, preference, bandit.choose(arms, seed=seed, preference=preference)))
    return rows


def mean_reward(rng: Random, *, people: int, each: int, learns: bool, liking: float = 0.25) -> float:
    """The mean reward where everybody likes one tone better, with the bandit or with random tones."""
    favourite = "energetic"
    shared: dict[str, list[float]] = {tone: [0.0, 0.0] for tone in TONES}
    rewards = []
    for _ in range(people):
        own: dict[str, list[float]] = {tone: [0.0, 0.0] for tone in TONES}
        for _ in range(each):
            if learns:
                arms = [Arm(tone, own[tone][0], own[tone][1] - own[tone][0], *shared[tone]) for tone in TONES]
                tone = bandit.choose(arms, seed=rng.getrandbits(62), may_be_silent=False).arm
            else:
                tone = rng.choice(TONES)
            reward = float(rng.random() < 0.5 + liking * (tone == favourite))
            for sums in (own, shared):
                sums[tone][0] += reward
                sums[tone][1] += 1
            rewards.append(reward)
    return sum(rewards) / len(rewards)
