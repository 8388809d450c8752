"""Revenue figures, from the ledger and the subscriptions.

Amounts are hundredths of won.
"""

import datetime as dt
from typing import NamedTuple

from django.db.models import Case, F, IntegerField, Q, Sum, Value, When

from billing import periods
from billing.lifecycle import Phase
from billing.models import PaymentTransaction, UserSubscription

PAYING = [Phase.ACTIVE, Phase.PAST_DUE, Phase.GRACE, Phase.CANCELED]
MONTH = dt.timedelta(days=30)


class Figures(NamedTuple):
    """The state at an instant and the 30 days before it."""

    # Recurring revenue of a month: a year counts a twelfth. Cancelled plans do not recur.
    mrr: int
    paying: int
    # Of those who paid 30 days ago, the share whose plan is over, in percent; None without any.
    churn: float | None
    # Of the trials that ended in the 30 days, the share that paid, in percent.
    conversion: float | None
    # Charges of periods that are not paid yet.
    unpaid: int
    income: int
    returned: int

    @property
    def net(self) -> int:
        return self.income - self.returned


def figures(now: dt.datetime) -> Figures:
    rows = UserSubscription.objects.filter(currency="KRW")
    since = now - MONTH
    recurring = rows.filter(phase__in=[Phase.ACTIVE, Phase.PAST_DUE, Phase.GRACE])
    months = Case(
        When(plan__billing_cycle=periods.Cycle.YEARLY, then=Value(12)), default=Value(1), output_field=IntegerField()
    )
    return Figures(
        mrr=recurring.aggregate(sum=Sum(F("amount") / months))["sum"] or 0,
        paying=rows.filter(phase__in=PAYING).exclude(trial_started_at=F("current_period_start")).count(),
        churn=_churn(since, now),
        conversion=_conversion(since, now),
        unpaid=rows.filter(phase__in=[Phase.PAST_DUE, Phase.GRACE]).aggregate(sum=Sum("amount"))["sum"] or 0,
        income=_sum("payment", since, now),
        returned=_sum("refund", since, now) + _sum("chargeback", since, now),
    )


def _sum(kind: str, since: dt.datetime, until: dt.datetime) -> int:
    rows = PaymentTransaction.objects.filter(
        transaction_type=kind, status="completed", currency="KRW", completed_at__gt=since, completed_at__lte=until
    )
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def _churn(since: dt.datetime, until: dt.datetime) -> float | None:
    """People whose paid period covered `since`, and of them those who have no plan at `until`."""
    payments = PaymentTransaction.objects.filter(
        transaction_type="payment", status="completed", period_starts_at__lte=since, period_ends_at__gt=since
    )
    had = set(payments.values_list("subscription_id", flat=True))
    over = UserSubscription.objects.filter(Q(phase=Phase.EXPIRED), pk__in=had, updated_at__lte=until).count()
    return _percent(over, len(had))


def _conversion(since: dt.datetime, until: dt.datetime) -> float | None:
    length = dt.timedelta(days=periods.TRIAL_DAYS)
    trials = UserSubscription.objects.filter(trial_started_at__gt=since - length, trial_started_at__lte=until - length)
    paid = trials.filter(
        transactions__purpose=PaymentTransaction.Purpose.CONVERT, transactions__status="completed"
    ).distinct()
    return _percent(paid.count(), trials.count())


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
