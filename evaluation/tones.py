"""Whether the coach's own statistics are honest, and whether its bandit learns: simulations in known worlds."""

from random import Random

from coaching import bandit
from evaluation import simulation
from evaluation.reports import Report

WORLDS, DECISIONS, POINTS, REPLAYED = 1_000, 4_000, 5.0, 10_000
PLANTED_WORLDS, LOOKED_AT_WORLDS, EVERY = 300, 100, 200
MOST_FALSE, LEAST_FOUND = 0.05, 0.8


def report() -> Report:
    made = Report("The coach's effect and its tones")
    _estimates(made)
    _replay(made)
    _learning(made)
    return made


def _estimates(made: Report) -> None:
    false = simulation.found_share(Random(1), worlds=WORLDS, decisions=DECISIONS, points=0)
    made.must(
        f"an effect found in {false:.1%} of {WORLDS} worlds without one (at most {MOST_FALSE:.0%})",
        holds=false <= MOST_FALSE,
    )
    found = simulation.found_share(Random(2), worlds=PLANTED_WORLDS, decisions=DECISIONS, points=POINTS)
    claim = f"+{POINTS:g} points found in {found:.1%} of {PLANTED_WORLDS} worlds of {DECISIONS} decisions (at least {LEAST_FOUND:.0%})"
    made.must(claim, holds=found >= LEAST_FOUND)
    misled = simulation.ever_found_share(Random(3), worlds=LOOKED_AT_WORLDS, decisions=DECISIONS, every=EVERY)
    claim = f"looking every {EVERY} decisions misleads in {misled:.1%} of {LOOKED_AT_WORLDS} worlds without an effect"
    made.must(f"{claim} (at most {MOST_FALSE:.0%})", holds=misled <= MOST_FALSE)


def _replay(made: Report) -> None:
    rows = simulation.logged(Random(4), REPLAYED)
    same = sum(
        bandit.choose(arms, seed=seed, preference=preference) == made_then for arms, seed, preference, made_then in rows
    )
    made.must(f"{same} of {REPLAYED} decisions replayed bit for bit", holds=same == REPLAYED)
    chances = [decision.probability for *_inputs, decision in rows]
    low, high = min(chances), max(chances)
    bounds = low >= bandit.LOWEST - 1e-9 and high <= bandit.HIGHEST + 1e-9
    made.must(f"probabilities from {low:.3f} to {high:.3f}", holds=bounds)


def _learning(made: Report) -> None:
    learned, random = (simulation.mean_reward(Random(5), people=60, each=50, learns=learns) for learns in (True, False))
    made.must(f"mean reward {learned:.3f} with the bandit, {random:.3f} at random", holds=learned > random + 0.02)
