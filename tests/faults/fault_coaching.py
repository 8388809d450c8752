"""2,000 coach messages while writers are killed 50 times: none lost, none twice, calls at most 1.1 times the messages."""

import pytest

from tests.fakes.model_server import ModelServer
from tests.faults import coach_worker

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

PEOPLE, EACH, KILLS = 400, 5, 50


def test_every_message_comes_once_while_writers_are_killed():
    with ModelServer() as model:
        counts = coach_worker.run(model, people=PEOPLE, each=EACH, kills=KILLS, pause=(1.0, 4.0))

    assert counts["kills"] == KILLS
    assert counts["calls"] <= 1.1 * counts["messages"]
    print(counts)
