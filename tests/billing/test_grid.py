"""The grid: legal cells of phase × event × gateway × cycle happen through the product, every other is refused.

Here every pair of values occurs, such as an event at a gateway; in tests/faults/fault_billing.py every legal cell.
"""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings

from billing import grid, lifecycle
from billing.lifecycle import Event, IllegalTransition, Phase
from billing.periods import Cycle
from tests.billing import mail_texts
from tests.billing.conftest import PLANS
from tests.billing.gateway_scenes import PLANS_OF
from tests.billing.grid_events import HAPPEN, covering, make_happen, name_of, pairs
from tests.billing.surfaces import says

LEGAL = grid.legal_cells()
SOME = covering(LEGAL)


@pytest.mark.parametrize("cell", SOME, ids=name_of)
def test_a_legal_cell_happens(cell, person, settings, time_machine):
    make_happen(cell, person, settings, time_machine)


def test_each_event_happens_in_each_phase_and_at_each_gateway():
    assert {pair for cell in SOME for pair in pairs(cell)} == {pair for cell in LEGAL for pair in pairs(cell)}


def test_every_cycle_has_its_own_plans_in_the_scenes():
    assert {cycle: {PLANS[plan][2] for plan in plans} for cycle, plans in PLANS_OF.items()} == {
        cycle: {cycle} for cycle in Cycle
    }


def test_an_amount_is_not_found_at_the_end_of_a_larger_one():
    assert says("합계 9,900원", 990000)
    assert not says("합계 99,900원", 990000)
    assert not says("합계 1,009,900원", 990000)
    assert says("Total ₩9,900.", 990000, "en")
    assert not says("Total ₩9,900,000", 990000, "en")
    assert not says("Total ₩9,9005", 990000, "en")


def test_a_mail_of_two_languages_or_with_a_gap_is_not_whole():
    assert mail_texts.is_whole("프리미엄 요금제를 결제했어요 9,900원 2026년 10월 3일 http://testserver/billing/", "ko")
    assert mail_texts.is_whole("You paid for Premium ₩9,900 Oct 3, 2026 http://testserver/billing/", "en")
    assert not mail_texts.is_whole("요금제를 결제했어요 Oct 3, 2026", "ko")
    assert not mail_texts.is_whole("요금제를 결제했어요 ₩9,900", "ko")
    assert not mail_texts.is_whole("Premium 요금제를 결제했어요", "ko")
    assert not mail_texts.is_whole("You paid for 프리미엄", "en")
    assert not mail_texts.is_whole("You paid on None", "en")
    assert mail_texts.facts("9,900원 2026년 10월 3일", "ko") == mail_texts.facts("₩9,900 Oct 3, 2026", "en")
    assert mail_texts.facts("9,900원", "ko") != mail_texts.facts("₩99,900", "en")


def test_every_event_can_happen_and_every_phase_can_be_reached():
    assert set(HAPPEN) == set(Event)
    assert {cell.after for cell in LEGAL} | {Phase.PENDING} == set(Phase)
    assert set(lifecycle.TRANSITIONS) == set(lifecycle.STATUS_OF) == set(Phase)


def test_every_other_cell_is_refused():
    refused = {(cell.phase, cell.event) for cell in grid.cells() if cell.after is None}
    for phase, event in refused:
        with pytest.raises(IllegalTransition):
            lifecycle.advance(SimpleNamespace(phase=phase, status=""), event)

    assert len(refused) + len({(cell.phase, cell.event) for cell in LEGAL}) == len(Phase) * len(Event)


def test_the_page_of_the_grid_is_current():
    """`manage.py billing_grid` writes it."""
    assert Path(django_settings.BASE_DIR, "docs", "billing-grid.md").read_text() == grid.page()
