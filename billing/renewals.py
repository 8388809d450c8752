"""The clock: what happens when a period, a pause, a retry or the grace is over.

Each subscription is found by index at the instant it is due and moved under its lock, so two workers and a clock that stood
still for days do the same as one that ticks each minute.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from billing import fuses, ledger, notices, periods, prices, settlement, subscriptions
from billing.lifecycle import Event, Phase
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from core.db.work import Clock

# A checkout that nobody finishes is over after that.
ABANDONED = dt.timedelta(days=1)
NOTICE = dt.timedelta(days=3)
# Due subscriptions that are looked for at once.
BATCH = 100


def run(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Moves everybody who is due; gives how many."""
    moved = 0
    while count := _move_some(clock, until):
        moved += count
    return moved


def _move_some(clock: Clock, until: dt.datetime | None) -> int:
    """Moves the next of those who are due; gives how many.

    They are looked for together: somebody whose charge is under way stays due, and each search passes all of them.
    """
    moved = 0
    for subscription_id in list(due(clock()).values_list("pk", flat=True)[:BATCH]):
        # A fuse may blow with each.
        if (until is not None and clock() >= until) or fuses.are_blown():
            break
        moved += _move(subscription_id, clock())
    return moved


def due(now: dt.datetime) -> QuerySet[UserSubscription]:
    """Subscriptions to act on.

    One with a charge under way waits for its outcome, a parked one for the staff.
    """
    under_way = PaymentTransaction.objects.filter(
        subscription=OuterRef("pk"),
        transaction_type=PaymentTransaction.Type.PAYMENT,
        status=PaymentTransaction.Status.PENDING,
    )
    return (
        UserSubscription.objects.alias(due_at=Coalesce("retry_at", "current_period_end"))
        .filter(Q(status=UserSubscription.Status.ACTIVE) | Q(status=UserSubscription.Status.CANCELED), due_at__lte=now)
        .filter(~Exists(under_way), parked_at=None)
        .order_by("due_at", "pk")
    )


def _move(subscription_id: UUID, now: dt.datetime) -> bool:
    """Moves one that is still due.

    False when another worker has it, or a fuse is blown.
    """
    with transaction.atomic():
        found = due(now).select_for_update(skip_locked=True).filter(pk=subscription_id)
        if found.values_list("pk", flat=True).first() is None:
            return False
        return step(subscriptions.lock(subscription_id), at=now)


def step(subscription: UserSubscription, *, at: dt.datetime) -> bool:
    """What the clock does to a locked subscription that is due.

    False if a fuse kept it from being charged.
    """
    match subscription.phase:
        case Phase.CANCELED:
            end(subscription, "canceled", at=at)
        case Phase.GRACE:
            end(subscription, "unpaid", at=at)
        case Phase.ACTIVE if subscription.pause_months:
            _begin_pause(subscription, at=at)
        case _:
            return _renew(subscription, at=at)
    return True


def end(subscription: UserSubscription, why: str, *, at: dt.datetime) -> None:
    subscriptions.advance(subscription, Event.PERIOD_ENDED, at=at)
    notices.ended(subscription, why, at=at)


def _begin_pause(subscription: UserSubscription, *, at: dt.datetime) -> None:
    start, until = subscription.current_period_end, subscription.next_charge_at
    subscription.anchor_day = subscription.anchor
    subscription.current_period_start, subscription.current_period_end = start, until
    subscription.pause_months = None
    subscriptions.advance(subscription, Event.PAUSE_BEGAN, at=at)
    notices.pause_began(subscription, at=at)


def _renew(subscription: UserSubscription, *, at: dt.datetime) -> bool:
    plan = subscription.next_plan or subscription.plan
    starts_at = _start(subscription, plan, at=at)
    try:
        amount = prices.of_renewal(subscription, plan, starts_at=subscription.current_period_end)
    except prices.ConsentMissing:
        end(subscription, "no_consent", at=at)
        return True
    if subscription.method is None:
        settlement.decline(subscription, at=at)
        return True
    try:
        fuses.count_renewal(subscription, amount, at=at)
    except fuses.Blown:
        return False
    _charge(subscription, plan, amount, starts_at=starts_at, at=at)
    return True


