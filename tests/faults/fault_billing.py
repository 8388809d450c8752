"""5,000 renewals at a gateway that loses answers, 20,000 random steps, ten years, each cell of the grid. By `make faults`."""

import os
import random

import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis.stateful import run_state_machine_as_test

from billing import entitlements, grid
from tests.billing.anchor_years import KINDS, expected, starts
from tests.billing.conftest import _demo_ledger, _no_silence, _plans  # noqa: F401 -- fixtures
from tests.billing.gateway_scenes import Scene
from tests.billing.grid_events import make_happen, name_of
from tests.billing.renewal_storm import storm, storm_over_http
from tests.billing.story_machine import Story
from tests.billing.test_charges import by_late_webhooks, by_reconciliation, end_in_one_state
from tests.factories.accounts import UserFactory

RENEWALS = int(os.environ.get("RENEWALS", "5000"))
OVER_HTTP = int(os.environ.get("OVER_HTTP", "300"))
STORIES = int(os.environ.get("STORIES", "400"))


@pytest.fixture
def alone(monkeypatch):
    """What the apps above do for a new plan has no part in it."""
    monkeypatch.setattr(entitlements, "on_change", [])


@pytest.mark.parametrize("seed", [1, 2])
def test_renewals_are_charged_once_whatever_the_gateway_does(content, alone, seed):
    storm(RENEWALS, random.Random(seed))  # noqa: S311


@pytest.mark.parametrize("name", ["stripe", "portone"])
def test_renewals_are_charged_once_at_servers_that_drop_fail_stall_and_are_silent(content, alone, settings, name):
    scene = Scene(UserFactory(), name, settings)
    try:
        storm_over_http(scene, OVER_HTTP, random.Random(7))  # noqa: S311
    finally:
        scene.close()


@pytest.mark.parametrize("tell", [by_late_webhooks, by_reconciliation])
@pytest.mark.parametrize("decision", ["won", "lost", "withdrawn"])
@pytest.mark.parametrize("name", ["demo", "stripe", "portone"])
def test_refunds_and_disputes_elsewhere_end_in_one_state_in_each_order(
    db, settings, time_machine, name, decision, tell
):
    end_in_one_state(settings, time_machine, name=name, decision=decision, tell=tell, every=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("day", range(1, 32))
def test_the_anchor_day_holds_for_ten_years(db, alone, kind, day):
    assert starts(kind, day, 120) == expected(kind, day, 120)


@pytest.mark.parametrize("cell", grid.legal_cells(), ids=name_of)
def test_each_legal_cell_of_the_grid_happens(cell, person, settings, time_machine):
    make_happen(cell, person, settings, time_machine)


def test_stories_of_twenty_thousand_steps(db):
    many = hypothesis.settings(
        max_examples=STORIES, stateful_step_count=50, suppress_health_check=list(HealthCheck), deadline=None
    )

    run_state_machine_as_test(Story, settings=many)
