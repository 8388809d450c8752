"""5,000 renewals at a gateway that loses answers, and random stories of 20,000 steps. Run by `make faults`."""

import os
import random

import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.conftest import _demo_ledger, _plans  # noqa: F401 -- fixtures
from tests.billing.renewal_storm import storm
from tests.billing.story_machine import Story

RENEWALS = int(os.environ.get("RENEWALS", "5000"))
STORIES = int(os.environ.get("STORIES", "400"))


@pytest.mark.parametrize("seed", [1, 2])
def test_renewals_are_charged_once_whatever_the_gateway_does(db, seed):
    storm(RENEWALS, random.Random(seed))  # noqa: S311


def test_stories_of_twenty_thousand_steps(db):
    many = hypothesis.settings(
        max_examples=STORIES, stateful_step_count=50, suppress_health_check=list(HealthCheck), deadline=None
    )

    run_state_machine_as_test(Story, settings=many)
