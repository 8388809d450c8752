"""The model-based test, in short; tests/faults/fault_billing.py tells 20,000 steps of it."""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from billing.models import UserSubscription
from tests.billing.gateway_scenes import Scene
from tests.billing.renewal_storm import storm, storm_over_http
from tests.billing.story_machine import Story
from tests.factories.accounts import UserFactory


@pytest.mark.slow
def test_random_stories_take_no_money_twice_and_end_with_equal_ledgers(db):
    few = settings(max_examples=6, stateful_step_count=25, suppress_health_check=list(HealthCheck), deadline=None)

    run_state_machine_as_test(Story, settings=few)


def test_a_plan_is_switched_at_the_instant_at_which_its_period_began(db):
    story = Story()
    try:
        story.subscribes(card="4242", plan="premium", trial=False)
        story.workers_run()
        story.switches(plan="premium_yearly")
        story.workers_run()

        assert UserSubscription.objects.get(user=story.person).plan_id == "premium_yearly"
        story.the_product_follows_the_gateway()
        story.there_is_one_current_subscription()
    finally:
        story.teardown()


@pytest.mark.slow
def test_renewals_at_a_gateway_that_loses_answers_are_charged_once(db):
    storm(12, random.Random(3))  # noqa: S311


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stripe", "portone"])
def test_renewals_at_servers_that_drop_fail_stall_and_are_silent_are_charged_once(db, settings, name):
    scene = Scene(UserFactory(), name, settings)
    try:
        faults = storm_over_http(scene, 8, random.Random(4))  # noqa: S311
    finally:
        scene.close()

    assert {"drop", "fail", "stall", "silent"} <= set(faults)
