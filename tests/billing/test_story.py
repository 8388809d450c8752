"""The model-based test, in short; tests/faults/fault_billing.py tells 20,000 steps of it."""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.renewal_storm import storm
from tests.billing.story_machine import Story


@pytest.mark.slow
def test_random_stories_take_no_money_twice_and_end_with_equal_ledgers(db):
    few = settings(max_examples=6, stateful_step_count=25, suppress_health_check=list(HealthCheck), deadline=None)

    run_state_machine_as_test(Story, settings=few)


@pytest.mark.slow
def test_renewals_at_a_gateway_that_loses_answers_are_charged_once(db):
    storm(12, random.Random(3))  # noqa: S311
