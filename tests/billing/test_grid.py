"""The grid: each legal cell of phase × event × gateway × cycle happens through the product, every other is refused.

After each cell all surfaces say the same amounts: what was shown and mailed before, gateway, receipt, the mail as it arrives,
and the staff's page. Each mail of the cell is read in Korean and in English: whole in one language, with the same amounts and days.
"""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings

from billing import cancellation, grid, lifecycle, pauses, plan_switches, renewals, subscriptions, withdrawals
from billing.lifecycle import Event, IllegalTransition, Phase
from billing.models import BillingConsent, PaymentTransaction
from billing.periods import Cycle
from tests.billing import mail_texts
from tests.billing.conftest import PLANS
from tests.billing.gateway_scenes import PLANS_OF, Scene
from tests.billing.scenes import DAY, MINUTE
from tests.billing.surfaces import Surfaces, says

LEGAL = grid.legal_cells()


def is_paid(scene):
    match scene.subscription.phase:
        case Phase.PENDING:
            scene.work()
        case Phase.PAST_DUE | Phase.GRACE:
            scene.change_card("4242")
            scene.look("/billing/")
            assert renewals.pay_now(scene.person, at=scene.at)
            scene.work()
        case _:
            scene.go_to_end()


def is_declined(scene):
    match scene.subscription.phase:
        case Phase.PENDING:
            cancellation.cancel(scene.person, at=scene.at)
            PaymentTransaction.objects.filter(user=scene.person).delete()
            scene.at += MINUTE
            scene.begin(card="0341")
            scene.work()
        case Phase.PAST_DUE:
            scene.go_to(scene.subscription.retry_at)
        case Phase.GRACE:
            assert renewals.pay_now(scene.person, at=scene.at)
            scene.work()
        case _:
            scene.change_card("0341")
            scene.go_to_end()


def uses_its_retries(scene):
    while scene.subscription.phase == Phase.PAST_DUE:
        scene.go_to(scene.subscription.retry_at)


def ends(scene):
    match scene.subscription.phase:
        case Phase.TRIAL:
            BillingConsent.objects.all().delete()
            scene.go_to_end()
        case Phase.PAST_DUE:
            scene.raise_price()
            scene.go_to(scene.subscription.retry_at)
        case Phase.GRACE:
            scene.go_to(scene.subscription.retry_at)
        case Phase.ACTIVE | Phase.PAUSED:
            scene.raise_price()
            scene.go_to_end()
        case _:
            scene.go_to_end()


def begins_a_pause(scene):
    pauses.schedule(scene.person, months=2, at=scene.at)
    scene.go_to_end()


def begins_a_trial(scene):
    cancellation.cancel(scene.person, at=scene.at)
    scene.at += MINUTE
    PaymentTransaction.objects.filter(user=scene.person).delete()
    scene.begin(trial=True)


def is_canceled(scene):
    cancellation.cancel(scene.person, at=scene.at)


def is_uncanceled(scene):
    cancellation.undo(scene.person, at=scene.at)


def switches(scene):
    scene.at += DAY
    scene.look("/billing/")
    current = subscriptions.current(scene.person)
    larger = plan_switches.plans.for_sale(scene.larger)
    shown = plan_switches.preview(current, larger, at=scene.at)
    plan_switches.switch(scene.person, scene.larger, shown=shown.charge, at=scene.at)
    scene.work()
    paid = [row.amount for row, _known in scene.payments() if row.purpose == "switch"]
    assert paid == ([shown.charge] if shown.charge else [])


def withdraws(scene):
    withdrawals.withdraw(scene.person, at=scene.at)
    scene.work()


def loses_its_money(scene):
    scene.refund_in_console(PaymentTransaction.objects.get(user=scene.person))
    scene.settle_all()


HAPPEN = {
    Event.PAID: is_paid,
    Event.DECLINED: is_declined,
    Event.RETRIES_USED: uses_its_retries,
    Event.PERIOD_ENDED: ends,
    Event.PAUSE_BEGAN: begins_a_pause,
    Event.TRIAL_BEGAN: begins_a_trial,
    Event.CANCEL: is_canceled,
    Event.UNDO_CANCEL: is_uncanceled,
    Event.UNDO_CANCEL_IN_TRIAL: is_uncanceled,
    Event.SWITCH: switches,
    Event.WITHDRAW: withdraws,
    Event.MONEY_LOST: loses_its_money,
}


def bring(scene, cell):
    """To the phase of the cell."""
    if cell.event == Event.UNDO_CANCEL_IN_TRIAL:
        scene.trial()
        cancellation.cancel(scene.person, at=scene.at)
    else:
        getattr(scene, cell.phase)()
    assert scene.subscription.phase == cell.phase


@pytest.mark.parametrize("cell", LEGAL, ids=lambda cell: f"{cell.phase}-{cell.event}-{cell.gateway}-{cell.cycle}")
def test_each_legal_cell_happens(cell, person, settings, time_machine):
    scene = Scene(person, cell.gateway, settings, cycle=cell.cycle)
    surfaces = Surfaces(scene, time_machine)
    try:
        bring(scene, cell)
        HAPPEN[cell.event](scene)

        assert scene.subscription.phase == cell.after
        assert scene.subscription.status == lifecycle.STATUS_OF[cell.after]
        assert surfaces.disagreements() == []
    finally:
        scene.close()


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
