"""The short form of tests/faults/fault_coaching.py: writers are killed, and each message comes once."""

import pytest

from tests.fakes.model_server import ModelServer
from tests.faults import coach_worker


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_each_message_comes_once_although_writers_are_killed():
    with ModelServer() as model:
        # A model that is slow enough to be killed during a call.
        model.answers = ["slow"] * 4
        model.slow_seconds = 1.0
        counts = coach_worker.run(model, people=5, each=3, kills=3, pause=(2.5, 3.5))

    assert counts["calls"] <= counts["messages"] + counts["kills"]
