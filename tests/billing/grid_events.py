"""What happens to a subscription in each cell of the grid, through the product, and what all surfaces say of it then.

After each cell all surfaces say the same amounts: what was shown and mailed before, gateway, receipt, the mail as it arrives,
and the staff's page. Each mail of the cell is read in Korean and in English: whole in one language, with the same amounts and days.
"""

from itertools import combinations

from billing import cancellation, lifecycle, pauses, plan_switches, renewals, subscriptions, withdrawals
from billing.grid import GridCell
from billing.lifecycle import Event, Phase
from billing.models import BillingConsent, PaymentTransaction
from tests.billing.gateway_scenes import Scene
from tests.billing.scenes import DAY, MINUTE
from tests.billing.surfaces import Surfaces


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


def make_happen(cell, person, settings, time_machine):
    """Makes the cell's event happen to a person in its phase, and compares all surfaces."""
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


def name_of(cell: GridCell) -> str:
    return f"{cell.phase}-{cell.event}-{cell.gateway}-{cell.cycle}"


def pairs(cell: GridCell) -> set:
    """Every two values of a cell with the columns they stand in."""
    return set(combinations(enumerate(cell), 2))


def covering(cells: list[GridCell]) -> list[GridCell]:
    """A few of the cells in which every pair of values occurs that occurs in any, such as an event at a gateway."""
    chosen, left = [], set().union(*map(pairs, cells))
    while left:
        best = max(cells, key=lambda cell: len(pairs(cell) & left))
        chosen.append(best)
        left -= pairs(best)
    return chosen
