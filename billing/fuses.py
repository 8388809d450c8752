"""Fuses: what must never happen with money stops the charges and alerts the staff.

- A second successful charge of one period parks the subscription.
- An amount that differs at the gateway, or renewals of a day beyond 120 % of their forecast, stop every charge until
  staff resolve the alert.
"""

import datetime as dt

import structlog
from django.db import transaction
from django.db.models import F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing import periods
from billing.models import BillingAlert, BillingConsent, RenewalNight, UserSubscription

log = structlog.get_logger(__name__)

Kind = BillingAlert.Kind
STOPPING = [Kind.MISMATCH, Kind.NIGHT]
PERCENT = 120


class Blown(Exception):
    """Charges are stopped until staff have looked."""


def report(kind: str, reference: str, *, at: dt.datetime, **facts: object) -> None:
    """Opens an alert; one that is open already stays as it is."""
    _alert, is_new = BillingAlert.objects.get_or_create(
        kind=kind, reference=reference, resolved_at=None, defaults={"facts": facts}
    )
    if is_new:
        log.error("billing alert", kind=str(kind), reference=reference, at=at.isoformat(), **facts)


def clear(kind: str, reference: str, *, at: dt.datetime) -> None:
    """Closes an alert whose cause is gone, without anybody of the staff."""
    BillingAlert.objects.filter(kind=kind, reference=reference, resolved_at=None).update(resolved_at=at)


def are_blown() -> bool:
    return BillingAlert.objects.filter(kind__in=STOPPING, resolved_at=None).exists()


def park(subscription: UserSubscription, *, at: dt.datetime) -> None:
    """Nothing is charged for a locked subscription until staff release it."""
    subscription.parked_at = subscription.parked_at or at
    subscription.save(update_fields=["parked_at"])


def count_renewal(subscription: UserSubscription, amount: int, *, at: dt.datetime) -> None:
    """Counts a renewal before it is charged.

    Raises Blown; then the renewal must not be charged.
    """
    if are_blown():
        raise Blown
    with transaction.atomic():
        night = _tonight(at)
        night.expected += _agreed(UserSubscription.objects.filter(pk=subscription.pk))
        night.charged += amount
        night.charges += 1
        if night.charged * 100 <= min(night.expected, night.forecast) * PERCENT or not amount:
            night.save()
            return
    report(Kind.NIGHT, str(night.day_on), at=at, charged=night.charged, forecast=night.forecast)
    raise Blown


def _tonight(at: dt.datetime) -> RenewalNight:
    """The day's row, locked.

    Its forecast is made with the first renewal of the day.
    """
    day = periods.day_of(at)
    if not RenewalNight.objects.filter(pk=day).exists():
        midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), periods.ZONE)
        due = UserSubscription.objects.alias(due_at=Coalesce("retry_at", "current_period_end")).filter(
            status=UserSubscription.Status.ACTIVE, due_at__lt=midnight
        )
        RenewalNight.objects.bulk_create([RenewalNight(day_on=day, forecast=_agreed(due))], ignore_conflicts=True)
    return RenewalNight.objects.select_for_update().get(pk=day)


def _agreed(subscriptions: QuerySet[UserSubscription]) -> int:
    """What the people have agreed to pay for their next periods, whatever plans and subscriptions say now.

    Consents are never changed: a fault that multiplies prices does not raise the forecast with them.
    """
    latest = BillingConsent.objects.filter(subscription=OuterRef("pk")).order_by().values("subscription")
    consented = Subquery(latest.annotate(most=Max("amount")).values("most"))
    return subscriptions.annotate(agreed=Coalesce(consented, F("amount"))).aggregate(sum=Sum("agreed"))["sum"] or 0


def resolve(alert: BillingAlert, *, by: object, at: dt.datetime) -> None:
    """Closes an alert; charges go on when no stopping alert is left."""
    BillingAlert.objects.filter(pk=alert.pk, resolved_at=None).update(resolved_at=at, resolved_by=by)


def release(subscription: UserSubscription) -> None:
    UserSubscription.objects.filter(pk=subscription.pk).update(parked_at=None)
