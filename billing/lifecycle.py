"""The life of a subscription as one table: phase × event → phase.

Every other pair is refused. `billing/grid.py` derives the tests' grid and docs/billing-grid.md from this table.

`Status` is the schema document's column, a coarser view of the phase that the database holds equal to it.
"""

import enum
from collections.abc import Mapping
from typing import Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    ACTIVE = "active", _("쓰는 중")
    CANCELED = "canceled", _("그만둠")
    EXPIRED = "expired", _("끝남")
    PENDING = "pending", _("결제 기다림")


class Phase(TextChoices):
    PENDING = "pending", _("결제 기다림")
    TRIAL = "trial", _("무료 체험 중")
    ACTIVE = "active", _("쓰는 중")
    PAST_DUE = "past_due", _("결제가 안 됨")
    GRACE = "grace", _("곧 끝남")
    PAUSED = "paused", pgettext_lazy("subscription", "멈춤")
    CANCELED = "canceled", _("해지 예약")
    EXPIRED = "expired", _("끝남")


class Event(enum.StrEnum):
    """What happens to a subscription."""

    # The gateway has taken the money of a period, or refused to.
    PAID = "paid"
    DECLINED = "declined"
    # The last retry was declined too.
    RETRIES_USED = "retries used"
    # The clock: the period, the pause or the grace is over, and nothing is to be charged.
    PERIOD_ENDED = "period ended"
    PAUSE_BEGAN = "pause began"
    # The person.
    TRIAL_BEGAN = "trial began"
    CANCEL = "cancel"
    UNDO_CANCEL = "undo cancel"
    # The same during a trial.
    UNDO_CANCEL_IN_TRIAL = "undo cancel in trial"
    SWITCH = "switch"
    WITHDRAW = "withdraw"
    # The period's money is gone: refunded in the gateway's console, or a lost chargeback.
    MONEY_LOST = "money lost"


class IllegalTransition(Exception):
    """The event cannot happen in this phase."""


TRANSITIONS: Mapping[Phase, Mapping[Event, Phase]] = {
    Phase.PENDING: {
        Event.PAID: Phase.ACTIVE,
        Event.TRIAL_BEGAN: Phase.TRIAL,
        Event.DECLINED: Phase.EXPIRED,
        Event.CANCEL: Phase.EXPIRED,
    },
    Phase.TRIAL: {
        Event.PAID: Phase.ACTIVE,
        Event.DECLINED: Phase.PAST_DUE,
        Event.PERIOD_ENDED: Phase.EXPIRED,
        Event.CANCEL: Phase.CANCELED,
        Event.SWITCH: Phase.TRIAL,
    },
    Phase.ACTIVE: {
        Event.PAID: Phase.ACTIVE,
        Event.DECLINED: Phase.PAST_DUE,
        Event.PERIOD_ENDED: Phase.EXPIRED,
        Event.PAUSE_BEGAN: Phase.PAUSED,
        Event.CANCEL: Phase.CANCELED,
        Event.SWITCH: Phase.ACTIVE,
        Event.WITHDRAW: Phase.EXPIRED,
        Event.MONEY_LOST: Phase.EXPIRED,
    },
    Phase.PAST_DUE: {
        Event.PAID: Phase.ACTIVE,
        Event.DECLINED: Phase.PAST_DUE,
        Event.RETRIES_USED: Phase.GRACE,
        Event.PERIOD_ENDED: Phase.EXPIRED,
        Event.CANCEL: Phase.EXPIRED,
    },
    Phase.GRACE: {
        Event.PAID: Phase.ACTIVE,
        Event.DECLINED: Phase.GRACE,
        Event.PERIOD_ENDED: Phase.EXPIRED,
        Event.CANCEL: Phase.EXPIRED,
    },
    Phase.PAUSED: {
        Event.PAID: Phase.ACTIVE,
        Event.DECLINED: Phase.PAST_DUE,
        Event.PERIOD_ENDED: Phase.EXPIRED,
        Event.CANCEL: Phase.EXPIRED,
    },
    Phase.CANCELED: {
        Event.UNDO_CANCEL: Phase.ACTIVE,
        Event.UNDO_CANCEL_IN_TRIAL: Phase.TRIAL,
        Event.PERIOD_ENDED: Phase.EXPIRED,
        Event.WITHDRAW: Phase.EXPIRED,
        Event.MONEY_LOST: Phase.EXPIRED,
    },
    Phase.EXPIRED: {},
}

STATUS_OF: Mapping[Phase, Status] = {
    Phase.PENDING: Status.PENDING,
    Phase.TRIAL: Status.ACTIVE,
    Phase.ACTIVE: Status.ACTIVE,
    Phase.PAST_DUE: Status.ACTIVE,
    Phase.GRACE: Status.ACTIVE,
    Phase.PAUSED: Status.ACTIVE,
    Phase.CANCELED: Status.CANCELED,
    Phase.EXPIRED: Status.EXPIRED,
}

# The plan stays open in these until the clock moves on, however late that is.
OPEN = frozenset({Phase.TRIAL, Phase.ACTIVE, Phase.PAST_DUE, Phase.GRACE})


class HasPhase(Protocol):
    phase: str
    status: str


def allows(phase: str, event: Event) -> bool:
    return event in TRANSITIONS[Phase(phase)]


def advance(subscription: HasPhase, event: Event) -> None:
    """Sets phase and status after the event, unsaved.

    Raises IllegalTransition.
    """
    if not allows(subscription.phase, event):
        raise IllegalTransition(f"{subscription.phase}: {event}")
    phase = TRANSITIONS[Phase(subscription.phase)][event]
    subscription.phase, subscription.status = phase, STATUS_OF[phase]