def _charge(
    subscription: UserSubscription, plan: SubscriptionPlan, amount: int, *, starts_at: dt.datetime, at: dt.datetime
) -> None:
    purpose = PaymentTransaction.Purpose.CONVERT if subscription.is_in_trial else PaymentTransaction.Purpose.RENEW
    anchor = periods.day_of(starts_at).day if subscription.is_in_trial else subscription.anchor
    if subscription.anchor_day is None:
        UserSubscription.objects.filter(pk=subscription.pk).update(anchor_day=anchor)
    ledger.open_payment(
        subscription,
        purpose=purpose,
        plan=plan,
        amount=amount,
        starts_at=starts_at,
        ends_at=periods.end(starts_at, plan.billing_cycle, anchor=anchor),
        at=at,
    )


def pay_now(user: User, *, at: dt.datetime) -> bool:
    """A person pays an unpaid period before its next retry.

    False if nothing is unpaid, or a charge is under way. Raises NoSubscription.
    """
    with transaction.atomic():
        subscription = subscriptions.lock_current(user)
        is_unpaid = subscription.phase in (Phase.PAST_DUE, Phase.GRACE)
        if not is_unpaid or subscription.method is None or subscriptions.has_open_payment(subscription):
            return False
        plan = subscription.next_plan or subscription.plan
        try:
            amount = prices.of_renewal(subscription, plan, starts_at=subscription.current_period_end)
        except prices.ConsentMissing:
            return False
        _charge(subscription, plan, amount, starts_at=_start(subscription, plan, at=at), at=at)
    return True


def _start(subscription: UserSubscription, plan: SubscriptionPlan, *, at: dt.datetime) -> dt.datetime:
    """The beginning of the period to charge."""
    ended_at = subscription.current_period_end
    return periods.latest_start(ended_at, plan.billing_cycle, anchor=subscription.anchor, now=at)


def give_notice(now: dt.datetime) -> int:
    """The daily notices: money will be taken in three days, a trial ends, a price rises.

    Each is sent once; who has not agreed to a price is asked again in the last three days.
    """
    told = 0
    coming = UserSubscription.objects.select_related("user", "plan", "next_plan", "method").filter(
        status=UserSubscription.Status.ACTIVE, retry_at=None, current_period_end__gt=now
    )
    for subscription in coming.filter(current_period_end__lte=now + NOTICE).iterator(chunk_size=500):
        told += _tell(subscription, at=now)
    rising = coming.filter(current_period_end__lte=now + prices.NOTICE).filter(
        Q(plan__price__gt=F("amount"), next_plan=None) | Q(next_plan__price__gt=F("amount"))
    )
    for subscription in rising.iterator(chunk_size=500):
        told += _ask(subscription, at=now)
    return told


def _tell(subscription: UserSubscription, *, at: dt.datetime) -> int:
    if not _will_be_charged(subscription):
        return 0
    tell = notices.trial_ending if subscription.phase == Phase.TRIAL else notices.renewing
    tell(subscription, at=at)
    return 1


def _will_be_charged(subscription: UserSubscription) -> bool:
    """Whether its period ends with a charge: no pause, and a consent where one is needed."""
    if subscription.phase not in (Phase.TRIAL, Phase.ACTIVE, Phase.PAUSED) or subscription.pause_months:
        return False
    _amount, lacks_consent = prices.of_next(subscription)
    return not lacks_consent


def _ask(subscription: UserSubscription, *, at: dt.datetime) -> int:
    amount = prices.rise_without_consent(subscription)
    if subscription.pause_months or amount is None:
        return 0
    notices.price_rises(subscription, amount, again=subscription.current_period_end <= at + NOTICE, at=at)
    return 1


def drop_abandoned(now: dt.datetime) -> int:
    """Ends checkouts that were begun a day ago and never paid; gives how many."""
    old = UserSubscription.objects.filter(phase=Phase.PENDING, created_at__lte=now - ABANDONED)
    dropped = 0
    for subscription_id in list(old.values_list("pk", flat=True)):
        with transaction.atomic():
            subscription = subscriptions.lock(subscription_id)
            if subscription.phase == Phase.PENDING and not subscriptions.has_open_payment(subscription):
                subscriptions.advance(subscription, Event.CANCEL, at=now)
                dropped += 1
    return dropped
