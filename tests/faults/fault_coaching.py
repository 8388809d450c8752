"""2,000 coach messages while writers are killed 50 times, Redis is emptied and the model fails: none lost, none twice.

The model is asked at most 1.1 times the messages, second tries after 429 and 5xx included.
"""

from random import Random

import pytest

from tests.fakes.model_server import ModelServer, letter
from tests.faults import coach_worker

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

PEOPLE, EACH, KILLS = 400, 5, 50
# Share of the answers that are one of the faults.
FAULTY = 0.06
FAULTS = (429, 500, "slow", "cut", "cut silently", "drop")


def test_every_message_comes_once_while_writers_are_killed():
    rng = Random(13)  # noqa: S311 -- repeatable, not secret
    with ModelServer() as model:
        model.answers = [rng.choice(FAULTS) if rng.random() < FAULTY else letter for _ in range(2 * PEOPLE * EACH)]
        counts = coach_worker.run(model, people=PEOPLE, each=EACH, kills=KILLS, pause=(1.0, 4.0))

    assert counts["kills"] == counts["flushes"] == KILLS
    # What the model could not write our own sentences did.
    assert 0 < counts["offline"] < 0.1 * counts["messages"]
    assert counts["calls"] <= 1.1 * counts["messages"]
    print(counts)
